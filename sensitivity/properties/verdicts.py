"""Verdicts on properties, with the cases that break them and the waivers that apply."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from sensa.stories.problems import Place

Status = Literal["pass", "fail", "undecided", "vacuous", "waived", "inactive"]
Certainty = Literal["exact", "bound", "statistical"]
NO_TIME_FOR_FIX = "no time was left to look for a fix"

Standing = Literal["used", "unused", "exceeded", "lapsed"]


@dataclass(frozen=True, slots=True)
class Range:
    """The range of a value; both ends are equal if it is exact."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Move:
    """A number of the story moved to another value."""

    parameter: str  # the author's path, such as `assumptions.a.credence`
    stated: float  # its mean in the story
    to: float


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a counterexample, and the margin without it, where the property holds.

    The margin is None if a condition of the requirement is impossible without it. It is a lower bound, which
    alone does not tell that the property is broken: `undecided` says that the interval has both signs.
    """

    name: str  # a violated assumption, an omitted safeguard, or the path of a moved number
    without: float | None
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A case that breaks a property."""

    name: str  # short and stable: `cx-` and eight digits of property and parts
    violated: tuple[str, ...]
    omitted: tuple[str, ...]
    moves: tuple[Move, ...]
    left: float  # the two sides of the requirement in this case
    right: float
    margin: float  # negative, as it is broken
    parts: tuple[Part, ...] = ()  # for the nearest case only; each is necessary, unless undecided
    path: tuple[str, ...] = ()  # names from what is violated to how the story ends
    fix: Move | None = None  # the smallest change of one number that fixes it


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """A waiver with its status today."""

    property: str
    witness: tuple[str, ...] | None  # the minimal set it is for; None: any
    ceiling: float | None
    reason: str
    owner: str
    expires: date
    standing: Standing
    days_left: int
    place: Place


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one property."""

    name: str  # of the property
    claim: str
    require: str
    at: str  # `mean`, `worst`, `quantile 0.95`
    severity: Literal["error", "warning"]
    place: Place  # of the property in its file
    status: Status
    certainty: Certainty | None = None  # None if nothing was decided
    alpha: float = 0.0  # the chance of a wrong verdict, if it is statistical
    left: Range | None = None  # the two sides of the requirement, in the case with the smallest margin
    right: Range | None = None
    margin: float | None = None  # the smallest found; negative: broken
    paired_margin: Range | None = None  # the same with both sides in the same sampled worlds, and its error
    share: Range | None = None  # of the parameter distribution where it holds, for a quantile
    nearest: Counterexample | None = None
    worst: Counterexample | None = None
    minimal: tuple[Counterexample, ...] = ()  # the minimal sets that break it, the nearest first; at most 20
    examined: int = 0  # number of cases examined
    complete: bool = True  # whether these were all cases
    reason: str = ""  # why undecided, vacuous, waived or inactive
    waivers: tuple[WaiverUse, ...] = ()  # the waivers of this property
    base: str = ""  # the file of the base it was judged against; empty without one

    @property
    def fails(self) -> bool:
        """Whether it counts as an error of the story."""
        return self.status == "fail" and self.severity == "error"


@dataclass(frozen=True, slots=True)
class Judgement:
    """All verdicts on a story, and how they were computed."""

    verdicts: tuple[Verdict, ...] = ()
    waivers: tuple[WaiverUse, ...] = ()
    alpha: float = 1e-3  # the chance that any statistical verdict of the run is wrong
    seconds: float = field(default=0.0, compare=False)
