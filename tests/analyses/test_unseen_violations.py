"""Assumptions that no sampled world violates, or each one: not seen, unless the circuit shows it."""

import numpy as np
import pytest
import xarray as xr

from sensa.pipeline import analyse
from tests.short_stories import ASSUMPTION, model, story

CASES = '[[assumptions.{name}.given]]\nif = "e"\ncredence = {given}\n'


def _two_draws(name: str, credence: float, given: float) -> str:
    return ASSUMPTION.format(name=name, credence=credence) + CASES.format(name=name, given=given)


TEXT = story(
    '[events.e]\nmode = "other"\nchance = 0.5\n'
    + _two_draws("rarely", 1 - 1e-9, 1 - 2e-9)  # violated with 1.5e-9
    + _two_draws("mostly", 1e-9, 2e-9)  # holds with 1.5e-9
    + _two_draws("holds", 1, 1)
    + _two_draws("broken", 0, 0)
    + _two_draws("often", 0.9, 0.7)  # violated with 0.2
    + ASSUMPTION.format(name="once", credence=1 - 1e-9),
    "not often and not once",
    "not often or not rarely or not holds or not broken and not mostly and e",
)
CHANCES = {"rarely": 1.5e-9, "mostly": 1 - 1.5e-9, "holds": 0.0, "broken": 1.0, "often": 0.2, "once": 1e-9}
KNOWN, UNSEEN = ["holds", "broken", "once"], ["rarely", "mostly"]
NAMED = ["violations", "importance", "tipping_points", "frechet"]


@pytest.fixture(scope="module")
def sampled() -> xr.DataTree:
    return analyse(model(TEXT, engine="montecarlo", samples=1 << 16), NAMED)


def test_exact_worlds_have_all(sampled: xr.DataTree) -> None:
    found = analyse(model(TEXT), NAMED)
    for group, dimension in (("violations", "assumption"), ("importance", "node"), ("frechet", "assumption")):
        for name, chance in CHANCES.items():
            value = float(found[group]["violated"].sel({dimension: name}))
            assert value == pytest.approx(chance, rel=1e-6, abs=1e-15), (group, name)


@pytest.mark.parametrize("group", ["violations", "importance", "frechet", "tipping_points"])
def test_what_no_world_shows_is_not_seen_unless_it_must_be(sampled: xr.DataTree, group: str) -> None:
    """0.2 of 65,536 worlds is seen within 8 errors; a draw of its own has its stated probability."""
    found = sampled[group].to_dataset()
    found = found.rename({"node": "assumption"} if group == "importance" else {})
    value, error = (
        (1 - found["now"], found["now_error"])
        if group == "tipping_points"
        else (found["violated"], found["violated_error"])
    )
    for name in KNOWN:
        assert float(value.sel(assumption=name)) == pytest.approx(CHANCES[name], rel=1e-6, abs=1e-15), name
    assert np.isnan(value.sel(assumption=UNSEEN)).all()
    assert np.isnan(error.sel(assumption=UNSEEN)).all()
    assert 0 < abs(float(value.sel(assumption="often")) - 0.2) < 8 * float(error.sel(assumption="often"))


def test_so_is_what_follows_and_the_note_says_so(sampled: xr.DataTree) -> None:
    """P(violated | good) is 0 for sure only of what always holds."""
    found = sampled["violations"]
    good = found["violated_given"].sel(outcome="poor")
    assert np.isnan(good.sel(assumption=UNSEEN)).all()
    assert float(good.sel(assumption="holds")) == 0.0
    assert float(good.sel(assumption="broken")) == 1.0
    said = ["never violated, so violations are not observed: holds"]
    said.append("violated in no sampled world, or in all, so not seen: rarely, mostly")
    assert found.attrs["note"] == "; ".join(said)
