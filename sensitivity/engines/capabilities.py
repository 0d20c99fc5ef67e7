"""What some engines answer beyond `Engine`, and others cannot: an analysis asks for it by these protocols.

An analysis that gives nothing without one of them says so in its row (`sensa.analyses.Analysis.needs`).
"""

from typing import Protocol, runtime_checkable

from sensa.engines.exact.covariances import MAX_PAIRS, MAX_SECONDS, Covariances
from sensa.engines.protocol import Engine
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
class SupportsCovariances(KnowsCoins, Protocol):
    """An engine that gives variances of its answers over independent coins, without sampling."""

    def covariances(
        self, combine: Floats | None = None, *, pairs: int = MAX_PAIRS, seconds: float = MAX_SECONDS
    ) -> Covariances:
        """Variances and Sobol' indices of combinations (outputs, roots) of its roots.

        Raises `EngineRefusal` where that takes more than `pairs` pairs of diagram nodes or `seconds`.
        """
        ...
