"""How a review comes about: read, check, judge, and put what was found into words and a code."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from time import monotonic
from typing import TypeVar

from sensa import pipeline
from sensa.comparing.comparison import compare
from sensa.engines.protocol import EngineRefusal
from sensa.interrupts import TimeUp
from sensa.properties.judge import judge, stated
from sensa.reviewing.lost_requirements import inactive, lost, stated_by, without_base
from sensa.reviewing.review import CODES, Ending, FailOn, Review, state_of
from sensa.sampling.parameters import RunError
from sensa.sampling.settings import Progress, Settings, no_progress
from sensa.session import Session
from sensa.stories import days
from sensa.stories.checking import allowances, check, turned_off
from sensa.stories.policies import rules, waives
from sensa.stories.problems import Problem, StoryError, in_order
from sensa.stories.reading import Written, read
from sensa.stories.story import Story

OF_TWO = 0.6  # of the time, for the properties of the story where there is a base to be judged too
NO_PROBLEMS: tuple[Problem, ...] = ()
NO_ENDINGS: tuple[Ending, ...] = ()
T = TypeVar("T")


def review(
    source: Written | Story,
    *,
    today: date | None = None,
    settings: Settings | None = None,
    properties: Written | None = None,
    seconds: float = 60.0,
    alpha: float = 1e-3,
    fail_on: FailOn = "error",
    endings: bool = False,
    base: Story | None = None,
    base_name: str = "",
    base_said: str = "",
    base_rules: Written | None = None,
    attribution: float = 30.0,
    progress: Progress | None = None,
) -> Review:
    """A story read, checked and judged, against a base where one is given; never raises for a wrong story.

    `properties` is a file of further properties, `base_rules` that file as it was at the base; `base_said`
    is why there is no base where one was asked for. What held the base and does not hold the story now is
    a warning. `attribution` is how many seconds telling the changes
    since the base apart may take; `endings` asks how the story ends too. The states are
    those of `Review`; the exit code is 1 where a property fails (with `fail_on="warning"` also one of that
    severity, or a warning), 2 for a wrong story, 3 where something is undecided or vacuous, else 0.
    """
    start, end = monotonic(), monotonic() + seconds
    day = today or days.today()
    file = source.file if isinstance(source, Story) else str(source)
    empty = Review(file, "", "", "wrong", CODES["wrong"])
    try:
        story = source if isinstance(source, Story) else read(source)
    except StoryError as error:
        return replace(empty, problems=error.problems)
    before: Session | None = None
    empty = replace(empty, title=story.document.story.title, digest=story.digest)
    try:
        _, ruled, problems = examined(story, day, properties)
        session = pipeline.prepare(story, settings, progress or no_progress)
        pipeline.require_values(session)
        base_ruled = None
        if base is not None:
            before = pipeline.prepare(pipeline.load(base), settings)
            base_ruled = None if base_rules is None else _rules(base_rules, base)
        share = seconds if before is None else OF_TWO * seconds
        judgement = judge(
            session,
            today=day,
            base=before,
            properties=() if ruled is None else stated(ruled),
            seconds=start + share - monotonic(),
            alpha=alpha,
        )
        later = _Later(end)
        said = later("what only compiling shows", lambda: pipeline.said_of(session), NO_PROBLEMS)
        ends = later("how the story ends", lambda: tuple(_endings(session)), NO_ENDINGS) if endings else ()
        judged_before, comparison = None, None
        if base is not None and before is not None:
            rules_then = () if base_ruled is None else stated(base_ruled)
            judged_before = later(
                "the properties of the base",
                lambda: judge(
                    before, today=day, properties=rules_then, seconds=(end - monotonic()) / 2, alpha=alpha
                ),
                None,
            )
            comparison = later(
                "the comparison",
                lambda: compare(
                    base,
                    story,
                    base_name,
                    settings,
                    seconds=min(attribution, (end - monotonic()) / 2),
                    progress=progress or no_progress,
                    prepared=(before, session),
                ),
                None,
            )
        said, off = allowances.split(story.document, said)
        found = replace(
            empty,
            problems=in_order((*problems, *said)),
            turned_off=len(turned_off(story, day)) + len(off),
            judgement=judgement,
            endings=ends,
            comparison=comparison,
            before=judged_before,
            engine=session.ends.way if "ends" in vars(session) else "",
            seed=session.settings.seed,
            message=later.message,
        )
        missing: list[Problem] = []
        if before is not None:
            requirements = stated_by(before.story, base_ruled), stated_by(story, ruled)
            missing += later(
                "what held the base",
                lambda: tuple(
                    lost(
                        session, before, base_name, *requirements, judgement,
                        today=day, seconds=end - monotonic(),
                    )
                ),
                NO_PROBLEMS,
            )  # fmt: skip
        if base_said and before is None:
            missing += without_base(file, base_said, judgement)
        elif before is not None or fail_on == "inactive":
            missing += inactive(judgement)
        notes = (base_said,) if base_said and not missing else ()
        found = replace(
            found, problems=in_order((*found.problems, *missing)), notes=notes, message=later.message
        )
    except StoryError as error:
        return replace(empty, problems=error.problems)
    except RunError as error:
        return replace(empty, problems=in_order((*problems, _broken(error, story, before))))
    except EngineRefusal as refusal:
        return replace(empty, state="undecided", exit_code=CODES["undecided"], message=str(refusal))
    except TimeUp as up:
        message = f"{up} before there was an answer"
        return replace(empty, state="undecided", exit_code=CODES["undecided"], message=message)
    state = state_of(found.judgement, found.problems, fail_on)
    if state == "passed" and found.message:
        state = "undecided"
    return replace(found, state=state, exit_code=CODES[state], seconds=monotonic() - start)


def _broken(error: RunError, story: Story, before: Session | None) -> Problem:
    """What a parameter value breaks, in the base where that breaks by itself."""
    if before is not None:
        try:
            before.samples  # noqa: B018
        except RunError as earlier:
            return pipeline.broken(before.story, earlier)
    return pipeline.broken(story, error)


@dataclass
class _Later:
    """What is done while there is time for it; what there was none for is told in the message."""

    end: float  # of `time.monotonic`
    left_out: list[str] = field(default_factory=list)

    def __call__(self, what: str, work: Callable[[], T], otherwise: T) -> T:
        """What the work gives, or else something that says nothing."""
        if monotonic() < self.end and not self.left_out:
            with suppress(TimeUp):
                return work()
        self.left_out.append(what)
        return otherwise

    @property
    def message(self) -> str:
        """What was left out."""
        return f"the time was up; left out: {', '.join(self.left_out)}" if self.left_out else ""


def _rules(source: Written, base: Story) -> Story | None:
    """The rules of the base; none where they do not fit it: what is wrong there may be fixed by now."""
    try:
        return rules(source, base)
    except StoryError:
        return None


def examined(
    source: Written | Story, today: date, properties: Written | None
) -> tuple[Story, Story | None, tuple[Problem, ...]]:
    """A story, the rules it is held to (as a story), and its warnings. Raises `StoryError`."""
    story = source if isinstance(source, Story) else read(source)
    ruled = None if properties is None else rules(properties, story)
    problems = check(story, today)
    if ruled is not None:
        problems = tuple(problem for problem in problems if not waives(problem, story, ruled))
    if any(problem.severity == "error" for problem in problems):
        raise StoryError(problems)
    return story, ruled, problems


def _endings(session: Session) -> Iterable[Ending]:
    from sensa.analyses.outcomes import outcomes

    data = outcomes(session)
    for i, name in enumerate(data["outcome"].values):
        low, high = (float(data["quantiles"].sel(quantile=level)[i]) for level in (0.05, 0.95))
        yield Ending(str(name), str(data["kind"].values[i]), float(data["mean"][i]), low, high)
