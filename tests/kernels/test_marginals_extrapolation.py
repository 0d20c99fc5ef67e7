"""The extrapolated probability against independent integrations and against its limits."""

import itertools
import math
import warnings
from collections.abc import Callable

import numpy as np
import pytest
from scipy import integrate, special, stats

from sensa.kernels.distributions.extrapolation import scaled
from sensa.kernels.distributions.levels import at_scores
from sensa.kernels.distributions.logistic_posterior import Mode, density
from sensa.kernels.distributions.marginals import marginal, quantile

SCORES = np.array([-4.0, -2.0, -0.5, 0.0, 0.7, 2.0, 4.0])


def test_without_trials_it_is_the_prior() -> None:
    # x of the rows is -1/2, 0, 1/2 and of the target 3/2: alpha + 3/2 beta is Cauchy of scale 10 + 3/2 * 2.5.
    of = marginal("extrapolate", (1e12, 1e8, 0, 0, 1e9, 0, 0, 1e10, 0, 0))
    wanted = 13.75 * np.tan(np.pi * (special.ndtr(SCORES) - 0.5))
    np.testing.assert_allclose(of.odds(at_scores(SCORES)), wanted, rtol=1e-7, atol=1e-8)
    y = np.array([-100.0, -3.0, 0.0, 5.0])
    below = np.arctan(y / 13.75) / np.pi + 0.5
    np.testing.assert_allclose(of.odds_tails(y).lower, below, atol=1e-11)


def one_row(trials: float, held: float, x: float) -> Callable[[float], float]:
    """P(alpha + beta x <= y) with one row at 0: alpha by its posterior, beta by its prior, independent."""

    def density(alpha: float) -> float:
        log = held * special.log_expit(alpha) + (trials - held) * special.log_expit(-alpha)
        return math.exp(log) / (1 + (alpha / 10) ** 2)

    def integral(weight: Callable[[float], float]) -> float:
        def over(t: float) -> float:
            alpha = 10 * math.sinh(t)
            return weight(alpha) * density(alpha) * 10 * math.cosh(t)

        cuts = [-30, -3, -1, -0.5, -0.3, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 1, 3, 30]
        pieces = itertools.pairwise(cuts)
        return sum(integrate.quad(over, a, b, epsabs=1e-14, epsrel=1e-12, limit=200)[0] for a, b in pieces)

    whole = integral(lambda _: 1.0)
    if x == 0:
        return lambda y: integral(lambda alpha: float(alpha <= y)) / whole
    return lambda y: integral(lambda alpha: math.atan((y - alpha) / (2.5 * abs(x))) / math.pi + 0.5) / whole


@pytest.mark.parametrize("held", [90, 100, 0])
def test_one_row_carried_on_by_the_prior_of_the_slope(held: float) -> None:
    of = marginal("extrapolate", (1e12, 1e8, 100, held))  # one row: x in decades, so 4 to the target
    below = one_row(100, held, 4.0)
    y = np.array([-40.0, -5.0, 0.0, 2.0, 10.0, 60.0])
    wanted = [below(v) for v in y]
    np.testing.assert_allclose(of.odds_tails(y).lower, wanted, atol=2e-11)
    again = of.odds_tails(of.odds(at_scores(SCORES)))
    np.testing.assert_allclose(again.lower, special.ndtr(SCORES), rtol=1e-9)


@pytest.mark.slow  # twenty thousand calls of a density
def test_against_a_double_integral() -> None:
    rows = [(1e8, 40, 36), (1e9, 40, 30), (1e10, 40, 28)]
    of = marginal("extrapolate", (1e11, *(v for row in rows for v in row)))
    x, trials, held = np.array([-0.5, 0.0, 0.5]), np.array([40, 40, 40]), np.array([36, 30, 28])

    def density(eta: float, beta: float) -> float:
        at = eta - beta + beta * x
        log = float((held * special.log_expit(at) + (trials - held) * special.log_expit(-at)).sum()) + 66.0
        return math.exp(log) / ((1 + ((eta - beta) / 10) ** 2) * (1 + (beta / 2.5) ** 2))

    def mass(top: float) -> float:  # the posterior is within these limits to 1e-9
        return integrate.dblquad(density, -8, 6, -9, top, epsabs=1e-9, epsrel=1e-9)[0]

    whole = mass(9.0)
    for y in (-0.5, 0.4, 1.2):
        assert of.odds_tails(np.array([y])).lower[0] == pytest.approx(mass(y) / whole, abs=1e-7)


