"""A story as a reviewer meets it: one value that every format renders."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sensa.comparing.changes import Comparison
from sensa.properties.verdicts import Judgement
from sensa.stories.problems import Problem

if TYPE_CHECKING:
    pass

FailOn = Literal["error", "inactive", "warning", "never"]
LOST = ("no-base", "inactive-property", "property-removed", "property-loosened", "story-removed")
State = Literal["passed", "failed", "undecided", "wrong", "error", "interrupted"]
CODES: dict[State, int] = {
    "passed": 0,
    "failed": 1,
    "wrong": 2,
    "undecided": 3,
    "error": 4,
    "interrupted": 130,
}


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
    turned_off: int = 0  # warnings that the story turns off
    judgement: Judgement = field(default_factory=Judgement)
    endings: tuple[Ending, ...] = ()
    comparison: Comparison | None = None
    before: Judgement | None = None  # the verdicts on the base
    engine: str = ""
    seed: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()  # what a reader must know of how it was judged, as settings that loosen it


def state_of(judgement: Judgement, problems: Iterable[Problem], fail_on: FailOn) -> State:
    """What a review comes to; what is undecided or vacuous is no pass.

    From one level to the next more counts: `error`; `inactive`, properties that are inactive or were lost
    since the base too; `warning`, every warning too, those about what was lost among them.
    """
    if fail_on == "never":
        return "passed"
    counted = [v for v in judgement.verdicts if fail_on == "warning" or v.severity == "error"]
    if any(verdict.status == "fail" for verdict in counted):
        return "failed"
    if fail_on == "warning" and any(True for _ in problems):
        return "failed"
    if fail_on == "inactive" and (
        any(verdict.status == "inactive" for verdict in counted)
        or any(problem.code in LOST for problem in problems)
    ):
        return "failed"
    if any(verdict.status in ("undecided", "vacuous") for verdict in counted):
        return "undecided"
    return "passed"
