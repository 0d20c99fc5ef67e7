"""Bernstein's form against polynomials whose values and minima are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.kernels.programs import bernstein


def of(function, degrees):  # type: ignore[no-untyped-def]
    return bernstein.coefficients(function(*bernstein.grid(degrees).T), degrees)


def test_coefficients_of_a_power_are_those_of_the_textbook() -> None:
    """x^2 in degree 3 is sum of k(k-1)/6 B(k, 3); 1 is the sum of all."""
    np.testing.assert_allclose(of(lambda x: x**2, [3]), [0, 0, 1 / 3, 1], rtol=0, atol=1e-14)
    np.testing.assert_allclose(of(lambda x: 0 * x + 1, [3]), [1, 1, 1, 1], rtol=0, atol=1e-14)


def test_a_multilinear_polynomial_has_its_corners_as_coefficients() -> None:
    c = of(lambda x, y: (1 - x) * y, [1, 1])
    assert c.tolist() == [[0.0, 1.0], [0.0, 0.0]]
    least = bernstein.minimum(-c, tolerance=0.0, boxes=0)
    assert (least.bound, least.value, least.point.tolist()) == (-1.0, -1.0, [0.0, 1.0])


@pytest.mark.parametrize(
    ("function", "degrees", "least"),
    [
        (lambda x: x**2 - x, [2], -0.25),  # at 1/2
        (lambda x: (x - 0.3) ** 2 * (x - 0.9), [3], -0.081),  # at 0, beside a valley at 0.7 of -0.032
        (lambda x, y: x**2 * y - x * y, [2, 1], -0.25),
        (lambda x, y: (x - 1 / 3) ** 2 + (y - 2 / 7) ** 2, [2, 2], 0.0),
    ],
)
def test_minima_are_proven(function, degrees, least) -> None:  # type: ignore[no-untyped-def]
    found = bernstein.minimum(of(function, degrees), tolerance=1e-10, boxes=10_000)
    assert found.bound <= least + 1e-12
    assert found.value == pytest.approx(least, abs=2e-10)
    assert found.value - found.bound <= 1e-10
    assert function(*found.point) == pytest.approx(found.value, abs=1e-12)


@settings(deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=12, max_size=12))
def test_no_point_is_below_the_bound(values: list[float]) -> None:
    c = np.array(values).reshape(3, 2, 2)
    found = bernstein.minimum(c, tolerance=1e-9, boxes=500)
    x = np.linspace(0, 1, 9)
    basis = [np.stack([(1 - x) ** 2, 2 * x * (1 - x), x**2]), np.stack([1 - x, x]), np.stack([1 - x, x])]
    dense = np.einsum("abc,ai,bj,ck->ijk", c, *basis)
    assert found.bound <= dense.min() + 1e-12
    assert found.bound <= found.value


def test_a_budget_that_ends_leaves_a_gap_and_says_so() -> None:
    found = bernstein.minimum(of(lambda x: (x - 1 / 3) ** 2, [2]), tolerance=0.0, boxes=1)
    assert found.bound < 0 < found.value
