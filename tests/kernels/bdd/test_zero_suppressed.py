"""Families of sets against sets of frozensets."""

import math
import random
from itertools import combinations, islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.kernels.bdd.zero_suppressed import EMPTY, UNIT, Families, FamilyRefusal, by_size, likeliest

VARIABLES = 6


def table(most: int = 1_000_000) -> Families:
    return Families(most, math.inf)


def made(families: Families, sets: frozenset[frozenset[int]], first: int = 0) -> int:
    """The family of these sets, by splitting at the least variable."""
    if not sets:
        return EMPTY
    if sets == {frozenset()}:
        return UNIT
    variable = min(min(one) for one in sets if one)
    low = made(families, frozenset(one for one in sets if variable not in one))
    high = made(families, frozenset(one - {variable} for one in sets if variable in one))
    return families.node(variable, low, high)


def listed(families: Families, family: int) -> set[frozenset[int]]:
    """The sets of a family, from its nodes."""
    if family <= UNIT:
        return {frozenset()} if family == UNIT else set()
    with_it = {one | {families.variable[family]} for one in listed(families, families.high[family])}
    return listed(families, families.low[family]) | with_it


def members(mask: int) -> frozenset[int]:
    return frozenset(i for i in range(VARIABLES) if mask >> i & 1)


SETS = st.frozensets(st.integers(0, 2**VARIABLES - 1).map(members), max_size=14)
SOME = st.frozensets(st.sampled_from([m for m in map(members, range(64)) if 1 < len(m) < 4]))


def minimal(sets: frozenset[frozenset[int]]) -> frozenset[frozenset[int]]:
    return frozenset(one for one in sets if not any(other < one for other in sets))


@settings(max_examples=200, deadline=None)
@given(SETS | SOME, SETS | SOME)
def test_operations_are_those_on_sets(first, second):
    families = table()
    a, b = made(families, first), made(families, second)
    assert listed(families, a) == first
    assert listed(families, families.minus(a, b)) == first - second
    a, b = made(families, minimal(first)), made(families, minimal(second))
    want = {one for one in minimal(first) if not any(other <= one for other in minimal(second))}
    assert listed(families, families.without(a, b)) == want


@settings(deadline=None)
@given(SETS, st.lists(st.sampled_from([0.0, -0.1, -0.7, -2.0, -690.0]), min_size=6, max_size=6))
def test_sizes_and_order(sets, weights):
    families = table()
    family = made(families, sets)
    sizes = by_size(families, family, {})
    assert [sizes[n] if n < len(sizes) else 0 for n in range(7)] == [
        sum(len(one) == n for one in sets) for n in range(7)
    ]
    found = list(likeliest(families, family, dict(enumerate(weights)), {}))
    assert {frozenset(members) for _, members in found} == sets
    assert len(found) == len(sets)
    told = [weight for weight, _ in found]
    assert told == sorted(told, reverse=True)
    for weight, members in found:
        assert weight == pytest.approx(sum(weights[one] for one in members), rel=1e-12, abs=1e-12)


def choosing(families: Families, of: int, size: int) -> int:
    """All sets of so many of these variables."""
    rows = {0: UNIT}
    for variable in reversed(range(of)):
        rows = {
            n: families.node(variable, rows.get(n, EMPTY), rows.get(n - 1, EMPTY)) for n in range(size + 1)
        }
    return rows[size]


def test_ties_cost_no_more_than_what_is_told():
    """C(40, 20) = 137,846,528,820 sets, all alike: the first twenty within 41 steps and some each."""
    families = table()
    family = choosing(families, 40, 20)
    assert by_size(families, family, {})[20] == 137_846_528_820
    shown = list(islice(likeliest(families, family, dict.fromkeys(range(40), -0.1), {}, most=2000), 20))
    assert len({members for _, members in shown}) == 20
    assert {weight for weight, _ in shown} == {shown[0][0]}
    random_weights = {i: -random.Random(5).random() - i for i in range(40)}
    (best,) = islice(likeliest(families, family, random_weights, {}, most=2000), 1)
    assert best[1] == tuple(range(20))


def test_variables_that_stand_for_families():
    """{x, 2 of 3} with x standing for {a} or {b, c}: sizes 3 and 4, three of each."""
    families = table()
    two = frozenset(frozenset(one | {0}) for one in map(frozenset, combinations((1, 2, 3), 2)))
    family, inside = made(families, two), made(families, frozenset({frozenset({7}), frozenset({8, 9})}))
    inner = {0: inside}
    weight = {1: -1.0, 2: -2.0, 3: -4.0, 7: -9.0, 8: -3.0, 9: -5.0}
    assert by_size(families, family, {0: by_size(families, inside, {})}) == [0, 0, 0, 3, 3]
    found = [(round(w, 9), frozenset(m)) for w, m in likeliest(families, family, weight, inner)]
    pairs = [(-3.0, {1, 2}), (-5.0, {1, 3}), (-6.0, {2, 3})]
    want = [(w - 8, frozenset({8, 9} | m)) for w, m in pairs] + [
        (w - 9, frozenset({7} | m)) for w, m in pairs
    ]
    assert sorted(found, key=lambda one: (-one[0], sorted(one[1]))) == sorted(
        want, key=lambda one: (-one[0], sorted(one[1]))
    )
    assert [w for w, _ in found] == sorted((w for w, _ in want), reverse=True)


def test_budgets_refuse():
    with pytest.raises(FamilyRefusal, match="more than 20 nodes"):
        choosing(table(20), 40, 20)
    families = table()
    family = choosing(families, 40, 20)
    with pytest.raises(FamilyRefusal, match="more time"):
        by_size(families, family, {}, until=0.0)
    with pytest.raises(FamilyRefusal, match="more than 30 steps"):
        list(likeliest(families, family, dict.fromkeys(range(40), -0.1), {}, most=30))
    late = Families(1_000_000, 0.0)
    with pytest.raises(FamilyRefusal, match="more time"):
        choosing(late, 60, 30)
