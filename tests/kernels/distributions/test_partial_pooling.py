"""Several families carried to a larger scale, against independent integrations and closed forms."""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, special, stats

from sensa.kernels.distributions.levels import Marginal, at_scores
from sensa.kernels.distributions.marginals import marginal
from sensa.kernels.distributions.partial_pooling import joint, read

SCORES = np.array([-6.0, -4.0, -2.0, -0.5, 0.0, 0.7, 2.0, 4.0, 6.0])
NEW = -1.0


def of(
    at: float, rows: list[tuple[float, ...]], of: float = NEW, chance: float = 1.0, sd: float = 0.0
) -> Marginal:
    """The distribution by rows of family, scale, trials, held."""
    return marginal("extrapolate_families", (at, of, chance, sd, *(v for row in rows for v in row)))


def variance(distribution: Marginal) -> tuple[float, float]:
    """Mean and variance of the log-odds, from quantiles."""
    x, w = np.polynomial.legendre.leggauss(400)
    z = 8.0 * x
    weight = 8.0 * w * stats.norm.pdf(z)
    y = distribution.odds(at_scores(z))
    mean = float(y @ weight)
    return mean, float((y - mean) ** 2 @ weight)


def prior_of_a_level(t: float) -> float:
    """Jeffreys' prior in log-odds plus tau u, half-normal times normal: of density K0 / pi."""

    def density(a: float) -> float:
        return float(special.k0(abs(t - a))) / math.pi / (2 * math.pi * math.cosh(a / 2))

    ends = (-60, t - 3, t, t + 3, 60)
    return sum(integrate.quad(density, a, b, epsabs=1e-13)[0] for a, b in itertools.pairwise(ends))


def test_without_trials_it_is_the_prior() -> None:
    # Three scales a decade apart: x is -1/2, 0, 1/2, and 3/2 at the target, two decades beyond. Var of the
    # log-odds of Beta(1/2, 1/2) is pi^2, of tau u 1, of the slope 2.5^2, of the bend 0.25 (0.4 * 2)^2.
    rows = [(0, 1e8, 0, 0), (0, 1e9, 0, 0), (1, 1e10, 0, 0)]
    mean, found = variance(of(1e12, rows, chance=0.25, sd=0.4))
    assert mean == pytest.approx(0.0, abs=1e-6)
    assert found == pytest.approx(math.pi**2 + 1 + (1.5 * 2.5) ** 2 + 0.25 * 0.8**2, rel=1e-5)
    # at the middle of the scales and without a bend, only the level counts
    level = of(1e9, rows)
    for y in (-4.0, 0.5, 3.0):
        below = integrate.quad(prior_of_a_level, -50, y, epsabs=1e-8)[0]
        assert level.odds_tails(np.array([y])).lower[0] == pytest.approx(below, abs=1e-6)


def test_one_family_against_a_double_integral() -> None:
    rows = [(0, 1e8, 40, 36), (0, 1e9, 40, 30), (0, 1e10, 40, 28)]
    found = of(1e11, rows, of=0)
    x, held = np.array([-0.5, 0.0, 0.5]), np.array([36, 30, 28])
    level, w = special.roots_legendre(120)
    level, w = 1.0 + 4.0 * level, 4.0 * w
    prior = np.array([prior_of_a_level(t) for t in level])
    slope, v = special.roots_legendre(120)
    slope, v = -1.0 + 7.0 * slope, 7.0 * v

    def density(t: np.ndarray, b: np.ndarray) -> np.ndarray:
        at = t[..., None] + b[..., None] * x
        log = (held * special.log_expit(at) + (40 - held) * special.log_expit(-at)).sum(axis=-1)
        return np.exp(log + 70 - (b / 2.5) ** 2 / 2)

    # the log-odds at the target are level + slope: a quadrature of E f and E f^2
    t, b = np.meshgrid(level, slope, indexing="ij")
    mass = density(t, b) * (w * prior)[:, None] * v
    mass /= mass.sum()
    eta = t + b
    mean, spread = variance(found)
    assert mean == pytest.approx(float((mass * eta).sum()), abs=1e-6)
    assert spread == pytest.approx(float((mass * eta**2).sum()) - float((mass * eta).sum()) ** 2, rel=1e-5)
    p = special.expit(eta)
    first, second = float((mass * p).sum()), float((mass * p**2).sum())
    assert found.moments() == pytest.approx((first, second - first**2), rel=1e-6)


ROWS = [(0, 1e8, 20, 18), (0, 1e10, 20, 12), (1, 1e9, 30, 30), (1, 1e10, 30, 26)]


