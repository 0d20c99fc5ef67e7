"""Pools against the mixture's own distribution function and against numerical integration."""

import math

import numpy as np
import pytest
from scipy import integrate, special, stats

from sensa.kernels.distributions.levels import Levels, at_levels, at_scores
from sensa.kernels.distributions.marginals import marginal, quantile

LEVELS = np.concatenate(
    [np.logspace(-14, -2, 13), np.linspace(0.015, 0.985, 98), 1 - np.logspace(-2, -10, 9)]
)
BETA, ODDS = marginal("beta", (8, 2)), marginal("logit_normal", (-3, 1))
LOW, HIGH = marginal("uniform", (0, 0.1)), marginal("uniform", (0.9, 1))
HALF = marginal("point", (0.5,))


def mixture(x: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return 0.4 * stats.beta(8, 2).cdf(x) + 0.6 * stats.norm(-3, 1).cdf(special.logit(x))


def test_the_quantile_of_a_mixture() -> None:
    pool = marginal("linear_pool", (0.4, 0.6), (BETA, ODDS))
    np.testing.assert_allclose(mixture(quantile(pool, LEVELS)), LEVELS, rtol=1e-10, atol=1e-14)


def test_the_quantile_of_a_mixture_of_reals() -> None:
    parts = (marginal("normal", (0, 1)), marginal("normal", (5, 0.1)))
    x = quantile(marginal("linear_pool", (0.7, 0.3), parts), LEVELS)
    below = 0.7 * special.ndtr(x) + 0.3 * special.ndtr((x - 5) / 0.1)
    np.testing.assert_allclose(below, LEVELS, rtol=1e-10, atol=1e-14)


def test_the_quantile_of_a_mixture_of_positive_numbers() -> None:
    parts = (marginal("lognormal", (0, 1)), marginal("gamma", (0.5, 1000)))
    x = quantile(marginal("linear_pool", (0.7, 0.3), parts), LEVELS)
    below = 0.7 * special.ndtr(np.log(x)) + 0.3 * special.gammainc(0.5, x / 1000)
    np.testing.assert_allclose(below, LEVELS, rtol=1e-10, atol=1e-14)


def test_a_gap_between_the_parts_is_jumped() -> None:
    pool = marginal("linear_pool", (0.25, 0.75), (LOW, HIGH))
    u = np.array([0.1, 0.2499999, 0.2500001, 0.625])
    wanted = [0.04, 0.09999996, 0.9 + 0.1 * 0.0000001 / 0.75, 0.95]
    np.testing.assert_allclose(quantile(pool, u), wanted, rtol=1e-12)


def test_points_in_a_mixture_are_steps_and_met_exactly() -> None:
    pool = marginal("linear_pool", (0.25, 0.5, 0.25), (LOW, HALF, HIGH))
    u = np.array([0.2, 0.25000001, 0.3, 0.5, 0.74999999, 0.8])
    x = quantile(pool, u)
    assert x[1:5].tolist() == [0.5] * 4
    np.testing.assert_allclose(x[[0, 5]], [0.08, 0.92], rtol=1e-12)


def test_a_mixture_of_points_alone() -> None:
    parts = tuple(marginal("point", (value,)) for value in (0.0, 0.3, 1.0))
    pool = marginal("linear_pool", (0.2, 0.3, 0.5), parts)
    x = quantile(pool, np.array([0.01, 0.19, 0.21, 0.49, 0.51, 0.99]))
    assert x.tolist() == [0.0, 0.0, 0.3, 0.3, 1.0, 1.0]
    assert pool.moments() == pytest.approx((0.59, 0.3 * 0.09 + 0.5 - 0.59**2))


def test_a_mixture_of_one_is_that_one() -> None:
    pool = marginal("linear_pool", (1.0,), (BETA,))
    np.testing.assert_allclose(quantile(pool, LEVELS), quantile(BETA, LEVELS), rtol=1e-10)


def test_a_mixture_in_a_mixture() -> None:
    inner = marginal("linear_pool", (0.5, 0.5), (BETA, HALF))
    outer = marginal("linear_pool", (0.5, 0.5), (inner, ODDS))
    flat = marginal("linear_pool", (0.25, 0.25, 0.5), (BETA, HALF, ODDS))
    np.testing.assert_allclose(quantile(outer, LEVELS), quantile(flat, LEVELS), rtol=1e-9)
    assert outer.moments() == pytest.approx(flat.moments(), rel=1e-12)


def test_moments_of_a_mixture() -> None:
    mean, variance = marginal("linear_pool", (0.4, 0.6), (BETA, ODDS)).moments()
    density = stats.norm(-3, 1).pdf
    first = integrate.quad(lambda y: special.expit(y) * density(y), -15, 9, epsrel=1e-12)[0]
    second = integrate.quad(lambda y: special.expit(y) ** 2 * density(y), -15, 9, epsrel=1e-12)[0]
    assert mean == pytest.approx(0.4 * 0.8 + 0.6 * first, rel=1e-11)
    square = 0.4 * (stats.beta(8, 2).var() + 0.64) + 0.6 * second
    assert variance == pytest.approx(square - mean**2, rel=1e-9)


def test_pooled_points_give_the_geometric_mean_of_odds() -> None:
    parts = (marginal("point", (0.5,)), marginal("point", (0.8,)))
    pool = marginal("odds_pool", (0.25, 0.75), parts)
    odds = 4**0.75
    np.testing.assert_allclose(quantile(pool, LEVELS), odds / (1 + odds), rtol=1e-14)
    assert pool.moments() == pytest.approx((odds / (1 + odds), 0.0), abs=1e-14)


def test_pooled_log_odds_are_averaged_level_by_level() -> None:
    # Logit-normals give a logit-normal: mu and sigma are averaged.
    pool = marginal("odds_pool", (0.25, 0.75), (marginal("logit_normal", (1, 2)), ODDS))
    same = marginal("logit_normal", (0.25 - 2.25, 0.5 + 0.75))
    np.testing.assert_allclose(quantile(pool, LEVELS), quantile(same, LEVELS), rtol=1e-13)
    assert pool.moments() == pytest.approx(same.moments(), rel=1e-12)
    x = np.array([0.01, 0.2, 0.7])
    np.testing.assert_allclose(pool.tails(x).lower, same.tails(x).lower, rtol=1e-11)


def test_moments_of_pooled_log_odds_with_a_corner() -> None:
    pool = marginal("odds_pool", (0.5, 0.5), (marginal("triangular", (0.1, 0.2, 0.9)), BETA))

    def value(u: float) -> float:
        t = 0.1 + math.sqrt(u * 0.08) if u <= 0.125 else 0.9 - math.sqrt((1 - u) * 0.56)
        b = special.betaincinv(8, 2, u)
        return float(special.expit((special.logit(t) + special.logit(b)) / 2))

    mean = integrate.quad(value, 0, 1, points=[0.125], epsabs=1e-12, limit=200)[0]
    assert pool.moments()[0] == pytest.approx(mean, rel=1e-10)


def test_a_pool_of_odds_within_a_mixture() -> None:
    pooled = marginal("odds_pool", (0.5, 0.5), (ODDS, marginal("logit_normal", (1, 1))))
    pool = marginal("linear_pool", (0.5, 0.5), (pooled, HALF))
    x = quantile(pool, np.array([0.1, 0.95]))
    inside = stats.norm(-1, 1).cdf(special.logit(x))
    np.testing.assert_allclose(0.5 * inside + 0.5 * (x >= 0.5), [0.1, 0.95], rtol=1e-10)


def test_quantiles_of_a_pool_rise_over_both_tails() -> None:
    pool = marginal("linear_pool", (0.3, 0.3, 0.4), (BETA, LOW, HALF))
    x = pool.inverse(at_scores(np.linspace(-12, 12, 2001)))
    assert np.all(np.diff(x) >= -1e-11 * x[1:])


def test_the_smaller_tail_of_a_mixture_keeps_its_digits() -> None:
    pool = marginal("linear_pool", (0.4, 0.6), (BETA, ODDS))
    levels = Levels(np.array([1e-60, 1.0]), np.array([1.0, 1e-60]))
    y = pool.odds(levels)
    # At log-odds far below, Beta(8, 2) has x^8 / (8 B); far above, 1 - x to the power 2 / (2 B).
    assert math.log(0.4 * math.exp(8 * y[0] - special.betaln(8, 2)) / 8 + 0.6 * special.ndtr(y[0] + 3)) == (
        pytest.approx(-60 * math.log(10), rel=1e-10)
    )
    assert math.log(0.4 * math.exp(-2 * y[1] - special.betaln(8, 2)) / 2 + 0.6 * special.ndtr(-y[1] - 3)) == (
        pytest.approx(-60 * math.log(10), rel=1e-10)
    )


def test_levels_at_zero_dimensions_of_cost() -> None:
    assert quantile(marginal("linear_pool", (0.4, 0.6), (BETA, ODDS)), np.empty(0)).shape == (0,)
    assert at_levels(np.empty(0)).score.shape == (0,)
