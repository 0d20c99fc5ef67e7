"""The review of a story: one value that every format renders."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sensa.properties.verdicts import Judgement
from sensa.stories.codes import LOGS, SIGN_OFFS
from sensa.stories.problems import Problem

if TYPE_CHECKING:
    import xarray as xr

    from sensa.comparing.changes import Comparison
    from sensa.reviewing.shown import Shown

FailOn = Literal["error", "inactive", "suspect", "warning", "never"]
LOST = (
    "no-base",
    "inactive-property",
    "property-removed",
    "property-loosened",
    "property-changed",
    "catastrophe-narrowed",
    "story-removed",
)
COUNTED: dict[FailOn, frozenset[str]] = {  # the warnings that fail a review
    "inactive": frozenset(LOST),
    "suspect": frozenset(LOST) | SIGN_OFFS | LOGS,
}
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
    """The probability of an outcome."""

    outcome: str
    kind: str
    mean: float  # NaN if it is possible and no sampled world met it
    low: float  # ends of the 90 % interval over the uncertain numbers; NaN if not estimated
    high: float


@dataclass(frozen=True, slots=True)
class Violated:
    """What setting an assumption to violated does to the probability of a catastrophe.

    NaN if a catastrophe is possible and no sampled world meets one.
    """

    assumption: str
    risk: float  # where it is violated
    change: float  # from the story as it is, in the same worlds


@dataclass(frozen=True, slots=True)
class Result:
    """The whole result of a story, for formats that show it beside its verdicts."""

    tree: "xr.DataTree"
    shown: "Shown"


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that a review says about one story."""

    file: str
    title: str  # "" if the story could not be read
    digest: str  # sha256 of the text
    state: State
    exit_code: int
    message: str = ""  # why there is no result, or what was left out
    problems: tuple[Problem, ...] = ()  # errors and warnings, including stale credences and open challenges
    turned_off: int = 0  # warnings that the story turns off
    judgement: Judgement = field(default_factory=Judgement)
    endings: tuple[Ending, ...] = ()
    violated: tuple[Violated, ...] = ()  # with the endings
    comparison: "Comparison | None" = None
    before: Judgement | None = None  # the verdicts on the base
    engine: str = ""
    seed: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()  # notes on how it was judged, such as settings that loosen verdicts
    result: Result | None = field(default=None, compare=False, metadata={"stored": False})

    @property
    def serious(self) -> tuple[Problem, ...]:
        """The warnings of what was lost, or is not as it was signed or counted; reports show them first."""
        return tuple(problem for problem in self.problems if problem.code in COUNTED["suspect"])


def state_of(judgement: Judgement, problems: Iterable[Problem], fail_on: FailOn) -> State:
    """The state of a review; undecided or vacuous properties do not pass.

    Each level of `fail_on` includes the ones before: `error`; `inactive`, also properties that are inactive
    or were lost since the base; `suspect`, also entries that were edited since they were signed, and logs
    that are not those that were counted; `warning`, also every warning.
    """
    if fail_on == "never":
        return "passed"
    counted = [v for v in judgement.verdicts if fail_on == "warning" or v.severity == "error"]
    if any(verdict.status == "fail" for verdict in counted):
        return "failed"
    if fail_on == "warning" and any(True for _ in problems):
        return "failed"
    if fail_on in COUNTED and (
        any(verdict.status == "inactive" for verdict in counted)
        or any(problem.code in COUNTED[fail_on] for problem in problems)
    ):
        return "failed"
    if any(verdict.status in ("undecided", "vacuous") for verdict in counted):
        return "undecided"
    return "passed"
