"""Errors of quantiles of few values, which lie in the noise of the worlds of one point."""

import numpy as np
import pytest
import xarray as xr

from sensa.pipeline import analyse
from tests.short_stories import ASSUMPTION, losing, model, story

EXPERTS = '{ experts = [{ name = "A", credence = 0.9 }, { name = "B", credence = 0.5 }] }'
ALL_HOLD = "a and b and c"
TEXT = losing(
    story(
        "".join(ASSUMPTION.format(name=n, credence=c) for n, c in (("a", EXPERTS), ("b", 0.8), ("c", 0.7))),
        f"not ({ALL_HOLD})",
    ),
    bad="3",
    good="-1",
)
NAMED = ["outcomes", "criteria", "distributions"]
BELOW, ABOVE = 0.5 * 0.8 * 0.7, 0.9 * 0.8 * 0.7  # P(all hold) by either expert
WORLDS = {"engine": "montecarlo", "points": 1 << 12, "samples": 1 << 20}


@pytest.fixture(scope="module")
def sampled() -> xr.DataTree:
    return analyse(model(TEXT, **WORLDS), NAMED)


def _noise(p: float, worlds: float) -> float:
    return float(np.sqrt(p * (1 - p) / worlds))


def test_quantiles_in_the_noise_of_worlds_have_its_error(sampled: xr.DataTree) -> None:
    """Far quantiles of half the points lie up to 2 errors off; an error is that of a share of 256 worlds."""
    for group, name in (("criteria", "goal_alignment"), ("outcomes", "good")):
        found = sampled[group].to_dataset().sel({sampled[group]["mean"].dims[0]: name})
        for level, p in ((0.05, BELOW), (0.25, BELOW), (0.75, ABOVE), (0.95, ABOVE)):
            one = found.sel(quantile=level)
            assert abs(float(one["quantiles"]) - p) <= 3 * float(one["quantiles_error"])
            assert float(one["quantiles_error"]) == pytest.approx(_noise(p, 256), rel=0.25)


def test_so_have_those_of_distributions(sampled: xr.DataTree) -> None:
    """At every level but those where the two values meet; the loss is 3 - 4 P(all hold), between -1 and 3."""
    found = sampled["distributions"].to_dataset()
    found = found.sel(level=np.abs(found["level"] - 0.5) > 0.06)
    p = np.where(found["level"] < 0.5, BELOW, ABOVE)
    for name, values, truth, scale in (
        ("outcomes", {"outcome": "good"}, p, 1.0),
        ("kinds", {"kind": "success"}, p, 1.0),
        ("loss", {}, 3 - 4 * p[::-1], 4.0),
    ):
        one, error = found[name].sel(values), found[f"{name}_error"].sel(values)
        assert (np.abs(one - truth) <= 3 * error).all(), name
        assert (error <= 1.25 * scale * _noise(0.5, 256)).all(), name
    levels = [0.05, 0.25, 0.75, 0.95]
    again = sampled["distributions"]["loss_error"].sel(level=levels)
    np.testing.assert_array_equal(sampled["outcomes"]["loss_quantiles_error"].sel(quantile=levels), again)


def test_exact_worlds_have_no_noise() -> None:
    found = analyse(model(TEXT, points=256), NAMED)
    at = {"quantile": [0.05, 0.25, 0.75, 0.95]}
    for errors in (found["criteria"]["quantiles_error"], found["outcomes"]["loss_quantiles_error"]):
        np.testing.assert_allclose(errors.sel(at), 0.0, atol=1e-15)
