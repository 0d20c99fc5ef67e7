"""Arithmetic of intervals against points: no result lies outside, and each end is one, or a limit."""

from itertools import product
from math import inf

import numpy as np
import pytest

from sensa.properties import ranges
from sensa.properties.ranges import value
from sensa.sampling.estimates import Interval
from sensa.stories.properties.requirements import parse_requirement

ENDS = (-2.0, -0.5, 0.0, 1.0, 3.0)
ALL = [(low, high) for low, high in product(ENDS, repeat=2) if low <= high]
OPERATIONS = {
    ranges.plus: lambda x, y: x + y,
    ranges.minus: lambda x, y: x - y,
    ranges.times: lambda x, y: x * y,
    ranges.over: lambda x, y: x / y,
}


def interval(ends: tuple[float, float]) -> Interval:
    return Interval(np.array(ends[0]), np.array(ends[1]))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.__name__)
def test_an_interval_is_that_of_its_corners(operation) -> None:
    """All four are monotone in each argument, and quotients by what may be 0 have no bound."""
    for a, b in product(ALL, repeat=2):
        found = operation(interval(a), interval(b))
        if operation is not ranges.over or b[0] > 0 or b[1] < 0:
            corners = [OPERATIONS[operation](x, y) for x, y in product(a, b)]
            assert (found.low, found.high) == pytest.approx((min(corners), max(corners)), rel=1e-15), (a, b)
        elif b == (0.0, 0.0):
            assert np.isnan(found.low), (a, b)
            assert np.isnan(found.high), (a, b)
        else:  # what may be 0 over 0 is not undefined: it may be anything
            assert (found.low, found.high) == (-inf, inf), (a, b)


def test_zero_times_an_infinite_end_is_zero() -> None:
    """And two sides without bounds have a sum without bounds."""
    for ends in ((0.0, 2.0), (-1.0, 0.0), (-1.0, 2.0)):
        found = ranges.times(interval(ends), interval((-inf, inf)))
        assert (found.low, found.high) == (-inf, inf)
    zero = ranges.times(interval((0.0, 0.0)), interval((-inf, inf)))
    assert (zero.low, zero.high) == (0.0, 0.0)
    total = ranges.plus(interval((inf, inf)), interval((-inf, -inf)))
    assert (total.low, total.high) == (-inf, inf)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.__name__)
def test_what_is_undefined_stays_so(operation) -> None:
    for a, b in product([(np.nan, np.nan), (0.0, 1.0)], repeat=2):
        if np.isnan(a[0]) or np.isnan(b[0]):
            found = operation(interval(a), interval(b))
            assert np.isnan(found.low), (a, b)
            assert np.isnan(found.high), (a, b)


def test_a_side_turned_round() -> None:
    """-x of [1, 3] is [-3, -1]."""
    requirement = parse_requirement("-P(bad) <= 0")
    found = value(requirement.left, lambda _: interval((1.0, 3.0)))
    assert (found.low, found.high) == (-3.0, -1.0)


def test_the_largest_size() -> None:
    ends = Interval(np.array([-3.0, 1.0, -inf, 0.0]), np.array([2.0, 4.0, 1.0, inf]))
    assert ranges.largest(ends).tolist() == [3.0, 4.0, 0.0, 0.0]
