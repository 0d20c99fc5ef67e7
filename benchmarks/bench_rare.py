"""Rare outcomes beside their exact probabilities, and the worlds that plain sampling would need.

    python benchmarks/bench_rare.py

Prints a Markdown table. Each case runs until 10 % relative standard error, with seed 1; plain sampling would
need (1 - q) / (q 0.1^2) worlds for that. Compiled code is loaded before the first case. Wall time of one run
each, pilots and the search for modes included.
"""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from open_psa import read_fault_tree

from sensa.engines.exact.engine import compile_gates
from sensa.engines.montecarlo import importance_sampling
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.program import Floats, Gates, Op

CASES = Path(__file__).parents[2] / "shared" / "cases" / "fault_trees"
RELATIVE = 0.1
SEED = 1

Case = tuple[str, Gates, int, Floats]


class Writer:
    """Gates while they are written; the coins come first."""

    def __init__(self, coins: int) -> None:
        self.op, self.k = [int(Op.COIN)] * coins, list(range(coins))
        self.args: list[list[int]] = [[] for _ in range(coins)]

    def gate(self, op: Op, args: list[int], k: int = 0) -> int:
        """Append a gate, and give its number."""
        self.op.append(int(op))
        self.k.append(k)
        self.args.append(args)
        return len(self.op) - 1

    def gates(self) -> Gates:
        """The gates as the engines take them."""
        start = np.concatenate([[0], np.cumsum([len(args) for args in self.args])])
        flat = [arg for args in self.args for arg in args]
        return Gates(
            np.array(self.op, np.int8),
            np.array(self.k, np.int32),
            start.astype(np.int32),
            np.array(flat, np.int32),
        )


def at_least(coins: int, least: int, p: float) -> Case:
    """So many of equal coins fall at once."""
    writer = Writer(coins)
    root = writer.gate(Op.AT_LEAST, list(range(coins)), least)
    return f"{least} of {coins} at {p:g}", writer.gates(), root, np.full(coins, p)


def stations(count: int, p: float) -> Case:
    """A station in each half of the plant fails, two of its three parts at once."""
    writer = Writer(3 * count)
    failed = [writer.gate(Op.AT_LEAST, [3 * i, 3 * i + 1, 3 * i + 2], 2) for i in range(count)]
    halves = [writer.gate(Op.OR, failed[: count // 2]), writer.gate(Op.OR, failed[count // 2 :])]
    root = writer.gate(Op.AND, halves)
    return f"{count} stations, parts at {p:g}", writer.gates(), root, np.full(3 * count, p)


def chain(steps: int) -> Case:
    """A state comes (1e-6 a step), stays (0.9), and harms at the last step if it is there (1e-3)."""
    writer = Writer(2 * steps + 1)
    state = writer.gate(Op.FALSE, [])
    for step in range(steps):
        state = writer.gate(Op.OR, [writer.gate(Op.AND, [state, 2 * step]), 2 * step + 1])
    p = np.append(np.tile([0.9, 1e-6], steps), 1e-3)
    root = writer.gate(Op.AND, [state, 2 * steps])
    return f"a state over {steps} steps", writer.gates(), root, p


def parity(coins: int, others: int) -> Case:
    """An odd number of coins of 0.01, and all of some others of 1e-3."""
    writer = Writer(coins + others)
    odd = 0
    for coin in range(1, coins):
        one = writer.gate(Op.AND, [odd, writer.gate(Op.NOT, [coin])])
        two = writer.gate(Op.AND, [writer.gate(Op.NOT, [odd]), coin])
        odd = writer.gate(Op.OR, [one, two])
    root = writer.gate(Op.AND, [odd, *range(coins, coins + others)])
    return f"parity of {coins}, and {others}", writer.gates(), root, np.repeat([0.01, 1e-3], [coins, others])


def cases() -> Iterator[Case]:
    """All cases of the table, the fault trees with their probabilities scaled too."""
    yield at_least(20, 5, 0.003)
    yield at_least(200, 30, 0.03)
    yield parity(12, 3)
    yield stations(100, 1e-4)
    yield stations(1000, 1e-6)
    yield chain(500)
    for path in sorted(CASES.glob("*.xml")):
        tree = read_fault_tree(path)
        for scale in (1.0, 0.01):
            name = path.stem if scale == 1.0 else f"{path.stem}, events at 1e-4"
            yield name, tree.gates, tree.top, tree.probabilities * scale


def exact_of(case: Case) -> float:
    """The probability by decision diagrams; not a number where they are refused."""
    _, gates, root, p = case
    try:
        engine = compile_gates(gates, np.array([root], np.int32), coins=len(p), seconds=20.0)
    except EngineRefusal:
        return math.nan
    return float(engine.probabilities(p[None])[0, 0])


def row(case: Case) -> str:
    """A line of the table: the exact value, the estimate and what it took."""
    name, gates, root, p = case
    exact = exact_of(case)
    begin = time.perf_counter()
    found = importance_sampling.estimate(
        gates, root, p, np.arange(len(p), dtype=np.uint64), seed=SEED, relative=RELATIVE
    )
    seconds = time.perf_counter() - begin
    plain = (1 - exact) / (exact * RELATIVE**2)
    doubt = f"; {found.reason}" if found.degenerate else ""
    return (
        f"| {name} | {len(p):,} | {exact:.4g} | {found.mean:.4g}{doubt} | {found.mean / exact - 1:+.2%} | "
        f"{found.error / found.mean if found.mean else math.nan:.2%} | {found.worlds:,} | {seconds:.2f} | "
        f"{plain:.1e} |"
    )


def main() -> None:
    """Print the table of rare outcomes."""
    row(at_least(3, 2, 1e-3))
    print("| case | coins | exact | estimate | off by | error | worlds | seconds | plain worlds |")
    print("|---|---|---|---|---|---|---|---|---|")
    for case in cases():
        if not exact_of(case) > 0.02:
            print(row(case), flush=True)


if __name__ == "__main__":
    main()
