"""Ranks of computed numbers do not turn on the last bits."""

from math import inf, nan, nextafter

import numpy as np
import pytest

from sensa.kernels.ties import PROBABILITY_ROUNDING, above, falling, largest, ranks


def test_values_that_differ_rank_as_they_are_sorted() -> None:
    assert ranks([0.3, 0.1, 0.2]) == [2, 0, 1]
    assert falling([0.3, 0.1, 0.2]) == [0, 2, 1]
    assert ranks([]) == []


@pytest.mark.parametrize("value", [0.1, 1e-300, 1e300, -0.25])
def test_values_that_the_last_bits_tell_apart_share_a_rank(value: float) -> None:
    up, down = nextafter(value, inf), nextafter(value, -inf)
    assert ranks([up, value, down, 2 * value]) in ([0, 0, 0, 1], [1, 1, 1, 0])
    assert not above(up, down)


def test_rare_values_are_told_apart_beside_common_ones() -> None:
    assert ranks([0.5, 1e-15, 1e-14]) == [2, 0, 1]


def test_differences_are_held_to_what_was_subtracted() -> None:
    """0.1 + 0.2 - 0.3 and 0.3 - 0.3 are both 0."""
    assert ranks([0.1 + 0.2 - 0.3, 0.3 - 0.3]) == [1, 0]
    assert ranks([0.1 + 0.2 - 0.3, 0.3 - 0.3], absolute=1e-12) == [0, 0]


def test_infinities_are_ends_and_nan_is_last() -> None:
    assert ranks([nan, inf, -inf, 0.0, nan, inf]) == [3, 2, 0, 1, 3, 2]
    assert falling([nan, 1.0, 2.0]) == [2, 1, 0]


def test_an_order_does_not_turn_on_noise_in_the_last_bits() -> None:
    """Values equal by twos, each shaken a thousand times by at most 4 ulp."""
    exact = np.repeat([0.05, 0.1, 0.37, 0.91], 2)
    shaken = np.random.default_rng(1).integers(-4, 5, (1000, 8)) * np.spacing(exact) + exact
    assert {tuple(ranks(row)) for row in shaken.tolist()} == {(0, 0, 1, 1, 2, 2, 3, 3)}


def test_of_equal_values_the_first_are_the_largest() -> None:
    noisy = [0.1 + 0.2, 0.3, 0.5, 0.3]
    assert largest(noisy, 3) == [2, 0, 1]
    assert largest(noisy[1:], 9) == [1, 0, 2]
    assert largest([1e-17, 0.0, 0.5], 2, absolute=PROBABILITY_ROUNDING) == [2, 0]
    assert largest([0.5, nan, 0.75], 3) == [2, 0, 1]
