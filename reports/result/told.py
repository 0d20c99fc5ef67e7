"""What a run has to tell of one story, answered or not: all that a format of results may use."""

from dataclasses import dataclass, field

from sensa.properties.verdicts import Judgement
from sensa.reports.result.answers import Answers
from sensa.stories.problems import Problem


@dataclass(frozen=True)
class Told:
    """A story of a run; what a story without answers has beside its file is why there are none."""

    file: str
    exit_code: int
    answers: Answers | None = None
    problems: tuple[Problem, ...] = ()
    turned_off: int = 0  # warnings that the story allows
    unclaimed: tuple[str, ...] = ()
    judgement: Judgement = field(default_factory=Judgement)
    seconds: float = 0.0
    status: str = ""  # of a story without answers: `wrong`, `error`, …
    message: str = ""
