"""The published example of the R package voi, its values exact where ours are.

Its vignette (chjackson.github.io/voi/articles/voi.html, Jackson 2024) samples 10,000 points and fits
regressions: its figures are within some 5 % of the exact ones, which are closed forms or quadrature here.
"""

import math

import numpy as np
import pytest
from scipy import special, stats

from sensa.kernels.program import Floats
from sensa.methods.conjugate_trials import Beta, Polynomial, expected, polynomial
from sensa.methods.sample_information import DEGREE
from tests.short_stories import ASSUMPTION, losing, result, story

SAMPLED = 0.06  # relative, of what voi printed: sampling and a regression

# Treatment 2 gains p1 - p2 over doing nothing, with p1 ~ N(1, 1), p2 ~ N(0, 2); so it loses p2 - p1.
NORMALS = "[quantities.p1]\nvalue = { normal = [1, 1] }\n[quantities.p2]\nvalue = { normal = [0, 2] }\n"
TREATMENT = losing(
    story(NORMALS + ASSUMPTION.format(name="a", credence=0.5), "not a"), bad='"p2 - p1"', good='"p2 - p1"'
)


def gained(sd: float) -> float:
    """E max(0, X) - 1 for X ~ N(1, sd): what knowing a part of the gain with this spread adds."""
    return sd * float(stats.norm.pdf(1 / sd)) + float(stats.norm.cdf(1 / sd)) - 1


@pytest.mark.parametrize(
    ("sd", "printed"),
    [(1.0, 0.08210074), (math.sqrt(5), 0.4759885)],
    ids=["p1", "both"],
)
def test_voi_printed_what_the_closed_form_gives(sd: float, printed: float) -> None:
    assert printed == pytest.approx(gained(sd), rel=SAMPLED)


def test_perfect_information_of_the_treatments() -> None:
    """Sampled over scrambled points here; within five standard errors: a false alarm in a million seeds."""
    data = result(TREATMENT, "value_of_information")["value_of_information"].sel(stop="stated")
    p1, p2 = (data.sel(factor=f"quantities.{name}.value") for name in ("p1", "p2"))
    for found, error, wanted in (
        (data["evpi"], data["evpi_error"], gained(math.sqrt(5))),
        (p1["evppi"], p1["evppi_error"], gained(1.0)),
        (p2["evppi"], p2["evppi_error"], gained(2.0)),
    ):
        assert float(error) < 1e-3
        assert float(found) == pytest.approx(wanted, abs=5 * float(error))


# A survey finds 5 of 100 infected, p1 ~ Beta(5, 95). It is biased: p2 = expit(logit p1 + b), b ~ N(0.8, 0.4).
# For n = 100 and 1000 more surveyed: the variance of p2 that they are expected to take away.
SURVEYED = {100: 0.0009216481, 1000: 0.0016288014}
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(40)


def infected(p: Floats) -> Floats:
    """E p2 given p1."""
    levels = special.expit(special.logit(p)[..., None] + 0.8 + 0.4 * NODES)
    return np.asarray(levels @ WEIGHTS / WEIGHTS.sum())


def mean(power: int, a: Floats | float, b: Floats | float) -> Floats:
    """E of a power of E(p2 | p1) with p1 ~ Beta(a, b), by quadrature over where its density is."""
    a, b = np.asarray(a)[..., None], np.asarray(b)[..., None]
    low, high = stats.beta.ppf(1e-15, a, b), stats.beta.isf(1e-15, a, b)
    x, w = np.polynomial.legendre.leggauss(80)
    p = low + (x + 1) / 2 * (high - low)
    density = stats.beta.pdf(p, a, b) * w
    return np.asarray((infected(p) ** power * density).sum(axis=-1) / density.sum(axis=-1))


def fitted() -> Polynomial:
    x = np.polynomial.chebyshev.chebpts1(DEGREE + 1)
    series = np.polynomial.chebyshev.chebfit(x, infected((1 + x) / 2), DEGREE)
    return polynomial(np.polynomial.Chebyshev(series))


@pytest.mark.parametrize(("trials", "printed"), SURVEYED.items())
def test_sample_information_of_the_survey(trials: int, printed: float) -> None:
    """Held to voi's figure, and to the variance of the posterior mean by quadrature for each count."""
    prior = Beta(5.0, 95.0)
    held = np.arange(trials + 1)
    chance = stats.betabinom(trials, *prior).pmf(held)
    kept = chance > 1e-12
    means = mean(1, 5.0 + held[kept], 95.0 + trials - held[kept])
    wanted = float(chance[kept] @ means**2 - (chance[kept] @ means) ** 2)
    assert printed == pytest.approx(wanted, rel=SAMPLED)
    risk = fitted()
    after = expected(prior, trials, risk, risk, np.array([0.5]))
    found = float(after.chance @ after.loss**2 - (after.chance @ after.loss) ** 2)
    assert found == pytest.approx(wanted, rel=1e-4)  # the logit is approximated by a polynomial of degree 16


def test_perfect_information_of_the_survey() -> None:
    prior = Beta(5.0, 95.0)
    wanted = float(mean(2, *prior) - mean(1, *prior) ** 2)
    assert pytest.approx(wanted, rel=SAMPLED) == 0.001800679  # what voi printed
    risk = fitted()
    assert risk.squared().mean(*prior) - risk.mean(*prior) ** 2 == pytest.approx(wanted, rel=1e-4)
