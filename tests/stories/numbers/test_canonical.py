"""Declared numbers against closed forms: what an author states is what the distribution gives back."""

import math
from statistics import NormalDist
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensa.stories.numbers.canonical import support
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.forms.bounded import IPCC_RANGES
from sensa.stories.numbers.rules import NumberError, Scale
from tests.stories.numbers.declared import number


def logit(p: float) -> float:
    return math.log(p / (1 - p))


@given(
    st.floats(0.001, 0.999), st.floats(0.001, 0.999), st.floats(0.01, 0.999)
)  # the central interval of a normal is [inv(1/2 - level/2), inv(1/2 + level/2)]
def test_a_central_interval_is_given_back(a: float, b: float, level: float) -> None:
    low, high = min(a, b), max(a, b)
    if high - low < 1e-6:
        return
    found = number({"low": low, "high": high, "level": level})
    assert found.family == "logit_normal"
    normal = NormalDist(*found.args)
    assert normal.inv_cdf((1 - level) / 2) == pytest.approx(logit(low), rel=1e-6, abs=1e-6)
    assert normal.inv_cdf((1 + level) / 2) == pytest.approx(logit(high), rel=1e-6, abs=1e-6)


def test_low_and_high_of_reals() -> None:
    z95 = 1.6448536269514722  # the 0.95 quantile of the standard normal, as published
    assert number({"low": -1, "high": 3}, "real") == Distribution("normal", (1.0, pytest.approx(2 / z95)))
    found = number({"low": 0.05, "high": 0.6}, "real")
    assert found.family == "lognormal"
    assert math.exp(found.args[0] - z95 * found.args[1]) == pytest.approx(0.05)
    assert math.exp(found.args[0] + z95 * found.args[1]) == pytest.approx(0.6)
    assert number({"low": 1, "high": 3, "family": "normal"}, "real").args == (2.0, pytest.approx(1 / z95))


def test_beta_in_three_ways() -> None:
    assert number({"mean": 0.8, "concentration": 10}) == Distribution("beta", (8.0, pytest.approx(2.0)))
    assert number({"held": 298, "trials": 300}) == Distribution("beta", (298.5, 2.5))
    assert number({"held": 298, "trials": 300, "prior": [1, 1]}) == Distribution("beta", (299.0, 3.0))
    assert number({"beta": [8, 2]}, "real") == Distribution("beta", (8.0, 2.0))


def test_quantiles_keep_levels_then_values() -> None:
    rows = {"quantiles": [[0.05, 0.4], [0.5, 0.7], [0.95, 0.9]]}
    args = (0.05, 0.5, 0.95, 0.4, 0.7, 0.9)
    assert number(rows) == Distribution("logit_quantiles", args)
    assert number(rows, "real") == Distribution("quantiles", args)
    assert number({**rows, "log": True}, "real") == Distribution("log_quantiles", args)


def test_calibrated_words_are_those_of_the_ipcc() -> None:
    assert IPCC_RANGES["very likely"] == (0.9, 1.0)
    assert number({"likelihood": "about as likely as not"}) == Distribution("uniform", (0.33, 0.66))
    assert number({"likelihood": "exceptionally unlikely"}) == Distribution("uniform", (0.0, 0.01))
    assert len(IPCC_RANGES) == 10


def test_pools_have_normalised_weights_and_points_as_parts() -> None:
    experts = [
        {"name": "A", "weight": 2, "credence": {"beta": [8, 2]}},
        {"name": "B", "credence": 0.5},
        {"name": "C", "credence": {"likelihood": "likely"}},
    ]
    found = number({"experts": experts})
    assert found == Distribution(
        "linear_pool",
        (0.5, 0.25, 0.25),
        (
            Distribution("beta", (8.0, 2.0)),
            Distribution("point", (0.5,)),
            Distribution("uniform", (0.66, 1.0)),
        ),
        ("A", "B", "C"),
    )
    assert number({"experts": experts, "pool": "odds"}).family == "odds_pool"


