"""Points and parameter values beside scipy's, in one run: medians of processor time and their ratios.

    python benchmarks/bench_points.py

Processor time of one thread, so other work on the machine shows less than in wall time.
"""

import time
from collections.abc import Callable

import numpy as np
from scipy import special, stats
from scipy.stats import qmc

from sensa.kernels import sobol_points as sobol
from sensa.kernels.distributions.levels import at_levels
from sensa.kernels.distributions.marginals import marginal


def median_ms(work: Callable[[], object], rounds: int = 9) -> float:
    """The median processor time of a job, in milliseconds."""
    work()
    taken = []
    for _ in range(rounds):
        before = time.process_time_ns()
        work()
        taken.append(time.process_time_ns() - before)
    return float(np.median(taken)) / 1e6


def points_beside_scipy() -> None:
    """Print Sobol' points beside scipy's."""
    print("| Sobol' points | ours, ms | scipy, ms | scipy / ours |\n|---|---:|---:|---:|")
    for dimensions in (10, 100):
        net = sobol.net(np.arange(dimensions))
        key = sobol.keys(np.arange(dimensions, dtype=np.uint64), seed=1, replicate=0)
        for count in (1 << 10, 1 << 14):
            ours = median_ms(lambda: sobol.points(net, key, start=0, count=count))  # noqa: B023
            theirs = median_ms(lambda: qmc.Sobol(dimensions, rng=1).random(count))  # noqa: B023
            print(f"| {count:,} x {dimensions} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.2f} |")


def quantiles_beside_scipy() -> None:
    """Print quantiles beside scipy's."""
    u = np.random.default_rng(1).random(1 << 14)
    rows = [
        ("beta", (8.0, 2.0), lambda: special.betaincinv(8, 2, u)),
        ("beta", (298.5, 2.5), lambda: special.betaincinv(298.5, 2.5, u)),
        ("gamma", (2.3, 1.5), lambda: special.gammaincinv(2.3, u) * 1.5),
        ("lognormal", (0.0, 1.0), lambda: stats.lognorm(1).ppf(u)),
        ("triangular", (0.1, 0.5, 0.9), lambda: stats.triang(0.5, 0.1, 0.8).ppf(u)),
    ]
    print("\n| 16,384 quantiles | first, ms | again, ms | scipy, ms | scipy / again |")
    print("|---|---:|---:|---:|---:|")
    for family, args, reference in rows:
        ready = marginal(family, args)
        first = median_ms(lambda: marginal(family, args).inverse(at_levels(u)))  # noqa: B023
        again = median_ms(lambda: ready.inverse(at_levels(u)))  # noqa: B023
        theirs = median_ms(reference)
        print(f"| {family}{args} | {first:.2f} | {again:.2f} | {theirs:.2f} | {theirs / again:.1f} |")


if __name__ == "__main__":
    points_beside_scipy()
    quantiles_beside_scipy()
