"""Bounds of fault trees without a diagram (`benchmarks/bench_bounds.py`): they contain the exact value."""

import sys
from pathlib import Path

import numpy as np
import pytest

from sensa.engines.exact.engine import compile_gates
from sensa.kernels.program import Gates, Op
from tests.engines.circuits import Writer, ints, truth

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
from bench_bounds import bounds, gates_of  # noqa: E402
from open_psa import FaultTree, read_fault_tree  # noqa: E402

pytestmark = pytest.mark.slow  # compiling the kernels
ORDER = "depth-first, backwards"


def grown(rng: np.random.Generator, coins: int, gates: int) -> tuple[Gates, int]:
    """Disjunctions, conjunctions and thresholds of coins and of earlier gates; the last reads all others."""
    w = Writer()
    nodes = [w.coin() for _ in range(coins)]
    for _ in range(gates):
        args = [int(arg) for arg in rng.choice(nodes, 3, replace=False)]
        op = (Op.AND, Op.OR, Op.AT_LEAST)[int(rng.integers(3))]
        nodes.append(w.gate(op, *args, k=2) if op == Op.AT_LEAST else w.gate(op, *args))
    top = w.gate(Op.OR, *nodes[-2:])
    return w.gates(), top


@pytest.mark.parametrize("seed", range(30))
def test_the_enumerated_probability_is_within(seed):
    """Of trees of nine events, with 2 to 30 states; with more than there are, both bounds are that value."""
    rng = np.random.default_rng(seed)
    coins = 9
    gates, top = grown(rng, coins, 14)
    p = rng.uniform(0.01, 0.5, coins)
    worlds = np.arange(1 << coins)[:, None] >> np.arange(coins) & 1
    wanted = float(np.prod(np.where(worlds, p, 1 - p), axis=1) @ truth(gates, coins)[top])
    tree = FaultTree(gates, top, tuple("abcdefghi"), p, {})
    part = gates_of(tree, ORDER)
    for most in (2, 5, 10, 30):
        low, high, _ = bounds(part, most)
        assert low <= wanted + 1e-12
        assert high >= wanted - 1e-12
    low, high, left_out = bounds(part, 10_000)
    assert left_out == 0
    assert low == high == pytest.approx(wanted, abs=1e-12)


def test_fewer_states_give_wider_bounds():
    tree = read_fault_tree(ROOT / "tests" / "exchange" / "aralia" / "isp9605.xml")
    exact = compile_gates(tree.gates, ints(tree.top), coins=tree.events).probabilities(
        tree.probabilities[None]
    )
    part = gates_of(tree, ORDER)
    wide, narrow = bounds(part, 10), bounds(part, 30)
    assert wide[0] < narrow[0] < exact[0, 0] < narrow[1] < wide[1]
    assert bounds(part, 10_000)[:2] == pytest.approx((exact[0, 0], exact[0, 0]), rel=1e-12)


def test_trees_with_negations_are_refused():
    w = Writer()
    a, b, c = (w.coin() for _ in range(3))
    top = w.gate(Op.OR, w.gate(Op.AND, a, b), w.gate(Op.AND, w.gate(Op.NOT, a), c))
    with pytest.raises(ValueError, match="the tree has negations"):
        gates_of(FaultTree(w.gates(), top, ("a", "b", "c"), np.full(3, 0.1), {}), ORDER)
