"""Beta-binomial trials: closed forms, and double integrals by scipy."""

import math

import numpy as np
import pytest
from scipy import integrate, special, stats

from sensa.kernels.distributions.marginals import marginal, quantile

LEVELS = np.array([1e-9, 0.001, 0.05, 0.5, 0.95, 0.999])
Groups = list[list[int]]


def grouped(groups: Groups, alpha: float = 0.5, beta: float = 0.5):
    return marginal("grouped_trials", (alpha, beta, *np.ravel(groups)))


def test_single_trials_are_independent() -> None:
    """The correlation within groups of one trial does not matter: Beta(0.5 + 7, 0.5 + 3)."""
    found = grouped([[1, 1]] * 7 + [[0, 1]] * 3)
    assert quantile(found, LEVELS) == pytest.approx(stats.beta(7.5, 3.5).ppf(LEVELS), rel=1e-11)
    mean, variance = found.moments()
    assert mean == pytest.approx(7.5 / 11, rel=1e-11)
    assert variance == pytest.approx(7.5 * 3.5 / (11**2 * 12), rel=1e-10)


def test_no_trials_leave_the_prior() -> None:
    assert quantile(grouped([[0, 0]], 2, 3), LEVELS) == pytest.approx(stats.beta(2, 3).ppf(LEVELS), rel=1e-11)


def posterior_below(groups: Groups, x: float, alpha: float, beta: float) -> float:
    """P(mu < x), with the likelihood of each group by the beta function."""

    def density(rho: float, mu: float) -> float:
        a, b = mu * (1 - rho) / rho, (1 - mu) * (1 - rho) / rho
        logs = sum(special.betaln(a + k, b + n - k) - special.betaln(a, b) for k, n in groups)
        return math.exp(logs + (alpha - 1) * math.log(mu) + (beta - 1) * math.log1p(-mu))

    def mass(low: float, high: float) -> float:
        return integrate.dblquad(density, low, high, 0, 1, epsabs=0, epsrel=1e-8)[0]

    return mass(0, x) / (mass(0, x) + mass(x, 1))


@pytest.mark.parametrize(
    ("groups", "prior"), [([[7, 10], [9, 10]], (0.5, 0.5)), ([[3, 3], [0, 5]], (1, 2)), ([[2, 2]], (1, 1))]
)
def test_quantiles_by_double_integrals(groups: Groups, prior: tuple[float, float]) -> None:
    levels = np.array([0.05, 0.5, 0.95])
    found = quantile(grouped(groups, *prior), levels)
    wanted = [posterior_below(groups, x, *prior) for x in found]
    assert wanted == pytest.approx(levels, rel=1e-7)


def test_alike_trials_say_less_and_unlike_ones_as_much() -> None:
    """140 of 200: in 20 groups of all or none, like 20 trials; spread evenly, hardly less than 200."""

    def width(found) -> float:
        low, high = quantile(found, np.array([0.05, 0.95]))
        return high - low

    alike = width(grouped([[10, 10]] * 14 + [[0, 10]] * 6))
    even = width(grouped([[7, 10]] * 20))
    twenty, independent = (width(marginal("beta", (14.5 * n, 6.5 * n))) for n in (1, 10))
    assert alike == pytest.approx(twenty, rel=0.1)
    assert independent < even < 1.1 * independent


def test_many_trials_in_large_groups() -> None:
    """Ten thousand trials in each of two groups at 0.3: between one trial a group, and all independent."""
    low, high = quantile(grouped([[3_000, 10_000]] * 2), np.array([0.05, 0.95]))
    assert 0.01 < low < 0.3 - 0.0055
    assert 0.3 + 0.0055 < high < 0.95
