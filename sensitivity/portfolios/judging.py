"""The properties of a story at values of its numbers: verdicts, as part of a cell's row."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from sensa.kernels.program import Floats
from sensa.portfolios.plan import STATES, VERDICTS, Judging, Options
from sensa.properties.declared import DeclaredProperty, declared
from sensa.properties.judge import MAX_SECONDS, judge
from sensa.properties.meters import Measures
from sensa.properties.run_measures import RunMeasures
from sensa.reviewing.review import state_of
from sensa.session import Session
from sensa.stories.codes import SIGN_OFFS
from sensa.stories.policies import examined
from sensa.stories.problems import Problem
from sensa.stories.reading import Contents
from sensa.stories.story import Story


@dataclass(frozen=True)
class Judged:
    """A story with what is asked of it; `head` are the measures, with the swept numbers as parameters."""

    judging: Judging
    rules: tuple[DeclaredProperty, ...]
    suspect: tuple[Problem, ...]
    head: Measures | None = None

    def opened(self, session: Session, free: Collection[str]) -> "Judged":
        """The same with its measures compiled, if it has properties."""
        asked = [*declared(session.story), *self.rules]
        head = RunMeasures(session, None, asked).opened(free) if asked else None
        return Judged(self.judging, self.rules, self.suspect, head)

    def fill(
        self, found: Floats, session: Session, at: Mapping[str, float], options: Options
    ) -> dict[str, str]:
        """Put the verdicts at these values of the swept numbers, by path, into a row.

        Returns why properties neither pass nor fail, by name.
        """
        if self.head is None and not self.suspect:
            return {}
        judgement = judge(
            session,
            today=self.judging.today,
            properties=self.rules,
            seconds=min(MAX_SECONDS, options.seconds or MAX_SECONDS),
            head=None if self.head is None else self.head.at(at),
            details=False,
        )
        place = options.places
        found[place["state"]] = STATES.index(state_of(judgement, self.suspect, self.judging.fail_on))
        reasons = {}
        for verdict in judgement.verdicts if options.properties else ():
            column = options.properties.index(verdict.name)
            found[place["verdict"]][column] = VERDICTS.index(verdict.status)
            found[place["margin"]][column] = np.nan if verdict.margin is None else verdict.margin
            if verdict.reason and verdict.status not in ("pass", "fail"):
                reasons[verdict.name] = verdict.reason
        return reasons


def read(text: str, file: str, judging: Judging) -> tuple[Story, Judged]:
    """A story and what is asked of it. Raises `StoryError`."""
    story, ruled, problems = examined(Contents(file, text.encode()), judging.today, judging.rules)
    suspect = tuple(problem for problem in problems if problem.code in SIGN_OFFS)
    return story, Judged(judging, () if ruled is None else declared(ruled), suspect)