def by_tensor(rows: list[tuple[float, ...]], target: float) -> tuple[float, float]:
    """E p and E p^2 for a new family: products of Gauss rules over alpha, slope, tau and both levels."""
    x = np.log10([row[1] for row in rows])
    scaled = (x - x.mean()) / (2 * x.std(ddof=1))
    at = (target - x.mean()) / (2 * x.std(ddof=1))

    def nodes(edges: list[float], n: int) -> tuple[np.ndarray, np.ndarray]:
        g, w = special.roots_legendre(n)
        pairs = list(itertools.pairwise(edges))
        return (
            np.concatenate([(a + b) / 2 + (b - a) / 2 * g for a, b in pairs]),
            np.concatenate([(b - a) / 2 * w for a, b in pairs]),
        )

    alpha, w_alpha = nodes([-25, -8, -3, 0, 1.5, 3, 5, 9, 30], 12)
    w_alpha = w_alpha / np.cosh(alpha / 2)
    u, w_u = nodes([-8, -3, -1, 0, 1, 3, 8], 20)
    w_u = w_u * stats.norm.pdf(u)
    total, moments = 0.0, np.zeros(2)
    for tau, w_tau in zip(*nodes([0, 0.3, 0.8, 1.5, 2.5, 4, 7], 6), strict=True):
        levels = alpha[:, None] + tau * u
        for b, w_b in zip(*nodes([-12, -5, -2, 0, 5], 10), strict=True):
            product = w_alpha * w_tau * w_b * math.exp(-(tau**2) / 2 - (b / 2.5) ** 2 / 2)
            for family in (0, 1):
                log = sum(
                    held * special.log_expit(levels + b * z) + (n - held) * special.log_expit(-levels - b * z)
                    for z, (f, _, n, held) in zip(scaled, rows, strict=True)
                    if f == family
                )
                product = product * (np.exp(log + 20) @ w_u)
            total += float(product.sum())
            p = special.expit(levels + b * at)
            moments += product @ np.stack([p @ w_u, p**2 @ w_u], axis=1)
    first, second = moments / total
    return float(first), float(second)


@pytest.mark.slow  # millions of likelihoods
def test_a_new_family_against_products_of_gauss_rules() -> None:
    found = of(1e12, ROWS)
    mean, square = by_tensor(ROWS, 12.0)
    assert found.moments()[0] == pytest.approx(mean, rel=2e-5)
    assert found.moments()[1] == pytest.approx(square - mean**2, rel=2e-4)


@pytest.mark.parametrize("whose", [NEW, 0.0, 1.0])
def test_quantiles_and_tails_are_inverse_far_out(whose: float) -> None:
    found = of(1e12, ROWS, of=whose, chance=0.3, sd=0.5)
    again = found.odds_tails(found.odds(at_scores(SCORES)))
    np.testing.assert_allclose(again.lower, special.ndtr(SCORES), rtol=1e-5)
    np.testing.assert_allclose(again.upper, special.ndtr(-SCORES), rtol=1e-5)


def test_none_held_is_the_mirror_of_all_held() -> None:
    held = of(1e12, [(0, 1e8, 50, 50), (1, 1e9, 80, 80)])
    none = of(1e12, [(0, 1e8, 50, 0), (1, 1e9, 80, 0)])
    inner = SCORES[1:-1]
    mirrored = -none.odds(at_scores(-inner))
    np.testing.assert_allclose(held.odds(at_scores(inner)), mirrored, rtol=1e-5, atol=1e-6)


def test_the_order_of_rows_does_not_matter() -> None:
    first, second = of(1e12, ROWS), of(1e12, ROWS[::-1])
    again = second.odds(at_scores(SCORES))
    np.testing.assert_allclose(first.odds(at_scores(SCORES)), again, rtol=1e-6, atol=1e-8)


def test_a_family_with_much_data_is_what_it_showed_and_lends_to_others() -> None:
    # 0.7 and 0.6 at two scales; a third scale a decade on by the line: logit p = 0.405 - 0.442
    rows = [(0, 1e8, 4e4, 2.8e4), (0, 1e9, 4e4, 2.4e4), (1, 1e9, 5, 5)]
    own = of(1e10, rows, of=0)
    line = 2 * special.logit(0.6) - special.logit(0.7)
    assert float(own.odds(at_scores(np.zeros(1)))[0]) == pytest.approx(line, abs=0.01)
    alone = stats.beta(5.5, 0.5).median()
    assert 0.6 < float(of(1e9, rows, of=1).inverse(at_scores(np.zeros(1)))[0]) < alone


def test_the_bend_has_no_effect_within_the_scales_tried() -> None:
    plain, bent = of(1e9, ROWS), of(1e9, ROWS, sd=3.0)
    np.testing.assert_array_equal(plain.odds(at_scores(SCORES)), bent.odds(at_scores(SCORES)))
    narrow, wide = (variance(of(1e12, ROWS, sd=sd))[1] for sd in (0.0, 0.7))
    assert wide - narrow == pytest.approx((0.7 * 2) ** 2, rel=1e-3)


def test_the_joint_posterior_sums_to_1() -> None:
    found = joint(read((1e12, NEW, 1.0, 0.0, *(v for row in ROWS for v in row))))
    assert float(found.weight.sum()) == pytest.approx(1.0, abs=1e-12)
    assert 0.0 < found.spread < 2.0
