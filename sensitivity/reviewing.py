"""A story as a reviewer meets it: one value that every format renders."""

from dataclasses import dataclass, field
from typing import Literal

from sensa.comparing.changes import Comparison
from sensa.properties.verdicts import Judgement
from sensa.stories.problems import Problem

State = Literal["passed", "failed", "undecided", "wrong", "error", "interrupted"]


@dataclass(frozen=True, slots=True)
class Ending:
    """How likely an outcome is."""

    outcome: str
    kind: str
    mean: float
    low: float  # of the 90 % interval over what is not known
    high: float


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that is said of one story in review."""

    file: str
    title: str  # "" where the story could not be read
    digest: str  # sha256 of the text
    state: State
    exit_code: int
    message: str = ""  # why there is no answer, or what was left undone
    problems: tuple[Problem, ...] = ()  # errors and warnings, stale credences and open challenges among them
    judgement: Judgement = field(default_factory=Judgement)
    endings: tuple[Ending, ...] = ()
    comparison: Comparison | None = None
    before: Judgement | None = None  # the verdicts on the base
    engine: str = ""
    seed: int = 0
    seconds: float = 0.0