def test_the_density_where_rows_leave_a_level_stretch_between_them() -> None:
    # All held at the smallest scale and none at the larger: over a stretch of slopes the likelihood is level.
    data = scaled((274700.0, 5.186e7, 2, 2, 1.236e9, 83, 0, 7.041e10, 110, 0))
    mode = Mode(0.0, 1.0, 0.0)

    def exact(eta: float) -> float:
        def joint(beta: float) -> float:
            at = eta + beta * data.away
            failed = data.trials - data.held
            log = data.held @ special.log_expit(at) + failed @ special.log_expit(-at)
            alpha = (eta - beta * data.target) / 10
            return math.exp(log) / ((1 + alpha**2) * (1 + (beta / 2.5) ** 2))

        turns = -eta / data.away
        centres = [0.0, eta / data.target, *turns]
        cuts = sorted({c + s * w for c in centres for s in (-1, 1) for w in (0, *np.geomspace(1, 1e9, 25))})
        return math.fsum(
            integrate.quad(joint, a, b, epsabs=0, epsrel=1e-11, limit=200)[0]
            for a, b in itertools.pairwise(cuts)
        )

    eta = np.array([-40.0, 0.0, 35.0, 500.0, 16000.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", integrate.IntegrationWarning)  # where the integrand is 0 to rounding
        wanted = np.array([exact(v) for v in eta.tolist()])
    got = density(data, mode, eta)
    np.testing.assert_allclose(got / got[2], wanted / wanted[2], rtol=1e-9)


def test_much_data_at_the_target_is_what_counts() -> None:
    rows = (1e8, 100, 90, 1e9, 100, 80, 1e10, 1e6, 7e5)
    u = np.array([0.025, 0.5, 0.975])
    wanted = stats.beta(7e5 + 0.5, 3e5 + 0.5).ppf(u)
    # Jeffreys' prior and these differ by 1 / trials, a thousandth of the standard deviation of 4.6e-4.
    np.testing.assert_allclose(quantile(marginal("extrapolate", (1e10, *rows)), u), wanted, atol=1e-6)


def test_none_held_is_the_mirror_of_all_held() -> None:
    all_held = marginal("extrapolate", (1e12, 1e8, 100, 100, 1e9, 100, 100))
    none_held = marginal("extrapolate", (1e12, 1e8, 100, 0, 1e9, 100, 0))
    y, mirrored = all_held.odds(at_scores(SCORES)), none_held.odds(at_scores(-SCORES))
    np.testing.assert_allclose(y, -mirrored, rtol=1e-6, atol=1e-8)


def test_moments_are_integrals_over_the_levels() -> None:
    of = marginal("extrapolate", (1e12, 1e8, 100, 90, 1e9, 100, 80, 1e10, 100, 60))
    x, w = np.polynomial.legendre.leggauss(200)
    z = 8.5 * x
    weights = w * 8.5 * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    values = of.inverse(at_scores(z))
    mean = float(values @ weights)
    assert of.moments()[0] == pytest.approx(mean, rel=1e-10)
    assert of.moments()[1] == pytest.approx(float((values - mean) ** 2 @ weights), rel=1e-9)


def test_fewer_held_at_each_larger_scale_means_fewer_still() -> None:
    rows = (1e8, 100, 90, 1e9, 100, 80, 1e10, 100, 60)
    medians = [
        quantile(marginal("extrapolate", (at, *rows)), np.array([0.5]))[0] for at in (1e10, 1e11, 1e12)
    ]
    assert medians[0] > medians[1] > medians[2]
    assert medians[0] == pytest.approx(0.6, abs=0.06)
