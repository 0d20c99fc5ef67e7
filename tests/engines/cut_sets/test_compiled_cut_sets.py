"""Minimal sets of large diagrams, in compiled code: against enumeration, closed forms, and plain Python."""

import math
from itertools import product
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensa.engines.cut_sets import minimal_cut_sets
from sensa.engines.cut_sets.minimal_cut_sets import cut_sets, minimal_sets
from sensa.engines.cut_sets.set_family import MinimalSets
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.bdd import build_python, zero_suppressed_compiled
from sensa.kernels.bdd.zero_suppressed import EMPTY, UNIT, Families, FamilyRefusal, by_size, likeliest
from sensa.kernels.bdd.zero_suppressed_compiled import CompiledFamilies
from sensa.kernels.program import Op
from tests.engines.circuits import Writer, truth
from tests.engines.cut_sets.enumeration import implicants, least, listed
from tests.engines.cut_sets.formulas import formulas

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
compiled = patch.object(minimal_cut_sets, "MAX_PLAIN_NODES", -1)


@settings(max_examples=100, deadline=None, suppress_health_check=CHECKS)
@given(formulas(), st.data())
def test_sets_of_events_are_those_of_enumeration(made, data):
    """Whether or not further events can make the gate false again."""
    gates, root, coins = made
    events = data.draw(st.lists(st.booleans(), min_size=coins, max_size=coins))
    with compiled:
        found = cut_sets(gates, root, events)
    want = least(truth(gates, coins)[root], events)
    assert listed(found, coins) == want
    assert {size: n for size, n in enumerate(found.by_size()) if n} == {
        size: sum(len(each) == size for each in want) for size in {len(each) for each in want}
    }


@settings(max_examples=100, deadline=None, suppress_health_check=CHECKS)
@given(formulas(), st.data())
def test_sets_are_those_of_enumeration(made, data):
    """And the likeliest come first."""
    gates, root, coins = made
    with compiled:
        found = minimal_sets(gates, root, coins)
    assert listed(found, coins) == implicants(truth(gates, coins)[root], coins)
    p = data.draw(st.lists(st.sampled_from([0.01, 0.2, 0.5, 0.9]), min_size=coins, max_size=coins))
    told = list(found.likeliest(p))
    for chance, facts in told:
        assert chance == pytest.approx(math.prod(p[c] if v else 1 - p[c] for c, v in facts), rel=1e-9)
    assert [chance for chance, _ in told] == sorted((chance for chance, _ in told), reverse=True)


def modules(number: int, k: int, of: int) -> MinimalSets:
    """The sets of a conjunction of thresholds, each `k` of `of` draws of its own."""
    w = Writer()
    parts = [w.gate(Op.AT_LEAST, *(w.coin() for _ in range(of)), k=k) for _ in range(number)]
    root = w.gate(Op.AND, *parts)
    with compiled:
        return minimal_sets(w.gates(), root, number * of)


@pytest.mark.parametrize(("number", "k", "of"), [(1, 12, 24), (3, 2, 5), (30, 3, 7), (45, 2, 4)])
def test_modules_are_counted_by_size(number, k, of):
    """C(of, k)^number sets of k number members: some are more than 64 bits hold."""
    found = modules(number, k, of)
    wanted = [0] * (number * k) + [math.comb(of, k) ** number]
    assert found.by_size() == wanted
    if number * of < 100:
        chance, facts = next(found.likeliest([0.1] * (number * of)))
        assert (chance, len(facts)) == (pytest.approx(0.1 ** (number * k)), number * k)


def chain(pairs: int) -> build_python.Built:
    """a_i and b_i for some i, with all a above all b: some 2^pairs nodes."""
    left = [2 * (1 + i) for i in range(pairs)]
    right = [2 * (1 + pairs + i) for i in range(pairs)]
    both = [2 * (1 + 2 * pairs + i) for i in range(pairs)]
    head = both[0] ^ 1
    for i, each in enumerate(both[1:]):
        left.append(head)
        right.append(each ^ 1)
        head = 2 * (1 + 3 * pairs + i)
    return build_python.build(2 * pairs, left, right, [head ^ 1], 1 << 20, math.inf)


def solved(
    built: build_python.Built, most: int = 1 << 20, until: float = math.inf
) -> tuple[CompiledFamilies, int]:
    families = CompiledFamilies(most, until)
    nodes = [np.array(part, np.int32) for part in (built.level, built.low, built.high)]
    return families, families.minimal_solutions(*nodes, (EMPTY, UNIT))


@pytest.mark.parametrize("rounds", [1, 997, 2_000_000])
def test_pauses_and_growing_tables_change_nothing(rounds):
    """Ten pairs, from a diagram of 2,046 nodes and some thousands of families on the way."""
    with patch.object(zero_suppressed_compiled, "ROUNDS_PER_CALL", rounds):
        families, family = solved(chain(10 if rounds > 1 else 4))
    pairs = 10 if rounds > 1 else 4
    assert by_size(families, family, {}) == families.by_size(family, {}, math.inf) == [0, 0, pairs]
    told = {members for _, members in likeliest(families, family, dict.fromkeys(range(2 * pairs), -1.0), {})}
    assert told == {(i, pairs + i) for i in range(pairs)}


def test_budgets_refuse():
    built = chain(9)
    with pytest.raises(FamilyRefusal, match="more than 500 nodes"):
        solved(built, most=500)
    with (
        patch.object(zero_suppressed_compiled, "ROUNDS_PER_CALL", 100),
        pytest.raises(FamilyRefusal, match="more time"),
    ):
        solved(built, until=-1.0)
    families, family = solved(built)
    with pytest.raises(FamilyRefusal, match="more time"):
        families.by_size(family, {}, -1.0)


def test_what_outgrows_plain_python_is_compiled():
    """At least 6 of 12: a diagram of 6 * 7 nodes, and a table of two more."""
    w = Writer()
    coins = [w.coin() for _ in range(12)]
    root = w.gate(Op.AT_LEAST, *coins, k=6)
    with patch.object(minimal_cut_sets, "MAX_PLAIN_NODES", 43):
        found = minimal_sets(w.gates(), root, 12)
        assert isinstance(found.families, CompiledFamilies)
        assert found.by_size() == [0] * 6 + [math.comb(12, 6)]
        with pytest.raises(EngineRefusal, match="more than 40 "):
            minimal_sets(w.gates(), root, 12, node_budget=40)
    assert isinstance(minimal_sets(w.gates(), root, 12).families, Families)


@pytest.mark.parametrize("value", list(product((False, True), repeat=2)))
def test_a_module_whose_event_is_that_it_is_false(value):
    """(a or b) and not (c and d), no event: both false. From c and d true: {a, not c}, …"""
    w = Writer()
    a, b, c, d = (w.coin() for _ in range(4))
    root = w.gate(Op.AND, w.gate(Op.OR, a, b), w.gate(Op.NOT, w.gate(Op.AND, c, d)))
    gates, events = w.gates(), [True, True, *(not v for v in value)]
    with compiled:
        found = cut_sets(gates, root, events)
    want = [{(0, True)}, {(1, True)}]
    if all(value):
        want = [one | {other} for one in want for other in ((2, False), (3, False))]
    assert listed(found, 4) == {frozenset(each) for each in want} == least(truth(gates, 4)[root], events)
