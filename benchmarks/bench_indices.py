"""Sobol' indices beside SALib and OpenTURNS on the same circuits, in one run: medians, errors beside times.

    python benchmarks/bench_indices.py [largest]

Ours are exact, from the gates on: diagram, its product with itself, first-order and total indices. The
others sample N = 2^13 base points; what they evaluate is our compiled diagram, so that their time is their
own. The second table is our own sampling, by gradients at scrambled points, for what has no exact answer, at
the same N: of the circuit, and of a whole story of the same argument, all outcomes and kinds. Processor time,
so other work on the machine shows less than in wall time. Errors are root mean squares against the exact
indices; those are held to enumeration by the tests, and here to closed indices of each coin and of all
others, sweeps of their own (`checked to`: the largest difference).
"""

import sys
import time
import warnings
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from sensa.engines.exact.engine import ExactEngine, compile_gates
from sensa.kernels import sobol_points as sobol
from sensa.kernels.program import Floats, Gates, Op
from sensa.pipeline import prepare
from sensa.sampling.settings import Settings
from sensa.stories.loading import load
from sensa.stories.reading import parse
from sensa.variance.saltelli import Design, sampled

T = TypeVar("T")
BASE = 1 << 13
HALF = 0.2  # half the range of each probability, which is uniform
SHARED = 0.1


def timed(work: Callable[[], T], rounds: int) -> tuple[float, T]:
    """The median in ms of processor time, and what was found."""
    taken = []
    for _ in range(rounds):
        before = time.process_time_ns()
        found = work()
        taken.append(time.process_time_ns() - before)
    return float(np.median(taken)) / 1e6, found


def argument(coins: int, seed: int) -> tuple[Gates, int, list[str]]:
    """Claims that build on each other: each gate joins some coins of its own and one or two earlier gates.

    One in ten reads a gate that another has read, so that the whole is no tree. Gives the gates, the root,
    and each inner gate as an expression over coins `n0`, `n1`, … (for a story of the same argument).
    """
    rng = np.random.default_rng(seed)
    op, k, start, args = [int(Op.COIN)] * coins, list(range(coins)), [0] * (coins + 1), list[int]()
    loose, texts = list(range(coins)), [f"n{i}" for i in range(coins)]
    rng.shuffle(loose)
    while len(loose) > 1:
        taken = [loose.pop() for _ in range(min(int(rng.integers(2, 4)), len(loose)))]
        if rng.random() < SHARED and len(op) > coins:
            extra = int(rng.integers(coins, len(op)))
            taken += [extra] if extra not in taken else []
        conjunction = rng.random() < 0.5
        op.append(int(Op.AND if conjunction else Op.OR))
        k.append(0)
        args += taken
        start.append(len(args))
        word = " and " if conjunction else " or "
        texts.append("(" + word.join(texts[i] for i in taken) + ")")
        loose.insert(int(rng.integers(0, len(loose) + 1)), len(op) - 1)
    gates = Gates(np.array(op, np.int8), *(np.array(part, np.int32) for part in (k, start, args)))
    return gates, len(op) - 1, texts


def moments(coins: int) -> tuple[Floats, Floats]:
    """Means and variances (1, coins) of uniform probabilities."""
    m = np.random.default_rng(coins).uniform(0.25, 0.75, (1, coins))
    return m, np.full((1, coins), (2 * HALF) ** 2 / 12)


def exact(gates: Gates, root: int, m: Floats, v: Floats) -> tuple[Floats, Floats, ExactEngine]:
    """First-order and total indices, from the gates on."""
    engine = compile_gates(gates, np.array([root], np.int32), coins=m.shape[1])
    covariances = engine.covariances()
    variances, slopes = covariances.gradients(m, v)
    return covariances.first(m, v)[0] / variances[0, 0], slopes[0, 0] * v[0] / variances[0, 0], engine


