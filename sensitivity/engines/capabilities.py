"""What some engines answer beyond `Engine`, and others cannot: an analysis asks for it by these protocols.

An analysis that gives nothing without one of them says so in its row (`sensa.analyses.Analysis.needs`).
"""

from collections.abc import Collection, Sequence
from typing import Protocol, runtime_checkable

from sensa.circuit import Circuit
from sensa.engines.cut_sets import set_family
from sensa.engines.cut_sets.possible_ends import PossibleEnds
from sensa.engines.exact.covariances import MAX_PAIRS, MAX_SECONDS, Covariances
from sensa.engines.protocol import FIRST_DRAWS, Draws, Engine, Twins
from sensa.kernels.program import Floats, Ints
from sensa.kernels.programs.interval_arithmetic import Range


@runtime_checkable
class KnowsCoins(Engine, Protocol):
    """An engine that knows which coins its answers depend on."""

    @property
    def coins_read(self) -> Ints:
        """The coins that any answer depends on, in ascending order."""
        ...


@runtime_checkable
class SupportsRanges(KnowsCoins, Protocol):
    """An engine that bounds its answers where coins' probabilities lie in intervals."""

    def ranges(self, low: Floats, high: Floats) -> Range:
        """Bounds (samples, roots) of the roots' probabilities between `low` and `high` (samples, coins)."""
        ...


@runtime_checkable
class SupportsExchanges(Engine, Protocol):
    """An engine that answers for several changes of a few coins at once, without sampling."""

    def exchanged(self, p: Floats, coins: Sequence[Ints], values: Sequence[Floats]) -> Floats:
        """The roots' probabilities (exchanges, samples, roots) at `p` (samples, coins), coins exchanged.

        Exchange i gives `coins[i]` the probabilities `values[i]` (samples, these coins).
        """
        ...


@runtime_checkable
class SupportsCovariances(KnowsCoins, Protocol):
    """An engine that gives variances of its answers over independent coins, without sampling."""

    def covariances(
        self, combine: Floats | None = None, *, pairs: int = MAX_PAIRS, seconds: float = MAX_SECONDS
    ) -> Covariances:
        """Variances and Sobol' indices of combinations (outputs, roots) of its roots.

        Raises `EngineRefusal` where that takes more than `pairs` pairs of diagram nodes or `seconds`.
        """
        ...


@runtime_checkable
class SupportsMinimalSets(Engine, Protocol):
    """An engine that tells which violated assumptions are enough for its roots, without sampling."""

    def possible_ends(
        self,
        circuit: Circuit,
        *,
        never: Collection[int] = (),
        node_budget: int = set_family.NODE_BUDGET,
        seconds: float = set_family.MAX_SECONDS,
    ) -> PossibleEnds:
        """The possible ends as functions of the assumptions; its first roots are those of the circuit.

        The draws in `never` count as false for what is possible. Raises `EngineRefusal` beyond the budget.
        """
        ...


@runtime_checkable
class SupportsTwins(Engine, Protocol):
    """An engine that compares its roots in the same sampled worlds, one by one."""

    def twins(self, p: Floats, other: Floats, draws: Draws = FIRST_DRAWS) -> Twins:
        """The roots at `p` and at `other` (samples, coins), and how often they differ in the same worlds."""
        ...


@runtime_checkable
class DiagramEngine(SupportsRanges, SupportsCovariances, SupportsMinimalSets, Protocol):
    """An engine with all of these, as those have that keep a decision diagram of every root."""