def test_extrapolation_is_laid_out_row_by_row() -> None:
    tried = {"scale": [1e9, 1e10], "trials": [100, 50], "held": [99, 45], "at": 1e12}
    assert number({"extrapolate": tried}) == Distribution("extrapolate", (1e12, 1e9, 100, 99, 1e10, 50, 45))


INF = math.inf
SUPPORTS = [
    ({"low": 0.1, "high": 0.2}, "probability", (0, 1)),
    ({"uniform": [0.2, 0.4]}, "probability", (0.2, 0.4)),
    ({"triangular": [0.1, 0.2, 0.7]}, "probability", (0.1, 0.7)),
    ({"interval": [0.2, 0.9]}, "probability", (0.2, 0.9)),
    ({"quantiles": [[0.1, 0.2], [0.9, 0.3]]}, "probability", (0, 1)),
    ({"experts": [{"name": "A", "credence": {"uniform": [0.2, 0.4]}}, {"name": "B", "credence": 0.7}]},
     "probability", (0.2, 0.7)),
    # odds 1/4 and 1 pooled evenly are 1/2; odds 1 and 4 are 2
    ({"experts": [{"name": "A", "credence": {"uniform": [0.2, 0.5]}},
                  {"name": "B", "credence": {"uniform": [0.5, 0.8]}}], "pool": "odds"},
     "probability", (1 / 3, 2 / 3)),
    ({"experts": [{"name": "A", "credence": {"uniform": [0, 1]}},
                  {"name": "B", "credence": 0.5}], "pool": "odds"}, "probability", (0, 1)),
    ({"normal": [0, 1]}, "real", (-INF, INF)),
    ({"lognormal": [0, 1]}, "real", (0, INF)),
    ({"gamma": [1, 1]}, "real", (0, INF)),
    ({"exponential": [1]}, "real", (0, INF)),
    ({"loguniform": [1, 2]}, "real", (1, 2)),
    ({"pert": [-1, 0, 1]}, "real", (-1, 1)),
    ({"quantiles": [[0.1, 1], [0.9, 2]]}, "real", (-INF, INF)),
    ({"quantiles": [[0.1, 1], [0.9, 2]], "log": True}, "real", (0, INF)),
]  # fmt: skip


@pytest.mark.parametrize(("written", "scale", "ends"), SUPPORTS)
def test_supports(written: Any, scale: Scale, ends: tuple[float, float]) -> None:
    assert support(number(written, scale)) == pytest.approx(ends)


@pytest.mark.parametrize("written", [
    {"low": -1.7e308, "high": 1.7e308}, {"uniform": [-1e308, 1e308]}, {"low": 1e-300, "high": 1e300},
])  # fmt: skip
def test_large_numbers_stay_finite(written: Any) -> None:
    assert all(map(math.isfinite, number(written, "real").args))


WRONG = [
    ({"low": 0.5, "high": 0.5}, "probability", (), "`low` must be below `high`"),
    ({"low": 0.5, "high": 1.0}, "probability", (), "strictly within 0 and 1"),
    ({"low": 0.1, "high": 0.2, "level": 1.0}, "probability", ("level",), "strictly within 0 and 1"),
    ({"low": 0.1, "high": 0.2, "level": 1e-300}, "probability", ("level",), "strictly within 0 and 1"),
    ({"low": 1e300, "high": math.nextafter(1e300, INF)}, "real", (), "too close"),
    ({"pert": [1, 1, 1]}, "real", ("pert",), "a < b"),
    ({"held": 1, "trials": 0}, "probability", ("held",), "<= `trials`"),
    ({"held": -1, "trials": 3}, "probability", ("held",), "0 <= `held`"),
    ({"quantiles": [[0.5, 0.1], [0.5, 0.2]]}, "probability", ("quantiles", 1), "increase"),
    ({"quantiles": [[i / 1000, i / 1000] for i in range(1, 600)]}, "probability", ("quantiles",), "2 to 500"),
    ({"normal": [0, -1]}, "real", ("normal", 1), "sigma"),
    ({"experts": [{"name": str(i), "credence": 0.5} for i in range(501)]}, "real", ("experts",), "1 to 500"),
    ({"mean": 1e-320, "concentration": 1e-300}, "probability", (), "too small"),
    ({"extrapolate": {"scale": [0, 1], "trials": [1, 1], "held": [1, 1], "at": 1}}, "probability",
     ("extrapolate", "scale", 0), "above 0"),
    ({"extrapolate": {"scale": [1, 2], "trials": [1, 1], "held": [1, 2], "at": 1}}, "probability",
     ("extrapolate", "held", 1), "<= trials"),
    ({"extrapolate": {"scale": [], "trials": [], "held": [], "at": 1}}, "probability",
     ("extrapolate",), "1 to 500"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "scale", "path", "rule"), WRONG)
