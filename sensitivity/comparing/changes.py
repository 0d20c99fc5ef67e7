"""What differs between two versions of a story, and what each difference moves."""

from dataclasses import dataclass
from typing import Literal

from sensa.stories.problems import Place


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change moves of one outcome: its share of the whole difference."""

    outcome: str
    share: float  # in probability; the shares of all changes add up to the difference
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, as small as it can be understood alone."""

    path: str  # the key, as `assumptions.a.credence`
    what: Literal["added", "removed", "changed"]
    before: str | None  # as it is written; none where there was nothing
    after: str | None
    place: Place | None  # in the head; in the base, where it was removed
    silent: bool  # texts only: it cannot move a number
    effects: tuple[Effect, ...] = ()
    told_with: str | None = None  # path of the change with the effects of both: apart they make no story


@dataclass(frozen=True, slots=True)
class Moved:
    """An outcome before and after."""

    outcome: str
    kind: str
    before: float | None  # none where the base has no such outcome
    after: float | None
    error: float  # standard error of the difference, with common random numbers


@dataclass(frozen=True, slots=True)
class MovedLoss:
    """The expected loss before and after."""

    before: float | None  # none where the base states no loss
    after: float | None
    change: float | None  # none where only one side states losses
    error: float  # standard error of the change; where there is none, of the one value


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of a story side by side."""

    base: str  # how the base was named: a file, or a git reference with its commit
    changes: tuple[Change, ...]
    outcomes: tuple[Moved, ...]
    attribution: Literal["exact", "sampled", "none"]
    note: str = ""  # why there is no attribution, or what it leaves out
    loss: MovedLoss | None = None  # none where neither side states losses
