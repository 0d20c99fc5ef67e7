"""How what a property compares is distributed: betas in closed form."""

import numpy as np
import pytest
from scipy import stats

from sensa.properties.distributions import Distribution, distributions
from tests.short_stories import ASSUMPTION, beta, model, story

TEXT = story(beta("a", 9, 2) + beta("b", 3, 1), "not a and not b", "not b")


def _only(require: str, more: str = "", text: str = TEXT) -> list[Distribution]:
    found = f"{text}\n[properties.p]\nrequire = {require!r}\n{more}"
    return list(distributions(model(found)))


def test_the_quantity_is_the_side_that_varies() -> None:
    """P(failure) = 1 - b, which is Beta(1, 3): P(<= 0.2) = 1 - 0.8^3."""
    for require in ("P(failure) <= 0.2", "0.2 >= P(failure)"):
        (one,) = _only(require)
        assert (one.quantity, one.limit, one.below) == ("P(failure)", 0.2, True)
        assert np.array(one.quantiles) == pytest.approx(stats.beta(1, 3).ppf(one.levels), abs=2e-3)
        assert one.holds == pytest.approx(1 - 0.8**3, abs=2e-3)
        assert (one.asked, one.ranges) == (None, False)


def test_a_share_of_failures_is_evenly_sampled() -> None:
    """P(catastrophic | failure) = 1 - a ~ Beta(2, 9)."""
    (one,) = _only("P(catastrophic | failure) < 0.1", "quantile = 0.5")
    assert np.array(one.quantiles) == pytest.approx(stats.beta(2, 9).ppf(one.levels), abs=2e-3)
    assert one.holds == pytest.approx(stats.beta(2, 9).cdf(0.1), abs=2e-3)
    assert one.asked == 0.5


def test_two_sides_that_vary_give_their_difference() -> None:
    """P(success) - P(failure) = 2 b - 1, and b^3 is uniform: above 0 with 1 - 0.5^3."""
    (one,) = _only("P(success) >= P(failure)")
    assert (one.quantity, one.limit, one.below) == ("P(success) - (P(failure))", 0.0, False)
    assert np.array(one.quantiles) == pytest.approx(2 * np.cbrt(one.levels) - 1, abs=4e-3)
    assert one.holds == pytest.approx(1 - 0.5**3, abs=2e-3)


def test_the_story_is_as_it_is_whatever_the_cases() -> None:
    (one,) = _only("P(failure) <= 0.2", "forall = { violate = { max = 1 } }")
    assert one.ranges
    assert one.quantiles[19] == pytest.approx(stats.beta(1, 3).ppf(0.5), abs=2e-3)


@pytest.mark.parametrize(
    ("require", "text"),
    [
        ("P(failure) <= base.P(failure)", TEXT),
        ("sobol_total(assumptions.a.credence) <= 0.5", TEXT),
        ("P(failure) <= 0.5", story(ASSUMPTION.format(name="a", credence=0.5), "not a")),
        ("P(b | a) <= 0.5", story(beta("a", 9, 2) + ASSUMPTION.format(name="b", credence=0.5), "not a")),
    ],
)
def test_there_is_none_where_nothing_varies_or_a_base_is_needed(require: str, text: str) -> None:
    assert _only(require, text=text) == []
