"""The builder of arithmetic circuits in plain Python and in compiled code: the same circuits."""

from collections.abc import Callable
from itertools import count
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensa.engines.elimination.binary_gates import ALWAYS, BinaryGates
from sensa.engines.elimination.eliminate import Eliminated, TooManyRowsError, eliminate
from sensa.engines.exact.order_search import Budget
from sensa.kernels import compiled_work
from sensa.kernels.elimination import arithmetic_circuits, builder

ANYTHING = Budget(1 << 20, inf)


@st.composite
def binary_gates(draw: st.DrawFn, size: int = 24) -> BinaryGates:
    """Conjunctions of any two earlier literals of other variables, and some heads."""
    leaves = draw(st.integers(2, size // 2))
    left, right = [-1] * leaves, [-1] * leaves
    for gate in range(leaves, draw(st.integers(leaves + 1, size))):
        one, other = draw(st.lists(st.integers(0, gate - 1), min_size=2, max_size=2, unique=True))
        left.append(2 * one + draw(st.integers(0, 1)))
        right.append(2 * other + draw(st.integers(0, 1)))
    literals = st.integers(2 * leaves, 2 * len(left) - 1)
    heads = draw(st.lists(literals | st.just(ALWAYS), min_size=1, max_size=4, unique=True))
    return BinaryGates(leaves, np.array(left, np.int32), np.array(right, np.int32), tuple(heads))


def made(gates: BinaryGates, pays: Callable[[str, float], bool], budget: Budget = ANYTHING) -> Eliminated:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(compiled_work, "pays", pays)
        return eliminate(gates, budget)


def after(calls: float) -> Callable[[str, float], bool]:
    """Compiled code from this call on."""
    counted = count()
    return lambda *_: next(counted) >= calls


def same(one: Eliminated, other: Eliminated) -> bool:
    arrays = zip(one.circuit, other.circuit, strict=True)
    return (one.heads, one.rows) == (other.heads, other.rows) and all(np.array_equal(a, b) for a, b in arrays)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(binary_gates(), st.integers(1, 60))
def test_plain_and_compiled_builds_are_the_same(gates: BinaryGates, calls: int) -> None:
    """Also where compiled code takes over in the middle."""
    plain = made(gates, after(inf))
    assert same(plain, made(gates, after(0)))
    assert same(plain, made(gates, after(calls)))


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(binary_gates(60), st.integers(1, 200))
def test_plain_and_compiled_builds_are_the_same_on_many(gates: BinaryGates, calls: int) -> None:
    plain = made(gates, after(inf))
    assert same(plain, made(gates, after(0)))
    assert same(plain, made(gates, after(calls)))


def many_states(states: int, readers: int) -> BinaryGates:
    """A variable of many states, the first of its leaves that is true; readers of it, each by a leaf a state.

    Each reader goes through the states in an order of its own; the head is that all of them are true.
    """
    rng = np.random.default_rng(states)
    left, right = [-1] * states * (1 + readers), [-1] * states * (1 + readers)

    def conjunction(one: int, other: int) -> int:
        left.append(one)
        right.append(other)
        return 2 * len(left) - 2

    none_yet, state = 1, [0]
    for leaf in range(1, states):
        state.append(conjunction(none_yet, 2 * leaf))
        none_yet = conjunction(none_yet, 2 * leaf + 1)
    together = []
    for reader in range(1, 1 + readers):
        chosen = [conjunction(state[i], 2 * (reader * states + i)) for i in rng.permutation(states).tolist()]
        neither = conjunction(chosen[0] ^ 1, chosen[1] ^ 1)
        for other in chosen[2:]:
            neither = conjunction(neither, other ^ 1)
        together.append(neither ^ 1)
    head = together[0]
    for other in together[1:]:
        head = conjunction(head, other)
    return BinaryGates(states * (1 + readers), np.array(left, np.int32), np.array(right, np.int32), (head,))


def test_a_variable_of_many_states_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of its 70 states are in a table together; the probability is a sum over them."""
    widest, joined = [0], builder.joined

    def recorded(*tables: Any) -> Any:
        found = joined(*tables)
        widest.append(0 if found is None else len(found[0]))
        return found

    monkeypatch.setattr(builder, "joined", recorded)
    found = made(many_states(70, 3), after(0))
    assert max(widest) > 70
    p = np.random.default_rng(1).uniform(0.01, 0.2, (4, 70))
    first = p[0] * np.append(1.0, np.cumprod(1.0 - p[0, :-1]))
    top = arithmetic_circuits.probabilities(found.circuit, p.reshape(1, -1))
    assert top.item() == pytest.approx((first * p[1] * p[2] * p[3]).sum(), rel=1e-12)


@pytest.mark.parametrize("calls", [0, inf])
def test_rows_are_bounded_in_both(calls: float) -> None:
    """The parity of 6 leaves, of three conjunctions each: a table of 2 variables more than is allowed."""
    left, right, so_far = [-1] * 6, [-1] * 6, 0
    for leaf in range(2, 12, 2):
        for one, other in ((so_far, leaf + 1), (so_far + 1, leaf)):
            left.append(one)
            right.append(other)
        left.append(2 * len(left) - 3)
        right.append(2 * len(left) - 4)
        so_far = 2 * len(left) - 1
    gates = BinaryGates(6, np.array(left, np.int32), np.array(right, np.int32), (so_far,))
    assert made(gates, after(calls)).rows > 20
    with pytest.raises(TooManyRowsError):
        made(gates, after(calls), Budget(20, inf))
