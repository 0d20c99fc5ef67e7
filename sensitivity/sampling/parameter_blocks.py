"""The parameter values of a run, in blocks whose order is the same for all analyses."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sensa.circuit import Circuit
from sensa.kernels.program import Floats
from sensa.sampling.parameters import Block, Marginals, Sampler
from sensa.sampling.settings import Settings

BLOCK_POINTS = 2048  # in a block,
BLOCK_NUMBERS = 1 << 22  # with at most this many numbers
KEPT_BYTES = 1 << 25  # of samples that are kept instead of drawn again


@dataclass
class Drawn:
    """What circuits of one story share: marginals, and parameter values.

    The values are those of all blocks, by what determines their points, and by the points of a replicate.
    """

    marginals: Marginals = field(default_factory=dict)
    thetas: dict[tuple[object, ...], dict[int, tuple[Floats, ...]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Points:
    """Scrambled Sobol' points of all replicates, as parameter values and coins' probabilities.

    Circuits of one story, with further draws, share the parameter values through `drawn`.
    """

    circuit: Circuit
    settings: Settings
    drawn: Drawn = field(default_factory=Drawn, repr=False, compare=False)

    @cached_property
    def sampler(self) -> Sampler:
        """The sampler of parameter values."""
        return Sampler(self.circuit, seed=self.settings.seed, known=self.drawn.marginals)

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
        if count == self.asked and self._thetas is not None:
            of = [place[0] for place in self._places(self.asked, 0)]
            found = [theta for each, theta in zip(of, self._thetas, strict=True) if each == replicate]
            return found[0] if len(found) == 1 else np.concatenate(found)
        return self.sampler.theta(self.sampler.units(replicate=replicate, start=0, count=count))

    @cached_property
    def _kept(self) -> tuple[Block, ...] | None:
        """All blocks if they are small enough to keep, else None."""
        if self._thetas is None:
            return tuple(self._draw(self.asked, 0)) if self._small else None
        places = self._places(self.asked, 0)
        return tuple(
            Block(replicate, start, theta, self.sampler.probabilities(theta))
            for (replicate, start, _), theta in zip(places, self._thetas, strict=True)
        )

    @property
    def _small(self) -> bool:
        return 8 * self.width * self.settings.points <= KEPT_BYTES

    @cached_property
    def _thetas(self) -> tuple[Floats, ...] | None:
        """The parameters' values in all blocks, if there are parameters and the blocks are kept."""
        circuit, sampler = self.circuit, self.sampler
        if not circuit.parameters or not self._small:
            return None
        key = (
            tuple(circuit.parameters), circuit.correlated.tobytes(), circuit.correlation.tobytes(),
            self.settings.seed, self.settings.replicates, self._size(BLOCK_POINTS),
        )  # fmt: skip
        drawn = self.drawn.thetas.setdefault(key, {})
        if self.asked not in drawn:
            more = next((known for points, known in drawn.items() if points > self.asked), None)
            drawn[self.asked] = (
                tuple(
                    sampler.theta(sampler.units(replicate=replicate, start=start, count=count))
                    for replicate, start, count in self._places(self.asked, 0)
                )
                if more is None or self.asked > self._size(BLOCK_POINTS)
                else tuple(np.asfortranarray(one[: self.asked]) for one in more[: self.settings.replicates])
            )
        return drawn[self.asked]

    def _draw(self, points: int, start: int) -> Iterator[Block]:
        if not self.circuit.parameters:
            yield from self.sampler.blocks(replicates=1, points=1, block=1)
            return
        for replicate, first, count in self._places(points, start):
            yield self.sampler.block(replicate=replicate, start=first, count=count)

    def _places(self, points: int, start: int) -> Iterator[tuple[int, int, int]]:
        """The replicate, first point and size of each block."""
        size = self._size(points)
        for first in range(start, points, size):
            for replicate in range(self.settings.replicates):
                yield replicate, first, min(size, points - first)

    def _size(self, points: int) -> int:
        return max(min(BLOCK_POINTS, points, BLOCK_NUMBERS // self.width), 1)
