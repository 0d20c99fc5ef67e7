"""Changes between two versions of a story, and their effects."""

from dataclasses import dataclass
from typing import Literal

from sensa.stories.problems import Place


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of a change on one outcome: its share of the whole difference."""

    outcome: str
    share: float  # in probability; the shares of all changes sum to the difference; NaN if not seen
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, the smallest that makes sense alone."""

    path: str  # the key, such as `assumptions.a.credence`
    what: Literal["added", "removed", "changed"]
    before: str | None  # as written; None if there was nothing
    after: str | None
    place: Place | None  # in the head; in the base if it was removed
    silent: bool  # only wording, which affects no number
    effects: tuple[Effect, ...] = ()
    told_with: str | None = None  # path of the change with their joint effects

    @property
    def signing(self) -> bool:
        """Whether it is of a signature: then both sides say who signed, and when."""
        return self.silent and self.path.endswith(".signed")


@dataclass(frozen=True, slots=True)
class Moved:
    """An outcome before and after."""

    outcome: str
    kind: str
    before: float | None  # None if the base has no such outcome, NaN if no sampled world met it
    after: float | None
    error: float  # standard error of the difference, with common random numbers; NaN if neither was seen
    before_error: float = 0.0  # standard errors
    after_error: float = 0.0
    before_limit: float | None = None  # 95 % upper limits of what no sampled world met
    after_limit: float | None = None


@dataclass(frozen=True, slots=True)
class MovedLoss:
    """The expected loss before and after."""

    before: float | None  # None if the base states no loss
    after: float | None
    change: float | None  # None if only one side states losses
    error: float  # standard error of the change; without one, of the single value
    before_error: float = 0.0
    after_error: float = 0.0


@dataclass(frozen=True, slots=True)
class Telling:
    """A fact that both stories have, and what learning it is expected to tell of which is right."""

    fact: str
    before: float | None  # how probable the base has it; None for a choice
    after: float | None
    tells: float  # bits of which story is right, at most 1
    closes: float  # bits by which it brings their forecasts of a catastrophe together; below 0: drives apart


@dataclass(frozen=True, slots=True)
class Apart:
    """How far apart the forecasts of two stories are, in bits, and the facts that would tell who is right."""

    catastrophic: float
    failing: float
    facts: tuple[Telling, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of a story side by side."""

    base: str  # the base's name: a file, or a git reference with its commit
    changes: tuple[Change, ...]
    outcomes: tuple[Moved, ...]
    attribution: Literal["exact", "sampled", "none"]
    note: str = ""  # why there is no attribution, or what it leaves out
    loss: MovedLoss | None = None  # None if neither side states losses
    apart: Apart | None = None  # None unless asked for
