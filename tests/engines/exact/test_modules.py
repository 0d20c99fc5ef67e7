"""Simplified networks and their modules, by hand."""

import pytest
from hypothesis import given, settings

from sensa.engines.exact.modules import find_modules
from sensa.engines.exact.network import AND, AT_LEAST, COIN, FALSE, TRUE, simplify
from sensa.kernels.program import Op
from tests.engines.circuits import Writer, circuits, ints


def test_constants_fold_and_equal_gates_become_one():
    writer = Writer()
    a, b = writer.coin(), writer.coin()
    one, none = writer.gate(Op.TRUE), writer.gate(Op.FALSE)
    first = writer.gate(Op.AND, a, b, one)
    second = writer.gate(Op.NOT, writer.gate(Op.OR, writer.gate(Op.NOT, b), none, writer.gate(Op.NOT, a)))
    nothing = writer.gate(Op.AND, first, writer.gate(Op.NOT, second))
    network = simplify(writer.gates(), ints(first, second, nothing, one))
    assert network.kind[1:] == [COIN, COIN, AND]
    assert network.roots == (6, 6, FALSE, TRUE)


def test_conjunctions_within_conjunctions_become_wide():
    writer = Writer()
    coins = [writer.coin() for _ in range(5)]
    inner = writer.gate(Op.AND, coins[0], coins[1])
    denied = writer.gate(Op.NOT, writer.gate(Op.OR, coins[2], coins[3]))
    top = writer.gate(Op.AND, inner, denied, coins[4])
    network = simplify(writer.gates(), ints(top))
    assert network.kind[1:] == [COIN] * 5 + [AND]
    assert network.args[6] == (2, 4, 7, 9, 10)


@pytest.mark.parametrize(
    ("k", "kind"), [(0, TRUE), (4, FALSE), (2, AT_LEAST), (3, AND)], ids=["none", "too many", "some", "all"]
)
def test_thresholds(k, kind):
    writer = Writer()
    coins = [writer.coin() for _ in range(3)]
    top = writer.gate(Op.AT_LEAST, *coins, k=k)
    network = simplify(writer.gates(), ints(top))
    (root,) = network.roots
    assert root == kind if kind < 2 else network.kind[root >> 1] == kind


def test_modules_are_found_where_nothing_is_shared():
    """top = (a and b) or (c and d and (d or e)): both arms are modules, (d or e) is not: d is outside."""
    writer = Writer()
    a, b, c, d, e = (writer.coin() for _ in range(5))
    left = writer.gate(Op.AND, a, b)
    shared = writer.gate(Op.OR, d, e)
    right = writer.gate(Op.AND, c, d, shared)
    top = writer.gate(Op.OR, left, right)
    network = simplify(writer.gates(), ints(top))
    modules = find_modules(network)
    assert [len(module.leaves) for module in modules] == [2, 3, 2]
    assert [len(module.inner) for module in modules] == [1, 2, 1]
    assert [module.heads[0] & 1 for module in modules] == [
        0,
        0,
        1,
    ]  # as they bear on the root: or = not and not


def test_what_several_roots_share_is_in_the_virtual_top():
    writer = Writer()
    a, b, c, d = (writer.coin() for _ in range(4))
    part = writer.gate(Op.AT_LEAST, a, b, c, k=2)
    one, other = writer.gate(Op.AND, part, d), writer.gate(Op.OR, part, d)
    network = simplify(writer.gates(), ints(one, other, one))
    part_module, top = find_modules(network)
    assert part_module.top > 0
    assert top.top == 0
    assert len(top.leaves) == 2
    assert len(top.heads) == 2


@given(circuits(coins=8, size=30))
@settings(max_examples=100, deadline=None)
def test_a_module_shares_nothing_with_the_rest(circuit):
    """By the definition: no node outside of what is below a module reads any of it but its head."""
    gates, roots, _ = circuit
    network = simplify(gates, roots)
    below: list[set[int]] = []
    for args in network.args:
        below.append(set().union(*(below[arg >> 1] | {arg >> 1} for arg in args)) if args else set())
    tops = {root >> 1 for root in network.roots}
    live = tops.union(*(below[top] for top in tops))  # folding leaves nodes behind that nothing reads
    found = {module.top for module in find_modules(network) if module.top}
    for node in live - {0}:
        inside = below[node]
        alone = not (inside & tops) and all(
            reader == node or reader in inside
            for part in inside
            for reader in live
            if any(arg >> 1 == part for arg in network.args[reader])
        )
        assert (node in found) == (alone and network.kind[node] != COIN)


def test_modules_below_a_negated_root_are_kept_as_they_bear_on_it():
    """not ((a or b) and (c or d)): that neither a nor b is makes it more likely, and that is kept."""
    writer = Writer()
    a, b, c, d = (writer.coin() for _ in range(4))
    either = [writer.gate(Op.OR, a, b), writer.gate(Op.OR, c, d)]
    root = writer.gate(Op.NOT, writer.gate(Op.AND, *either))
    network = simplify(writer.gates(), ints(root))
    assert network.kind.count(AND) == 3
    left, right, top = find_modules(network)
    assert [module.heads[0] & 1 for module in (left, right)] == [0, 0]  # of `not a and not b`
    assert top.heads == network.roots
