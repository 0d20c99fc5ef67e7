"""Rewritten networks: the same functions as by enumeration, and smaller where they should be."""

import numpy as np
from hypothesis import HealthCheck, given, settings

from sensa.engines.exact.engine import compile_gates
from sensa.engines.exact.network import simplify
from sensa.engines.exact.rewriting import rewritten
from sensa.kernels.program import Op
from tests.engines.circuits import Writer, ints, truth
from tests.engines.cut_sets.formulas import formulas


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(formulas())
def test_functions_are_those_of_enumeration(made):
    """In every world, of the root, of its negation, and of a part of it."""
    gates, root, coins = made
    worlds = (np.arange(1 << coins)[:, None] >> np.arange(coins) & 1).astype(float)
    table = truth(gates, coins)
    for roots in ([root], [root, int(gates.args[gates.start[root]])]):
        found = compile_gates(gates, ints(*roots), coins=coins, rewrite=True).probabilities(worlds)
        assert np.array_equal(found.T, table[roots].astype(float))


def test_what_the_root_reads_alone_is_settled_below_it():
    """a or ((a or b) and (c or not a)) is a or b."""
    w = Writer()
    a, b, c = (w.coin() for _ in range(3))
    inner = w.gate(Op.AND, w.gate(Op.OR, a, b), w.gate(Op.OR, c, w.gate(Op.NOT, a)))
    root = w.gate(Op.OR, a, inner)
    network = rewritten(simplify(w.gates(), ints(root)))
    assert [len(args) for args in network.args if args] == [2]
    found = compile_gates(w.gates(), ints(root), coins=3, rewrite=True)
    assert found.size == 2


def test_arguments_that_nothing_else_reads_become_a_module():
    """(x or a1..a9) and (x or y) and (y or b1..b9): two modules of nine draws, and four tests above them."""
    w = Writer()
    x, y = w.coin(), w.coin()
    first, second = ([w.coin() for _ in range(9)] for _ in range(2))
    root = w.gate(Op.AND, w.gate(Op.OR, x, *first), w.gate(Op.OR, x, y), w.gate(Op.OR, y, *second))
    assert compile_gates(w.gates(), ints(root), coins=20).modules == 1
    assert compile_gates(w.gates(), ints(root), coins=20, rewrite=True).modules == 3


def test_arguments_that_the_same_gates_read_become_a_module():
    """(x or y or a) and (x or y or b) and (a or b): x or y is a module, that both gates read."""
    w = Writer()
    x, y, a, b = (w.coin() for _ in range(4))
    root = w.gate(Op.AND, w.gate(Op.OR, x, y, a), w.gate(Op.OR, x, y, b), w.gate(Op.OR, a, b))
    assert compile_gates(w.gates(), ints(root), coins=4).modules == 1
    found = compile_gates(w.gates(), ints(root), coins=4, rewrite=True)
    assert found.modules == 2
    assert found.size == 2 + 4  # a chain of two, and tests of the module, of a, and of b below either
    p = np.array([[0.1, 0.2, 0.3, 0.4]])  # 0.28 of x or y, and then a or b; else a and b
    np.testing.assert_allclose(found.probabilities(p), [[0.28 * 0.58 + 0.72 * 0.12]], rtol=1e-14)
