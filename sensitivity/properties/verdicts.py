"""What is found of a property: a verdict, the cases that break it, and the waivers that let it pass."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from sensa.stories.problems import Place

Status = Literal["pass", "fail", "undecided", "vacuous", "waived", "inactive"]
Certainty = Literal["exact", "bound", "statistical"]
NO_MEND = "no time was left to look for what would fix it"

Standing = Literal["used", "unused", "exceeded", "lapsed"]


@dataclass(frozen=True, slots=True)
class Range:
    """A value as far as it is known; both ends are the value where it is exact."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Move:
    """A number of the story taken elsewhere."""

    parameter: str  # the author's path, as `assumptions.a.credence`
    stated: float  # its mean in the story
    to: float


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a counterexample, and the margin of the rest without it: there the property holds.

    None where the rest says nothing of the requirement: a condition is impossible.
    """

    name: str  # of a violated assumption, an omitted safeguard, or the path of a moved number
    without: float | None


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A case that breaks a property."""

    name: str  # short and stable: `cx-` and eight digits of property and parts
    violated: tuple[str, ...]
    omitted: tuple[str, ...]
    moves: tuple[Move, ...]
    left: float  # the two sides of the requirement in this case
    right: float
    margin: float  # negative: by so much it is broken
    parts: tuple[Part, ...] = ()  # of the nearest one: each is necessary
    path: tuple[str, ...] = ()  # names from what is violated to how the story ends
    mend: Move | None = None  # the smallest change of one number by which it would hold


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """A waiver as it stands today."""

    property: str
    witness: tuple[str, ...] | None  # the minimal set it is for; none: any
    ceiling: float | None
    reason: str
    owner: str
    expires: date
    standing: Standing
    days_left: int
    place: Place


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one property."""

    name: str  # of the property
    claim: str
    require: str
    at: str  # `mean`, `worst`, `quantile 0.95`
    severity: Literal["error", "warning"]
    place: Place  # of the property in its file
    status: Status
    certainty: Certainty | None = None  # none where nothing was decided
    alpha: float = 0.0  # the chance of a wrong verdict, where it is statistical
    left: Range | None = None  # the two sides of the requirement, in the case with the least margin
    right: Range | None = None
    margin: float | None = None  # the least found; negative: broken
    share: Range | None = None  # of the parameter distribution that keeps it, for a quantile
    nearest: Counterexample | None = None
    worst: Counterexample | None = None
    minimal: tuple[Counterexample, ...] = ()  # the minimal sets that break it, the nearest first; at most 20
    examined: int = 0  # cases looked at
    complete: bool = True  # whether these were all cases
    reason: str = ""  # why undecided, vacuous, waived or inactive
    waivers: tuple[WaiverUse, ...] = ()  # those for this property
    base: str = ""  # the file of the base it was judged against; empty where it reads none

    @property
    def fails(self) -> bool:
        """Whether it counts against the story as an error."""
        return self.status == "fail" and self.severity == "error"


@dataclass(frozen=True, slots=True)
class Judgement:
    """All verdicts on a story, and how they were computed."""

    verdicts: tuple[Verdict, ...] = ()
    waivers: tuple[WaiverUse, ...] = ()
    alpha: float = 1e-3  # the chance that any statistical verdict of the run is wrong
    seconds: float = field(default=0.0, compare=False)
