"""Quantile functions against scipy.stats and closed forms, far into both tails."""

import itertools
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from sensa.kernels.distributions.levels import Levels, Marginal, at_levels, at_scores
from sensa.kernels.distributions.marginals import FAMILIES, marginal, quantile

Array = np.ndarray
ULPS = 8
SCORES = np.concatenate([np.linspace(-8.2, 8.2, 201), [-37.0, -30.0, -20.0, -12.0, 12.0, 20.0]])


@dataclass(frozen=True)
class Case:
    family: str
    args: tuple[float, ...]
    below: Callable[[Array], Array]
    above: Callable[[Array], Array]
    mean: float
    variance: float

    def __str__(self) -> str:
        return f"{self.family}{self.args}"


def of_scipy(family: str, args: tuple[float, ...], reference: object) -> Case:
    return Case(family, args, reference.cdf, reference.sf, reference.mean(), reference.var())


def triangular(a: float, m: float, b: float) -> Case:
    reference = stats.triang((m - a) / (b - a), a, b - a)

    def rising(x: Array) -> Array:
        return (np.clip(x, a, b) - a) ** 2 / (b - a) / max(m - a, 1e-300)

    def falling(x: Array) -> Array:
        return (b - np.clip(x, a, b)) ** 2 / (b - a) / (b - m)

    def below(x: Array) -> Array:  # with the mode at 0 of [0, 1]: 1 - (1 - x)^2
        late = x * (2 - x) if (a, m, b) == (0, 0, 1) else 1 - falling(x)
        return np.where(x < m, rising(x), np.where(x < 0, 0, late))

    def above(x: Array) -> Array:
        return np.where(x < m, 1 - rising(x), falling(x))

    return Case("triangular", (a, m, b), below, above, reference.mean(), reference.var())


def logit_normal(mu: float, sigma: float) -> Case:
    def z(x: Array) -> Array:
        return (special.logit(np.clip(x, 0, 1)) - mu) / sigma

    def moment(f: Callable[[float], float]) -> float:
        step = -mu / sigma
        inside = sorted(
            {-38.0, min(max(step - 1, -38), 38), min(max(step, -38), 38), min(max(step + 1, -38), 38), 38.0}
        )
        pieces = itertools.pairwise(inside)
        return sum(integrate.quad(f, a, b, epsabs=0, epsrel=1e-12, limit=500)[0] for a, b in pieces)

    def density(t: float) -> float:
        return math.exp(-t * t / 2) / math.sqrt(2 * math.pi)

    mean = moment(lambda t: float(special.expit(mu + sigma * t)) * density(t))
    variance = moment(lambda t: (float(special.expit(mu + sigma * t)) - mean) ** 2 * density(t))
    return Case(
        "logit_normal",
        (mu, sigma),
        lambda x: special.ndtr(z(x)),
        lambda x: special.ndtr(-z(x)),
        mean,
        variance,
    )


def loguniform(a: float, b: float) -> Case:
    span = math.log(b / a)
    reference = stats.loguniform(a, b)
    return Case(
        "loguniform",
        (a, b),
        lambda x: np.log(np.clip(x, a, b) / a) / span,
        lambda x: np.log(b / np.clip(x, a, b)) / span,
        reference.mean(),
        reference.var(),
    )


def uniform(family: str, a: float, b: float) -> Case:
    return Case(
        family,
        (a, b),
        lambda x: np.clip((x - a) / (b - a), 0, 1),
        lambda x: np.clip((b - x) / (b - a), 0, 1),
        (a + b) / 2,
        (b - a) ** 2 / 12,
    )


def pert(a: float, m: float, b: float) -> Case:
    reference = stats.beta(1 + 4 * (m - a) / (b - a), 1 + 4 * (b - m) / (b - a), a, b - a)
    return Case("pert", (a, m, b), reference.cdf, reference.sf, (a + 4 * m + b) / 6, reference.var())


BETAS = [
    (8, 2),
    (298.5, 2.5),
    (0.5, 298.5),
    (0.5, 0.5),
    (3, 7),
    (1, 1),
    (1e-3, 1),
    (2, 1e6),
    (1e5, 2e5),
    (0.02, 0.02),
]
CASES = [
    *(of_scipy("beta", (a, b), stats.beta(a, b)) for a, b in BETAS),
    *(
        of_scipy("gamma", (a, s), stats.gamma(a, scale=s))
        for a, s in [(2.3, 1.5), (0.01, 1), (1, 3), (1000, 0.1)]
    ),
    of_scipy("normal", (1, 2), stats.norm(1, 2)),
    of_scipy("lognormal", (1, 0.7), stats.lognorm(0.7, scale=math.e)),
    of_scipy("exponential", (2.5,), stats.expon(scale=0.4)),
    uniform("uniform", 0.2, 0.9),
    uniform("interval", 0, 1),
    triangular(0.2, 0.5, 0.9),
    triangular(0, 0, 1),
    loguniform(0.1, 100),
    pert(1, 2, 7),
    pert(0, 0.9, 1),
    *(logit_normal(mu, sigma) for mu, sigma in [(1, 0.7), (-3, 2), (0.5, 40), (-60, 5)]),
]


