"""`periodic_test` and `start_and_run` against integrals and exact fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import integrate

from sensa.kernels.programs import interpreter
from sensa.stories.expressions.reliability import start_and_run, unavailability


@pytest.mark.parametrize("x", [1e-12, 1e-6, 0.01, 0.3, 0.4999, 0.5, 0.5001, 2.0, 40.0, -0.2, -3.0])
def test_unavailability_is_the_mean_of_having_failed(x: float) -> None:
    """(1/x) times the integral of 1 - exp(-t) over t from 0 to x; and the same for arrays."""
    mean, _ = integrate.quad(lambda t: -math.expm1(-t), 0, x, epsabs=0, epsrel=1e-13)
    assert unavailability(x) == pytest.approx(mean / x, rel=1e-12)
    assert interpreter.unavailability(np.array([x, 0.0])).tolist() == pytest.approx(
        [mean / x, 0.0], rel=1e-12
    )


def test_unavailability_of_tiny_rates_keeps_its_digits() -> None:
    """x/2 - x^2/6 + x^3/24 in exact fractions."""
    x = Fraction(1, 2**40)
    exact = x / 2 - x**2 / 6 + x**3 / 24
    assert unavailability(float(x)) == pytest.approx(float(exact), rel=1e-15)


def test_start_and_run() -> None:
    """A diesel that fails to start with 0.02, and to run with 1e-3 an hour over 8 hours."""
    assert start_and_run(0.02, 1e-3, 8) == pytest.approx(1 - 0.98 * math.exp(-0.008), rel=1e-15)
    assert start_and_run(0, 1e-15, 1) == pytest.approx(1e-15, rel=1e-15)
