"""Distributions cut off beyond two ends, against scipy's truncnorm and closed forms."""

import math

import numpy as np
import pytest
from scipy import stats

from sensa.kernels.distributions.marginals import marginal, quantile

LEVELS = np.array([1e-6, 0.01, 0.3, 0.5, 0.8, 0.99, 1 - 1e-9])
INFINITY = math.inf


@pytest.mark.parametrize(
    ("mu", "sigma", "a", "b"),
    [(0.7, 0.2, 0, 1), (3, 2, 0, INFINITY), (0, 1, 3, 4), (0, 1, -INFINITY, -2), (5, 1, 0, 1), (0, 1, -1, 1)],
)
def test_truncated_normal(mu: float, sigma: float, a: float, b: float) -> None:
    reference = stats.truncnorm((a - mu) / sigma, (b - mu) / sigma, mu, sigma)
    found = marginal("truncated_normal", (mu, sigma, a, b))
    x = quantile(found, LEVELS)
    assert x == pytest.approx(reference.ppf(LEVELS), rel=1e-8, abs=1e-12)
    assert found.tails(x).lower == pytest.approx(LEVELS, abs=1e-10)
    assert found.tails(x).upper == pytest.approx(1 - LEVELS, abs=1e-10)
    mean, variance = found.moments()
    assert (mean, variance) == pytest.approx((reference.mean(), reference.var()), rel=1e-8)


def test_truncated_exponential() -> None:
    """On [1, 3] it is 1 plus one on [0, 2]: F(x) = (1 - exp(-r x)) / (1 - exp(-2 r))."""
    rate = 2.5
    found = marginal("truncated_exponential", (rate, 1.0, 3.0))
    x = 1 - np.log1p(LEVELS * math.expm1(-2 * rate)) / rate
    assert quantile(found, LEVELS) == pytest.approx(x, rel=1e-12)
    mean, _ = found.moments()
    assert mean == pytest.approx(1 + 1 / rate - 2 / math.expm1(2 * rate), rel=1e-10)


def test_truncated_lognormal_is_the_exponential_of_a_truncated_normal() -> None:
    found = quantile(marginal("truncated_lognormal", (-1, 0.8, 0.1, 1.0)), LEVELS)
    logs = quantile(marginal("truncated_normal", (-1, 0.8, math.log(0.1), 0.0)), LEVELS)
    assert found == pytest.approx(np.exp(logs), rel=1e-12)


def test_below_zero_nothing_is_cut_off_a_lognormal() -> None:
    cut = quantile(marginal("truncated_lognormal", (0, 1, 0.0, INFINITY)), LEVELS)
    assert cut == pytest.approx(quantile(marginal("lognormal", (0, 1)), LEVELS), rel=1e-12)