def start(case: Case) -> float:
    """The lower end of the support, or the centre of a normal."""
    return marginal(case.family, case.args).support[0] if case.family != "normal" else case.args[0]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_quantile_is_within_a_few_units_of_the_last_place_of_its_level(case: Case) -> None:
    levels = at_scores(SCORES)
    x = marginal(case.family, case.args).inverse(levels)
    # What a value can tell: some units in the last place of it, or of the end that it is measured from.
    told = np.maximum(np.spacing(np.abs(x)), np.spacing(abs(start(case))))
    slack = np.maximum(ULPS * told, sys.float_info.min)
    left, right = x - slack, x + slack
    low = SCORES < 0
    assert np.all(case.below(left[low]) <= levels.lower[low] * (1 + 1e-10))
    assert np.all(case.below(right[low]) >= levels.lower[low] * (1 - 1e-10))
    assert np.all(case.above(right[~low]) <= levels.upper[~low] * (1 + 1e-10))
    assert np.all(case.above(left[~low]) >= levels.upper[~low] * (1 - 1e-10))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_moments(case: Case) -> None:
    mean, variance = marginal(case.family, case.args).moments()
    assert mean == pytest.approx(case.mean, rel=1e-11)
    assert variance == pytest.approx(case.variance, rel=1e-10)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_tails_are_those_of_the_reference(case: Case) -> None:
    of = marginal(case.family, case.args)
    x = of.inverse(at_scores(np.linspace(-4, 4, 41)))
    tails = of.tails(x)
    np.testing.assert_allclose(tails.lower, case.below(x), rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(tails.upper, case.above(x), rtol=1e-11, atol=1e-15)


def test_log_odds_carry_both_tails_of_a_beta_beyond_what_values_can_tell() -> None:
    # Beta(1, b): F(x) = 1 - (1 - x)^b, so the log-odds of the quantile have a closed form.
    levels = at_scores(np.linspace(-30, 30, 121))
    got = marginal("beta", (1, 3)).odds(levels)
    rest = np.exp(np.log(levels.upper) / 3)
    x = np.where(levels.lower < 0.1, -np.expm1(np.log1p(-np.minimum(levels.lower, 0.5)) / 3), 1 - rest)
    np.testing.assert_allclose(got, np.log(x) - np.log(rest), rtol=1e-12, atol=1e-12)


def test_an_underflowing_quantile_is_zero_and_its_log_odds_are_not() -> None:
    # Beta(a, 1): x = u^(1/a).
    levels = at_levels(np.array([1e-300, 1e-10, 0.3]))
    of = marginal("beta", (1e-3, 1))
    assert of.inverse(levels).tolist() == [0.0, 0.0, 0.0]
    np.testing.assert_allclose(of.odds(levels), 1e3 * np.log(levels.lower), rtol=1e-12)


def test_quantiles_where_the_library_gives_no_number() -> None:
    # scipy.special.betaincinv(2, 1e6, 1e-300) is NaN; F(x) = a b x^2 / 2 ... to first order in x.
    x = quantile(marginal("beta", (2, 1e6)), np.array([1e-300]))
    log_f = math.log(1e-300) + math.log(2) + special.betaln(2, 1e6)
    assert x[0] == pytest.approx(math.exp(log_f / 2), rel=1e-10)


def test_quantile_families_pass_through_what_was_told_and_go_on_straight() -> None:
    levels, values = (0.05, 0.5, 0.95), (0.4, 0.7, 0.9)
    z = special.ndtri(levels)
    asked = at_scores(np.array([2 * z[0] - z[1], *z, (z[1] + z[2]) / 2, 2 * z[2] - z[1]]))
    for family, forward, backward in [
        ("quantiles", np.asarray, np.asarray),
        ("log_quantiles", np.log, np.exp),
        ("logit_quantiles", special.logit, special.expit),
    ]:
        y = forward(np.array(values))
        wanted = backward(np.array([2 * y[0] - y[1], *y, (y[1] + y[2]) / 2, 2 * y[2] - y[1]]))
        of = marginal(family, (*levels, *values))
        np.testing.assert_allclose(of.inverse(asked), wanted, rtol=1e-13)
        np.testing.assert_allclose(of.tails(wanted).lower, asked.lower, rtol=1e-11)


@pytest.mark.parametrize("family", ["quantiles", "log_quantiles", "logit_quantiles"])
@pytest.mark.parametrize(
    ("levels", "values"),
    [
        ((0.05, 0.5, 0.95), (0.4, 0.7, 0.9)),
        ((0.1, 0.2, 0.3, 0.99), (0.1, 0.2, 0.2, 0.3)),
        ((0.3, 0.31), (0.5, 0.6)),
    ],
)
def test_moments_of_quantile_families(
    family: str, levels: tuple[float, ...], values: tuple[float, ...]
) -> None:
    of = marginal(family, (*levels, *values))
    corners = [-30.0, *special.ndtri(levels).tolist(), 30.0]

    def moment(f: Callable[[float], float]) -> float:
        def weighed(z: float) -> float:
            return (
                f(float(of.inverse(at_scores(np.array([z])))[0]))
                * math.exp(-z * z / 2)
                / math.sqrt(2 * math.pi)
            )

        pieces = itertools.pairwise(corners)
        return sum(integrate.quad(weighed, a, b, epsabs=1e-14, epsrel=1e-11, limit=200)[0] for a, b in pieces)

    mean, variance = of.moments()
    assert mean == pytest.approx(moment(lambda x: x), rel=1e-10)
    assert variance == pytest.approx(moment(lambda x: (x - mean) ** 2), rel=1e-8)


def test_level_quantiles_are_points_of_positive_probability() -> None:
    of = marginal("quantiles", (0.2, 0.4, 0.6, 1.0, 2.0, 2.0))
    assert of.atoms == (2.0,)
    assert quantile(of, np.array([0.45, 0.9])).tolist() == [2.0, 2.0]
    assert of.tails(np.array([2.0])).lower.tolist() == [1.0]


SMALL = st.floats(0.05, 20)
PROBABILITY = st.floats(0.02, 0.98)
ARGUMENTS: dict[str, st.SearchStrategy[tuple[float, ...]]] = {
    "uniform": st.tuples(st.floats(-3, 0), st.floats(0.1, 3)),
    "interval": st.tuples(st.floats(0, 0.4), st.floats(0.5, 1)),
    "triangular": st.tuples(st.floats(-3, 0), st.floats(0, 1), st.floats(1.1, 3)),
    "pert": st.tuples(st.floats(-3, 0), st.floats(0, 1), st.floats(1.1, 3)),
    "beta": st.tuples(st.floats(0.05, 300), st.floats(0.05, 300)),
    "normal": st.tuples(st.floats(-5, 5), SMALL),
    "lognormal": st.tuples(st.floats(-5, 5), st.floats(0.05, 5)),
    "logit_normal": st.tuples(st.floats(-5, 5), st.floats(0.05, 5)),
    "loguniform": st.tuples(st.floats(0.01, 1), st.floats(1.1, 100)),
    "gamma": st.tuples(st.floats(0.05, 300), SMALL),
    "exponential": st.tuples(SMALL),
}


@st.composite
def marginals(draw: st.DrawFn) -> Marginal:
    family = draw(st.sampled_from(sorted(ARGUMENTS)))
    return marginal(family, draw(ARGUMENTS[family]))


def test_every_family_is_tested() -> None:
    elsewhere = {"point", "linear_pool", "odds_pool", "extrapolate", "extrapolate_families"}
    told = {"quantiles", "log_quantiles", "logit_quantiles"}
    elsewhere |= {"truncated_normal", "truncated_lognormal", "truncated_exponential", "grouped_trials"}
    assert set(FAMILIES) == set(ARGUMENTS) | {case.family for case in CASES} | elsewhere | told


@settings(max_examples=100, deadline=None)
@given(marginals(), st.lists(st.floats(1e-12, 1 - 1e-12), min_size=2, max_size=20))
def test_quantiles_rise_and_stay_in_the_support(of: Marginal, levels: list[float]) -> None:
    u = np.sort(np.array(levels))
    x = quantile(of, u)
    assert np.all(np.diff(x) >= -1e-12 * np.abs(x[1:]))
    assert np.all((x >= of.support[0]) & (x <= of.support[1]))


@settings(max_examples=100, deadline=None)
@given(marginals(), st.lists(PROBABILITY, min_size=1, max_size=20))
def test_the_quantile_of_the_level_of_a_value_is_the_value(of: Marginal, levels: list[float]) -> None:
    x = quantile(of, np.array(levels))
    np.testing.assert_allclose(of.inverse(Levels(*of.tails(x))), x, rtol=1e-9, atol=1e-12)


def test_a_value_depends_on_its_own_level_alone() -> None:
    u = np.random.default_rng(1).random(300)
    for family, args in [
        ("beta", (8, 2)),
        ("gamma", (2, 3)),
        ("logit_normal", (0, 1)),
        ("pert", (0, 0.3, 1)),
    ]:
        whole = quantile(marginal(family, args), u)
        parts = np.concatenate([quantile(marginal(family, args), part) for part in np.array_split(u, 7)])
        assert np.array_equal(whole, parts)


@pytest.mark.slow  # a new interpreter
def test_neither_scipy_stats_nor_numba_is_imported() -> None:
    code = (
        "import sys, numpy as np\n"
        "import sensa.sampling.parameters\n"
        "from sensa.kernels.distributions.marginals import marginal, quantile\n"
        "quantile(marginal('beta', (8, 2)), np.array([.5])), marginal('logit_normal', (0, 1)).moments()\n"
        "print(sorted({'scipy.stats', 'numba', 'pandas', 'xarray'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
