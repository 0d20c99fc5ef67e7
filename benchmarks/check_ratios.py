"""Has something become much slower beside its peer on the same work? For continuous integration.

    python benchmarks/check_ratios.py

Ratios only, each of two jobs timed in turns, so that a busy or a slow machine shows in both. A ratio fails
below its share of what is recorded here, twice in a row; recorded are the smallest of several runs. Start-up
is measured in processor time of fresh processes. Ends with exit code 1 where one fails.
"""

import sys
import time
from collections.abc import Callable
from importlib import import_module

import bench_start_up
import bench_worlds
import numpy as np
from bayesian_networks import circuit_of, random_network
from bench_cold_start import processor_seconds
from bench_networks import in_pyagrum, marginals

from sensa.engines.elimination.engine import COMPILED_SWEEPS, compile_eliminated_gates
from sensa.engines.exact.engine import compile_gates
from sensa.engines.exact.order_search import expect_much
from sensa.kernels import sobol_points
from sensa.kernels.bdd import backward_compiled, diagrams, sweeps_compiled

RECORDED = {
    "worlds, numpy / ours": 55.0,
    "worlds, ordinary / rare coins": 3.5,
    "diagram forward, plain rows / compiled": 1.4,
    "forward / gradients": 0.4,
    "Sobol' points, scipy / ours": 1.3,
    "elimination, diagram build / ours": 0.11,
    "elimination, plain diagram rows / ours": 0.6,
    "network, pyAgrum's answer / ours": 4.5,
    "start-up, imports / sensa run": 0.6,
}
BAND = 0.5
NARROW = {"start-up, imports / sensa run": 5 / 6}  # twice the imports at most


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
    if name.startswith("worlds, numpy"):
        return bench_worlds.ratio()
    if name.startswith("worlds"):
        return bench_worlds.rare_ratio()
    if name.startswith("Sobol'"):
        from scipy.stats import qmc

        net = sobol_points.net(np.arange(100))
        key = sobol_points.keys(np.arange(100, dtype=np.uint64), seed=1, replicate=0)
        ours = lambda: sobol_points.points(net, key, start=0, count=1 << 12)  # noqa: E731
        return ratio(lambda: qmc.Sobol(100, rng=1).random(1 << 12), ours)
    if name.startswith("elimination"):
        return elimination(build="build" in name)
    if name.startswith("network"):
        return network()
    if name.startswith("start-up"):
        return start_up()
    gates, roots, coins = bench_worlds.circuit(60)
    diagram = compile_gates(gates, roots, coins=coins).diagram
    layout = sweeps_compiled.layout(diagram)
    p = np.asfortranarray(np.random.default_rng(0).random((4096, coins)))
    if name.startswith("diagram"):
        return ratio(lambda: diagrams.forward(diagram, p), lambda: sweeps_compiled.forward(layout, p))
    seeds = diagrams.seeds(np.eye(1))
    return ratio(
        lambda: sweeps_compiled.forward(layout, p), lambda: backward_compiled.backward(layout, p, seeds)
    )


def elimination(*, build: bool) -> float:
    """Diagrams beside elimination on a circuit that both answer exactly: made, or asked at many values."""
    expect_much()  # what is compared is compiled code
    import_module(COMPILED_SWEEPS)
    gates, roots, coins = bench_worlds.circuit(140)
    diagram = compile_gates(gates, roots, coins=coins).diagram
    engine = compile_eliminated_gates(gates, roots, coins=coins)
    if build:
        return ratio(
            lambda: compile_gates(gates, roots, coins=coins),
            lambda: compile_eliminated_gates(gates, roots, coins=coins),
        )
    p = np.asfortranarray(np.random.default_rng(0).random((4096, coins)))
    return ratio(lambda: diagrams.forward(diagram, p), lambda: engine.probabilities(p))


def network() -> float:
    """All marginals of a Bayesian network at one vector of probabilities; the aim is .5 at least."""
    given = random_network(24)
    circuit, theirs = circuit_of(given), in_pyagrum(given)
    roots = np.array([state for name in given for state in circuit.states[name]], np.int32)
    engine = compile_eliminated_gates(circuit.gates, roots, coins=len(circuit.p))
    import_module(COMPILED_SWEEPS)
    p = circuit.p[None]
    assert np.allclose(engine.probabilities(p)[0], marginals(theirs, given), rtol=0, atol=1e-12)
    return ratio(lambda: marginals(theirs, given), lambda: engine.probabilities(p))


def start_up(rounds: int = 3) -> float:
    """The least processor time of the imports over that of a warm run of a library story, in turns."""
    run = [sys.executable, "-m", "sensa", "run", "--quiet", str(bench_start_up.STORY)]
    taken = [
        [processor_seconds(command) for command in ([sys.executable, "-c", bench_start_up.BASE], run)]
        for _ in range(rounds + 1)
    ]
    imports, ours = zip(*taken[1:], strict=True)  # the first round fills the caches
    return float(min(imports) / min(ours))


def main() -> int:
    """Each ratio beside what is recorded."""
    failed = []
    for name, recorded in RECORDED.items():
        least = NARROW.get(name, BAND) * recorded
        now = measured(name)
        if now < least:
            now = max(now, measured(name))
        print(f"{name}: {now:.2f}, recorded {recorded:g}, at least {least:.2g}", flush=True)
        failed += [name] if now < least else []
    if failed:
        print(f"below what is allowed: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