def salib(engine: ExactEngine, m: Floats) -> tuple[Floats, Floats]:
    """SALib's Saltelli sample and analysis, first order and total, with its default intervals."""
    from SALib.analyze import sobol as analyze
    from SALib.sample import sobol as sample

    names = [f"x{i}" for i in range(m.shape[1])]
    bounds = [[x - HALF, x + HALF] for x in m[0]]
    problem = {"num_vars": len(names), "names": names, "bounds": bounds}
    points = sample.sample(problem, BASE, calc_second_order=False, seed=1)
    values = engine.probabilities(points)[:, 0]
    found = analyze.analyze(problem, values, calc_second_order=False, seed=1)
    return found["S1"], found["ST"]


def openturns(engine: ExactEngine, m: Floats) -> tuple[Floats, Floats]:
    """The same by OpenTURNS, with Jansen's estimators on Sobol' points."""
    import openturns as ot  # type: ignore[import-untyped]

    parts = ot.JointDistribution([ot.Uniform(x - HALF, x + HALF) for x in m[0]])
    sequence = ot.LowDiscrepancyExperiment(ot.SobolSequence(), parts, BASE)
    points = ot.SobolIndicesExperiment(sequence, False).generate()
    values = engine.probabilities(np.asarray(points))
    found = ot.JansenSensitivityAlgorithm(points, values, BASE)
    return np.array(found.getFirstOrderIndices()), np.array(found.getTotalOrderIndices())


def by_gradients(engine: ExactEngine, m: Floats, block: int = 1024) -> tuple[Floats, Floats]:
    """The estimators of `sensa.variance.saltelli` for a bare circuit: one output, uniform inputs."""
    coins = m.shape[1]
    net = sobol.net(np.arange(2 * coins))
    key = sobol.keys(np.arange(2 * coins, dtype=np.uint64), seed=1, replicate=0)
    centre = engine.probabilities(m)[0, 0]
    sums, squares, ends = np.zeros(coins), np.zeros(coins), np.zeros(4)
    change_all = np.zeros(coins)
    for start in range(0, BASE, block):
        points = sobol.points(net, key, start=start, count=block)
        low = m - HALF
        a, b = low + 2 * HALF * points[:, :coins], low + 2 * HALF * points[:, coins:]
        values, slopes = engine.gradients(a)
        at_a, at_b = values[:, 0] - centre, engine.probabilities(b)[:, 0] - centre
        change = (b - a) * slopes[:, 0]
        sums += at_b @ change
        change_all += change.sum(axis=0)
        squares += np.einsum("pf,pf->f", change, change)
        ends += at_a.sum(), at_b.sum(), at_a @ at_a, at_b @ at_b
    mean = (ends[0] + ends[1]) / (2 * BASE)
    variance = (ends[2] + ends[3]) / (2 * BASE) - mean**2
    return (sums - mean * change_all) / BASE / variance, squares / (2 * BASE) / variance


def root_mean_square(found: tuple[Floats, Floats], wanted: tuple[Floats, Floats]) -> str:
    """How far first and total indices are from those wanted, as root mean squares."""
    return " / ".join(f"{np.sqrt(np.mean((a - b) ** 2)):.0e}" for a, b in zip(found, wanted, strict=True))


def differences(gates: Gates, root: int, m: Floats, v: Floats, found: tuple[Floats, Floats]) -> float:
    """The largest difference from closed indices of each coin alone and of all the others."""
    covariances = compile_gates(gates, np.array([root], np.int32), coins=m.shape[1]).covariances()
    each = np.eye(m.shape[1])
    whole = covariances.variances(m, v)[0, 0]
    first = covariances.variances(m, each * v)[:, 0] / whole
    total = 1 - covariances.variances(m, (1 - each) * v)[:, 0] / whole
    return float(max(np.abs(first - found[0]).max(), np.abs(total - found[1]).max()))


