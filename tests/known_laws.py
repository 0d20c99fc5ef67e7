"""Simulated families with a known law, for backtests of extrapolations."""

from typing import NamedTuple

import numpy as np

from sensa.kernels.distributions.levels import at_levels
from sensa.kernels.distributions.marginals import marginal


class Law(NamedTuple):
    """A line in decades from 1e10 that families share, up to their levels."""

    level: float
    slope: float  # per decade
    spread: float  # standard deviation of the families' levels; below 0: drawn from the prior in each run
    families: int
    trials: int  # at each of 1e9, 1e10, 1e11
    bend: float = 0.0  # standard deviation of the change of slope beyond 1e11, known to the form


LAWS = (
    Law(2, -0.5, -1, 4, 100),
    Law(2, -0.5, 0.5, 4, 100),
    Law(3, -0.7, 1.0, 4, 100),
    Law(-4, 0.6, 0.5, 4, 200),
    Law(2, -0.5, 1.0, 3, 50),
    Law(2, -0.5, 0.7, 3, 100, bend=0.5),
)


def covered(law: Law, runs: int, seed: int) -> float:
    """The share of runs in which the interval for a new family at 1e13 covers its probability."""
    generator, hits = np.random.default_rng(seed), 0
    ends = at_levels(np.array([0.05, 0.95]))
    for _ in range(runs):
        spread = abs(generator.normal()) if law.spread < 0 else law.spread
        levels = generator.normal(law.level, spread, law.families + 1)
        rows: list[float] = []
        for family, level in enumerate(levels[:-1]):
            for decade in (-1, 0, 1):
                held = generator.binomial(law.trials, 1 / (1 + np.exp(-level - law.slope * decade)))
                rows += [family, 10.0 ** (10 + decade), law.trials, held]
        truth = levels[-1] + 3 * law.slope + 2 * law.bend * generator.normal()
        low, high = marginal("extrapolate_families", (1e13, -1, 1.0, law.bend, *map(float, rows))).odds(ends)
        hits += bool(low <= truth <= high)
    return hits / runs
