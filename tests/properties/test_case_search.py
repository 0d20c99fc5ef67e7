"""Which case is nearest, or worst, does not turn on the last bits of its margin."""

from collections.abc import Sequence
from itertools import product
from math import inf

import numpy as np
import pytest

from sensa.properties.case_search import search
from sensa.properties.cases import Case, Scope
from sensa.properties.sides import Sides
from sensa.sampling.estimates import Interval

MARGINS = {"b": -0.04, "a": -0.04, "c": -0.01, "d": 0.02}  # b comes first in the story


@pytest.mark.parametrize("bits", list(product((-3, 0, 3), repeat=2)))
def test_of_cases_alike_but_for_rounding_the_first_by_name_is_nearest_and_worst(
    bits: tuple[int, int],
) -> None:
    margins = dict(MARGINS)
    for name, steps in zip("ab", bits, strict=True):
        margins[name] = margins[name] + steps * float(np.spacing(0.04))

    def ask(cases: Sequence[Case]) -> Sides:
        margin = np.array([margins[case.violated[0]] for case in cases])
        left, right = 0.05 - margin, np.full(len(cases), 0.05)
        return Sides(Interval(left, left), Interval(right, right), Interval(margin, margin), strict=False)

    found = search(Scope(tuple(MARGINS), 1, 1), ask, inf)
    assert [one.case.violated for one in found.minimal] == [("a",), ("b",), ("c",)]
    assert found.worst is not None
    assert found.worst.case.violated == ("a",)
    assert found.least is not None
    assert found.least.case.violated == ("b",)


def test_of_undecided_cases_the_one_that_may_break_it_by_most_is_told() -> None:
    """An interval of the margin about 0 decides nothing."""
    lows = {"a": -0.01, "b": -0.07, "c": -0.03, "d": 0.02}

    def ask(cases: Sequence[Case]) -> Sides:
        low = np.array([lows[case.violated[0]] for case in cases])
        right = np.full(len(cases), 0.5)
        margin = Interval(low, low + 0.1)
        return Sides(Interval(right - margin.high, right - low), Interval(right, right), margin, strict=False)

    found = search(Scope(tuple(lows), 1, 1), ask, inf)
    assert (found.examined, found.undecided, found.broken, found.vacuous) == (4, 3, 0, 0)
    assert found.unanswered is not None
    assert found.unanswered.case.violated == ("b",)


def test_where_the_case_of_everything_holds_nothing_is_left_open() -> None:
    def ask(cases: Sequence[Case]) -> Sides:
        left, margin, right = (np.full(len(cases), value) for value in (0.4, 0.1, 0.5))
        return Sides(Interval(left, left), Interval(right, right), Interval(margin, margin), strict=False)

    found = search(Scope(tuple(MARGINS), 1, 2), ask, inf, falling=True)
    assert (found.examined, found.complete, found.bounded) == (1, True, True)
    assert (found.broken, found.undecided, found.vacuous, found.pruned) == (0, 0, 0, 0)
    assert found.least is not None
    assert found.least.case.violated == tuple(MARGINS)