def test_rules_are_said_where_they_are_broken(written: Any, scale: Scale, path: Any, rule: str) -> None:
    with pytest.raises(NumberError) as caught:
        number(written, scale)
    assert caught.value.path == path
    assert rule in caught.value.message


def test_odds_are_a_point() -> None:
    assert number({"odds": [3, 1]}) == 0.75
    assert number({"odds": [1, 999]}) == pytest.approx(0.001, rel=1e-15)
    assert number({"odds": [1e308, 1e308]}) == 0.5


@given(st.floats(0.01, 0.99), st.floats(0.05, 0.95))
def test_a_mean_and_sd_are_given_back(mean: float, share: float) -> None:
    """Moments of Beta(a, b): a / (a + b), and a b / ((a + b)^2 (a + b + 1))."""
    sd = share * math.sqrt(mean * (1 - mean))
    found = number({"mean": mean, "sd": sd})
    a, b = found.args
    assert found.family == "beta"
    assert a / (a + b) == pytest.approx(mean, rel=1e-12)
    assert math.sqrt(a * b / (a + b + 1)) / (a + b) == pytest.approx(sd, rel=1e-9)


def test_a_mean_and_sd_of_reals() -> None:
    """Moments: shape * scale and sqrt(shape) * scale; exp(mu + s^2/2) and that times sqrt(exp(s^2) - 1)."""
    assert number({"mean": 3, "sd": 0.5}, "real") == Distribution("normal", (3.0, 0.5))
    shape, scale = number({"mean": 3, "sd": 0.5, "family": "gamma"}, "real").args
    assert (shape * scale, math.sqrt(shape) * scale) == pytest.approx((3, 0.5), rel=1e-12)
    mu, sigma = number({"mean": 3, "sd": 0.5, "family": "lognormal"}, "real").args
    mean = math.exp(mu + sigma**2 / 2)
    assert (mean, mean * math.sqrt(math.expm1(sigma**2))) == pytest.approx((3, 0.5), rel=1e-12)


def test_a_median_and_an_error_factor() -> None:
    """The 95 % quantile is the factor times the median: of logs, mu + 1.645 sigma."""
    z95 = 1.6448536269514722
    mu, sigma = number({"median": 0.001, "error_factor": 3}, "real").args
    assert (math.exp(mu), math.exp(mu + z95 * sigma)) == pytest.approx((0.001, 0.003), rel=1e-12)
    mu, sigma = number({"median": 0.001, "error_factor": 3}).args
    assert mu == pytest.approx(logit(0.001), rel=1e-12)
    assert mu + z95 * sigma == pytest.approx(logit(0.003), rel=1e-12)


def test_ends_are_those_of_the_support() -> None:
    infinite = {"normal": [3, 2], "within": [0, math.inf]}
    assert support(number(infinite, "real")) == (0.0, math.inf)
    assert support(number({"lognormal": [0, 1], "within": [-1, 2]}, "real")) == (0.0, 2.0)
    with pytest.raises(NumberError, match="leaves 0 of the distribution"):
        number({"exponential": [1], "within": [-2, -1]}, "real")
