"""Has something become much slower beside its peer on the same work? For continuous integration.

    python benchmarks/check_ratios.py

Ratios only, each of two jobs timed in turns in this process, so that a busy or a slow machine shows in both.
A ratio fails below half of what is recorded here, twice in a row; recorded are the smallest of several runs.
Ends with exit code 1 where one fails.
"""

import sys
import time
from collections.abc import Callable

import bench_worlds
import numpy as np

from sensa.engines.exact.engine import compile_gates
from sensa.kernels import sobol_points
from sensa.kernels.bdd import diagrams, sweeps_compiled

RECORDED = {
    "worlds, numpy / ours": 45.0,
    "diagram forward, plain rows / compiled": 2.3,
    "forward / gradients": 0.4,
    "Sobol' points, scipy / ours": 1.3,
}
BAND = 0.5


def ratio(one: Callable[[], object], other: Callable[[], object], rounds: int = 7) -> float:
    """Median seconds of one over the other's, in turns."""
    taken: tuple[list[float], list[float]] = ([], [])
    for job in (one, other):
        job()
    for _ in range(rounds):
        for times, job in zip(taken, (one, other), strict=True):
            before = time.perf_counter()
            job()
            times.append(time.perf_counter() - before)
    return float(np.median(taken[0]) / np.median(taken[1]))


def measured(name: str) -> float:
    """One of the recorded ratios, now."""
    if name.startswith("worlds"):
        return bench_worlds.ratio()
    if name.startswith("Sobol'"):
        from scipy.stats import qmc

        net = sobol_points.net(np.arange(100))
        key = sobol_points.keys(np.arange(100, dtype=np.uint64), seed=1, replicate=0)
        ours = lambda: sobol_points.points(net, key, start=0, count=1 << 12)  # noqa: E731
        return ratio(lambda: qmc.Sobol(100, rng=1).random(1 << 12), ours)
    gates, roots, coins = bench_worlds.circuit(60)
    diagram = compile_gates(gates, roots, coins=coins).diagram
    layout = sweeps_compiled.layout(diagram)
    p = np.asfortranarray(np.random.default_rng(0).random((4096, coins)))
    if name.startswith("diagram"):
        return ratio(lambda: diagrams.forward(diagram, p), lambda: sweeps_compiled.forward(layout, p))
    seeds = diagrams.seeds(np.eye(1))
    return ratio(
        lambda: sweeps_compiled.forward(layout, p), lambda: sweeps_compiled.backward(layout, p, seeds)
    )


def main() -> int:
    """Each ratio beside what is recorded."""
    failed = []
    for name, recorded in RECORDED.items():
        now = measured(name)
        if now < BAND * recorded:
            now = max(now, measured(name))
        print(f"{name}: {now:.2f}, recorded {recorded:g}", flush=True)
        failed += [name] if now < BAND * recorded else []
    if failed:
        print(f"below half of what is recorded: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
