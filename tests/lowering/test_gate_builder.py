"""Gates under construction: equal gates are one, constants are folded; held to truth tables."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensa.kernels.program import Op
from sensa.lowering.gate_builder import GateBuilder, to_arrays

COINS = 3
FORMULAS = st.recursive(
    st.one_of(st.integers(0, COINS - 1), st.booleans()),
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, max_size=4)),
        st.tuples(st.just("at_least"), st.integers(-1, 5), st.lists(inner, max_size=4)),
        st.tuples(st.just("select"), inner, inner, inner),
    ),
    max_leaves=12,
)


def built(builder: GateBuilder, formula: object) -> int:
    match formula:
        case bool(value):
            return builder.TRUE if value else builder.FALSE
        case int(coin):
            return builder.coin(coin)
        case ("not", inner):
            return builder.negation(built(builder, inner))
        case ("and", list(parts)):
            return builder.conjunction([built(builder, part) for part in parts])
        case ("or", list(parts)):
            return builder.disjunction([built(builder, part) for part in parts])
        case ("at_least", int(k), list(parts)):
            return builder.at_least(k, [built(builder, part) for part in parts])
        case ("select", condition, then, otherwise):
            return builder.select(*(built(builder, part) for part in (condition, then, otherwise)))
    raise AssertionError(formula)


def truth(formula: object, world: tuple[bool, ...]) -> bool:
    match formula:
        case bool(value):
            return value
        case int(coin):
            return world[coin]
        case ("not", inner):
            return not truth(inner, world)
        case ("and", list(parts)):
            return all(truth(part, world) for part in parts)
        case ("or", list(parts)):
            return any(truth(part, world) for part in parts)
        case ("at_least", int(k), list(parts)):
            return sum(truth(part, world) for part in parts) >= k
        case ("select", condition, then, otherwise):
            return truth(then if truth(condition, world) else otherwise, world)
    raise AssertionError(formula)


def value(builder: GateBuilder, gate: int, world: tuple[bool, ...]) -> bool:
    op, k, args = builder.table[gate]
    parts = [value(builder, arg, world) for arg in args]
    match op:
        case Op.FALSE | Op.TRUE:
            return op == Op.TRUE
        case Op.COIN:
            return world[k]
        case Op.NOT:
            return not parts[0]
        case Op.AND:
            return all(parts)
        case Op.OR:
            return any(parts)
        case _:
            return sum(parts) >= k


@given(FORMULAS)
def test_a_gate_is_its_formula_in_every_world(formula: object) -> None:
    builder = GateBuilder()
    gate = built(builder, formula)
    for world in product((False, True), repeat=COINS):
        assert value(builder, gate, world) == truth(formula, world)
    assert len(set(builder.table)) == len(builder.table)
    assert all(arg < at for at, (_, _, args) in enumerate(builder.table) for arg in args)


def test_gates_are_folded() -> None:
    builder = GateBuilder()
    x, y = builder.coin(0), builder.coin(1)
    assert builder.coin(0) == x
    assert builder.negation(builder.negation(x)) == x
    assert builder.conjunction([]) == builder.TRUE
    assert builder.disjunction([]) == builder.FALSE
    assert builder.conjunction([x, x]) == builder.disjunction([x]) == x
    assert builder.conjunction([x, builder.FALSE]) == builder.conjunction([builder.negation(x), x])
    assert builder.disjunction([x, builder.negation(x)]) == builder.TRUE
    assert builder.conjunction([x, y]) == builder.conjunction([y, builder.TRUE, x])
    assert builder.select(builder.coin(2), x, x) == x


@pytest.mark.parametrize(
    ("k", "constants", "expected"),
    [(0, 0, "true"), (1, 0, "or"), (2, 0, "and"), (3, 0, "false"), (3, 1, "and")],
)
def test_counts_that_decide_are_folded(k: int, constants: int, expected: str) -> None:
    builder = GateBuilder()
    x, y = builder.coin(0), builder.coin(1)
    named = {
        "true": builder.TRUE,
        "false": builder.FALSE,
        "or": builder.disjunction([x, y]),
        "and": builder.conjunction([x, y]),
    }
    assert builder.at_least(k, [x, y] + [builder.TRUE] * constants) == named[expected]


def test_what_stands_twice_counts_twice() -> None:
    builder = GateBuilder()
    x, y = builder.coin(0), builder.coin(1)
    op, k, args = builder.table[builder.at_least(2, [x, x, y])]
    assert (op, k, args) == (Op.AT_LEAST, 2, (x, x, y))


def test_arrays_have_each_gate_and_its_arguments() -> None:
    builder = GateBuilder()
    gate = builder.conjunction([builder.coin(4), builder.negation(builder.coin(2))])
    arrays = to_arrays(builder.table)
    assert arrays.op.tolist() == [int(op) for op, _, _ in builder.table]
    for at, (_, k, args) in enumerate(builder.table):
        assert arrays.k[at] == k
        assert tuple(arrays.args[arrays.start[at] : arrays.start[at + 1]]) == args
    assert gate == len(arrays.op) - 1
