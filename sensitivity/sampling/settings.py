"""The settings of a run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from sensa.engines.choice import Choice
from sensa.engines.exact.engine import MAX_SECONDS, NODE_BUDGET
from sensa.sampling.estimates import Precision
from sensa.stories.arguments import require_kind, require_number
from sensa.stories.problems import unknown

MIN_SAMPLES = 4096

Progress = Callable[[str, float], None]


def no_progress(what: str, share: float) -> None:
    """Do not report progress."""


@dataclass(frozen=True)
class Settings:
    """The settings of a run; with the story they determine every number of the result."""

    seed: int = 0
    points: int = 16384  # parameter values in total
    replicates: int = 8  # independent scramblings of them
    engine: Choice = "auto"
    node_budget: int = NODE_BUDGET
    seconds: float = MAX_SECONDS
    work: float = 3e8  # diagram nodes times samples that one analysis may cost before it takes fewer points
    precision: Precision | None = None  # of the outcomes; may exceed `work`
    samples: int | None = None  # at most, for a precision: worlds; for exact engines, parameter values

    def __post_init__(self) -> None:
        """Raise for values of the wrong type, and for too few points for an error."""
        if self.engine not in get_args(Choice):
            raise ValueError(unknown("engine", str(self.engine), get_args(Choice)))
        for name in ("seed", "points", "replicates", "node_budget"):
            require_number(name, getattr(self, name), whole=True)
        if self.samples is not None:
            require_number("samples", self.samples, whole=True)
        for name in ("seconds", "work"):
            require_number(name, getattr(self, name))
        if self.precision is not None:
            fix = '`sensa.Precision.of("5%")` makes one'
            require_kind("a value of `sensa.Precision`", fix, self.precision, Precision)
        if self.replicates < 2 or self.points < 2 * self.replicates:
            raise ValueError(f"at least 2 replicates of 2 points, not {self.points} in {self.replicates}")
        if self.samples is not None and self.samples < MIN_SAMPLES:
            raise ValueError(f"at least {MIN_SAMPLES:,} samples, not {self.samples}")
