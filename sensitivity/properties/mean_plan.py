"""How the means of cases over the uncertain numbers are computed: alike for cases that are compared."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensa.kernels.program import Floats
from sensa.sampling.budget import WORLDS, Effort
from sensa.sampling.estimates import Worlds, heavy_tailed
from sensa.sampling.executor import Piece

Held = tuple[tuple[int, float], ...]  # parameters with the values at which they are held


@dataclass(frozen=True)
class Plan:
    """How means over the parameters are computed: `points` in each replicate, with their worlds."""

    at_means: bool  # of the parameters, as these decide the means
    replicates: int
    points: int
    effort: Effort
    counts: bool  # whether each answer is a share of worlds

    @property
    def pieces(self) -> list[Piece]:
        """The samples to draw."""
        return [Piece(replicate, 0, self.points) for replicate in range(self.replicates)]

    @property
    def worlds(self) -> Worlds:
        """The worlds of each mean."""
        clusters = self.replicates * self.points
        worlds = self.effort.words * WORLDS * clusters
        if not worlds:
            return Worlds()
        return Worlds(worlds, worlds if self.at_means else clusters, self.at_means and self.counts)


def heavy_losses(losses: Sequence[Floats], cases: int) -> npt.NDArray[np.bool_]:
    """Whether few values dominate the loss of each case, from its values (cases, samples) by replicate."""
    if not losses:
        return np.zeros(cases, np.bool_)
    return np.array([heavy_tailed(values) for values in np.concatenate(losses, axis=1)])
