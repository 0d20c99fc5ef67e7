"""Indices of the share of failures that are safe, P(fail_safe | not success): a ratio, so always sampled."""

from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

import numpy as np

from sensa.circuit import FAILURES
from sensa.kernels.program import Floats
from sensa.sampling.parameters import Block
from sensa.variance.saltelli import Design, Sampled, ratio, sampled

SHARE_POINTS = 512  # points of a replicate


@dataclass(frozen=True)
class OfShare(Design):
    """Only the share of failures that are safe, at the points of the run.

    A and B are then two replicates, B in a shuffled order (a Latin supercube, Owen 1998), so that there are
    half as many replicates of the indices.
    """

    @property
    def grows(self) -> bool:
        """No: it uses the points of the run."""
        return False

    @property
    def outputs(self) -> int:
        """The share."""
        return 1

    @property
    def replicates(self) -> int:
        """Half of those drawn."""
        return self.session.settings.replicates // 2

    @property
    def block(self) -> int:
        """All points together."""
        return SHARE_POINTS

    @cached_property
    def rows(self) -> Floats:
        """Safe failures, and all failures."""
        of_kind = self.session.circuit.of_kind
        rows: Floats = np.stack([of_kind("fail_safe"), of_kind(*FAILURES)]) @ self.session.by_outcome.T
        return rows

    def costs(self, theta: Floats) -> Floats:
        """None."""
        return np.empty((len(theta), 0))

    def outputs_at(self, values: Floats, costs: Floats) -> Floats:
        """The share (samples, 1)."""
        return ratio(values[:, :1], values[:, 1:])

    def moved(self, output: int, steps: list[Floats], values: Floats, costs: Floats) -> Floats:
        """The share's change (points, single)."""
        safely, failed = values[:, :1], values[:, 1:]
        return ratio(safely + steps[0], failed + steps[1]) - ratio(safely, failed)

    def pair(self, replicate: int, start: int, count: int) -> tuple[Floats, ...]:
        """Parameter values and coins' probabilities at A and at B."""
        a, b = self.firsts[2 * replicate : 2 * replicate + 2]
        shuffled = np.random.default_rng([self.session.settings.seed, replicate]).permutation(count)
        return a.theta[:count], b.theta[:count][shuffled], a.p[:count], b.p[:count][shuffled]

    @cached_property
    def firsts(self) -> list[Block]:
        """The first block of each replicate of the run; smaller than usual in very large stories."""
        return list(takewhile(lambda block: block.start == 0, self.session.points.blocks()))


def share(design: OfShare) -> Sampled:
    """Indices of the share of failures that are safe."""
    return sampled(design, min(SHARE_POINTS, *(len(block.p) for block in design.firsts)))
