"""How outcomes are distributed over the numbers: quantiles of betas in closed form."""

import numpy as np
import pytest
from scipy import stats

from tests.short_stories import ASSUMPTION, beta, losing, result, story


def test_quantiles_of_an_outcome_are_those_of_its_number() -> None:
    """P(bad) = 1 - a with a ~ Beta(9, 2), so P(bad) ~ Beta(2, 9); 10 times that is the loss."""
    data = result(losing(story(beta("a", 9, 2), "not a"), bad="10"), "distributions")["distributions"]
    levels = data["level"].values
    assert levels == pytest.approx(np.arange(1, 40) / 40)
    expected = stats.beta(2, 9).ppf(levels)
    assert data["outcomes"].sel(outcome="bad").values == pytest.approx(expected, abs=1e-3)
    assert data["kinds"].sel(kind="success").values == pytest.approx(1 - expected[::-1], abs=1e-3)
    assert data["loss"].values == pytest.approx(10 * expected, abs=1e-2)
    assert data.attrs["how"] == "parameters-sampled"


def test_kinds_are_sums_at_each_setting() -> None:
    """P(bad) = 1 - a and P(poor) = 0: failing safely is never, and success is what is left."""
    data = result(story(beta("a", 1, 1), "not a"), "distributions")["distributions"]
    assert (data["kinds"].sel(kind="fail_safe").values == 0).all()
    assert data["kinds"].sel(kind="catastrophic").values == pytest.approx(data["level"].values, abs=1e-3)


def test_what_is_certain_has_one_value() -> None:
    text = story(ASSUMPTION.format(name="a", credence=0.75), "not a")
    data = result(text, "distributions")["distributions"]
    assert (data["outcomes"].sel(outcome="bad").values == 0.25).all()
    assert data.attrs["how"] == "exact"
    assert "loss" not in data
