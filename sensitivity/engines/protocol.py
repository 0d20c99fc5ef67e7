"""The protocol of engines, which compute probabilities of a circuit for analyses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from sensa.kernels.program import Floats, Ints


def _no_coins() -> Ints:
    return np.empty(0, np.int32)


def _no_values() -> Floats:
    return np.empty(0, np.float64)


@dataclass(frozen=True, eq=False)
class Force:
    """An intervention: `coins[i]` is held at `values[i]`, 0 or 1, whatever its probability."""

    coins: Ints = field(default_factory=_no_coins)
    values: Floats = field(default_factory=_no_values)

    def __post_init__(self) -> None:
        """Raise ValueError for an invalid intervention."""
        if self.coins.shape != self.values.shape or self.coins.ndim != 1:
            raise ValueError(f"force: {self.coins.shape} coins for {self.values.shape} values")
        if not np.isin(self.values, (0.0, 1.0)).all():
            raise ValueError("force: a coin is held at 0 or 1, nothing else")
        if np.unique(self.coins).size != self.coins.size:
            raise ValueError("force: a coin is named twice")

    def applied(self, p: Floats) -> Floats:
        """The probabilities (samples, coins) with the held coins at their values; `p` is not changed."""
        if not self.coins.size:
            return p
        if self.coins.min() < 0 or self.coins.max() >= p.shape[1]:
            raise ValueError(f"force: names a coin that is not one of the {p.shape[1]}")
        return with_values(p, self.coins, self.values)


def with_values(p: Floats, coins: Ints, values: Floats) -> Floats:
    """The probabilities `p` (samples, coins) with other values of some coins; `p` is not changed."""
    other = p.copy(order="K")
    other[:, coins] = values
    return other


FAIR_COINS = 1_000  # together they have a probability that a number still holds
NO_FORCE = Force()  # no intervention: every coin as its probability says


class EngineRefusal(Exception):
    """The work exceeds the engine's budget; the message says what is too large and what to do."""


@dataclass(frozen=True, slots=True)
class Draws:
    """The worlds that a sampling engine draws: sample i has those of number `start + i`.

    Each sample has `words` times 64 worlds, addressed by (replicate, number), so that results depend
    neither on blocks nor on threads, and interventions use the same worlds (common random numbers).
    """

    replicate: int = 0
    start: int = 0
    words: int = 1


FIRST_DRAWS = Draws()  # by default: one word for each sample, of replicate 0
Way = Literal["exact", "mixed", "montecarlo"]


@dataclass(frozen=True, eq=False)
class Twins:
    """Shares (samples, roots) of the same sampled worlds in which a root is true at two probabilities."""

    first: Floats
    second: Floats
    only_first: Floats  # true in the first and false in the second
    only_second: Floats


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """How an engine was made, for readers of results."""

    reason: str  # why it was chosen
    diagram_nodes: int = 0  # of its diagrams
    circuit_products: int = 0  # of its arithmetic circuits
    sampled_gates: int = 0  # gates and draws that it samples
    order: str = "none"  # the variable order that was smallest for the largest diagram
    seconds: float = 0.0  # time to make it


class Engine(Protocol):
    """The interface of engines, for probabilities `p` of shape (samples, coins).

    An exact engine ignores `draws`. The results of a sampling engine are unbiased, and their error is the
    spread over replicates.
    """

    @property
    def way(self) -> Way:
        """The method: no worlds, worlds of some parts, or worlds."""
        ...

    @property
    def roots(self) -> int:
        """The number of roots."""
        ...

    @property
    def size(self) -> int:
        """The cost of a sample, or of 64 worlds of it: nodes, or gates and draws."""
        ...

    @property
    def constant(self) -> npt.NDArray[np.bool_]:
        """Which roots are known to be the same in all worlds (roots,)."""
        ...

    @property
    def info(self) -> EngineInfo:
        """How the engine was made."""
        ...

    def probabilities(self, p: Floats, force: Force = NO_FORCE, draws: Draws = FIRST_DRAWS) -> Floats:
        """The roots' probabilities, (samples, roots)."""
        ...

    def under(self, p: Floats, forces: Sequence[Force], draws: Draws = FIRST_DRAWS) -> Floats:
        """The roots' probabilities under each of several interventions, (forces, samples, roots)."""
        ...

    def gradients(
        self, p: Floats, combine: Floats | None = None, force: Force = NO_FORCE, draws: Draws = FIRST_DRAWS
    ) -> tuple[Floats, Floats]:
        """Combinations `combine` (k, roots) of the roots, by default each root, with derivatives by coin.

        Shapes are (samples, k) and (samples, k, coins).
        """
        ...