STORY = """format = "training-story/1"
[story]
title = "t"
[goal]
class = ["other"]
specification = "s"
desirability = "d"
[rationale]
class = ["other"]
constraints = ["c"]
nudges = ["n"]
"""
ENDS = """
[outcomes.bad]
kind = "catastrophic"
when = "{bad}"
[outcomes.poor]
kind = "fail_safe"
when = "false"
[outcomes.good]
kind = "success"
otherwise = true
"""


def design_of(bad: str, m: Floats) -> Design:
    """The same argument as a story whose credences are uniform."""
    claims = "".join(
        f'[assumptions.n{i}]\nclaim = "c"\npart = "goal.desirability"\n'
        f"credence = {{ uniform = [{float(x - HALF)!r}, {float(x + HALF)!r}] }}\n"
        for i, x in enumerate(m[0])
    )
    model = prepare(load(parse(STORY + claims + ENDS.format(bad=bad))), Settings(replicates=2, points=BASE))
    return Design(model, tuple((i,) for i in range(m.shape[1])))


def main() -> None:
    """Print both tables; the exit code says whether the targets were met."""
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    warnings.simplefilter("ignore")
    met = True
    print("| k | gates | pairs | exact, ms | checked to | SALib, ms | error, first / total | SALib / exact |")
    print("|---:|---:|---:|---:|---:|---:|---|---:|")
    for coins in (10, 30, 100):
        if coins > largest:
            continue
        gates, root, texts = argument(coins, seed=coins)
        m, v = moments(coins)
        exact(gates, root, m, v)
        ours, (first, total, engine) = timed(lambda: exact(gates, root, m, v), 21)  # noqa: B023
        covariances = engine.covariances()
        theirs, found = timed(lambda: salib(engine, m), 3 if coins < 100 else 1)  # noqa: B023
        error = differences(gates, root, m, v, (first, total))
        met &= theirs >= 2000 * ours and error < 1e-10
        print(
            f"| {coins} | {gates.size - coins} | {covariances.pairs} | {ours:.2f} | {error:.0e} |"
            f" {theirs:.0f} | {root_mean_square(found, (first, total))} | {theirs / ours:,.0f} |",
            flush=True,
        )
    if largest >= 100:
        met &= by_sampling(texts[root], engine, m, (first, total), theirs, found)
    raise SystemExit(0 if met else 1)


def by_sampling(
    bad: str,
    engine: ExactEngine,
    m: Floats,
    wanted: tuple[Floats, Floats],
    salib_ms: float,
    salib_found: tuple[Floats, Floats],
) -> bool:
    """The second table: indices from points, ours for all outcomes and kinds at once."""
    design = design_of(bad, m)
    place = design.session.outcomes.index("bad")

    def ours() -> tuple[Floats, Floats]:
        found = sampled(design, BASE // 2)
        return found.first.mean(axis=0)[:, place], found.total.mean(axis=0)[:, place]

    for _ in range(5):  # until compiled code is loaded
        ours()
    whole, all_ends = timed(ours, 7)
    by_gradients(engine, m)
    taken, mine = timed(lambda: by_gradients(engine, m), 7)
    print("\n| k = 100, N = 2^13, sampled | ms | error, first / total | times ours |\n|---|---:|---|---:|")
    print(f"| sensa, by gradients | {taken:.1f} | {root_mean_square(mine, wanted)} | 1 |")
    error = root_mean_square(all_ends, wanted)
    print(f"| the same as a story, all outcomes and kinds | {whole:.1f} | {error} | {whole / taken:.1f} |")
    print(f"| SALib | {salib_ms:.0f} | {root_mean_square(salib_found, wanted)} | {salib_ms / taken:,.0f} |")
    try:
        theirs, found = timed(lambda: openturns(engine, m), 1)
    except ImportError:
        print("| OpenTURNS | not installed | | |")
        return salib_ms >= 500 * taken
    print(f"| OpenTURNS | {theirs:.0f} | {root_mean_square(found, wanted)} | {theirs / taken:,.0f} |")
    return min(salib_ms, theirs) >= 500 * taken


if __name__ == "__main__":
    main()
