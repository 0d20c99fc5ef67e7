"""The parameter values of a run, in blocks whose order is the same for all analyses."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sensa.circuit import Circuit
from sensa.kernels.program import Floats
from sensa.sampling.parameters import Block, Sampler
from sensa.sampling.settings import Settings

BLOCK_POINTS = 1024  # in a block,
BLOCK_NUMBERS = 1 << 22  # with at most this many numbers
KEPT_BYTES = 1 << 25  # of samples that are kept instead of drawn again


@dataclass(frozen=True)
class Points:
    """Scrambled Sobol' points of all replicates, as parameter values and coins' probabilities."""

    circuit: Circuit
    settings: Settings

    @cached_property
    def sampler(self) -> Sampler:
        """The sampler of parameter values."""
        return Sampler(self.circuit, seed=self.settings.seed)

    @property
    def width(self) -> int:
        """The number of values of a sample."""
        return len(self.circuit.coins) + len(self.circuit.parameters) + 1

    @property
    def asked(self) -> int:
        """The requested number of points of a replicate."""
        return self.settings.points // self.settings.replicates

    def blocks(self, points: int | None = None, *, start: int = 0) -> Iterator[Block]:
        """Blocks of the points from `start` up to `points` of each replicate (by default all requested).

        Replicates take turns, block by block.
        """
        points = self.asked if points is None else points
        if start == 0 and points == self.asked and self._kept is not None:
            yield from self._kept
        else:
            yield from self._draw(points, start)

    def theta(self, replicate: int, count: int) -> Floats:
        """The parameters' values (count, parameters) at the first points of a replicate."""
        kept = self._kept if count == self.asked and self.circuit.parameters else None
        for block in kept or ():
            if block.replicate == replicate and block.start == 0 and len(block.theta) == count:
                return block.theta
        return self.sampler.theta(self.sampler.units(replicate=replicate, start=0, count=count))

    @cached_property
    def _kept(self) -> tuple[Block, ...] | None:
        """All blocks if they are small enough to keep, else None."""
        if 8 * self.width * self.settings.points > KEPT_BYTES:
            return None
        return tuple(self._draw(self.asked, 0))

    def _draw(self, points: int, start: int) -> Iterator[Block]:
        if not self.circuit.parameters:
            yield from self.sampler.blocks(replicates=1, points=1, block=1)
            return
        size = max(min(BLOCK_POINTS, points, BLOCK_NUMBERS // self.width), 1)
        for first in range(start, points, size):
            for replicate in range(self.settings.replicates):
                yield self.sampler.block(replicate=replicate, start=first, count=min(size, points - first))
