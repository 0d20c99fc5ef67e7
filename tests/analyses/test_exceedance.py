"""P(loss >= size), by hand."""

import numpy as np
import pytest

from tests.short_stories import ASSUMPTION, beta, losing, result, story

NAMES = ("outcomes", "exceedance")


SHORT = story(beta("sure", 9, 1) + beta("likely", 3, 1), "not sure and not likely", "not likely")


@pytest.mark.parametrize("engine", ["exact", "montecarlo"])
def test_stated_losses(engine: str) -> None:
    """P(bad) = 0.1 x 0.25 and P(poor) = 0.9 x 0.25; sampled, within 6 errors (false alarm 4e-9)."""
    data = result(losing(SHORT, bad="10", poor="2"), *NAMES, engine=engine)["exceedance"]
    assert data["size"].values.tolist() == [2.0, 10.0]
    slack = 6 * data["error"].values + 1e-12
    assert (np.abs(data["chance"].values - [0.25, 0.025]) <= slack).all()
    assert (data["error"].values > 0).all() == (engine == "montecarlo")


def test_gains_and_outcomes_without_a_loss() -> None:
    """Success gains 1 with 0.75, poor has none with 0.225: P(loss >= -1) = 1, P(loss >= 10) = 0.025."""
    data = result(losing(SHORT, bad="10", good="-1"), *NAMES)["exceedance"]
    assert data["size"].values.tolist() == [-1.0, 10.0]
    assert data["chance"].values == pytest.approx([1.0, 0.025], abs=1e-12)


def test_quantiles_are_of_the_probability_over_the_numbers() -> None:
    """P(loss >= 2) is 1 - likely, and likely is Beta(3, 1), P(likely <= x) = x^3."""
    data = result(losing(SHORT, bad="10", poor="2"), *NAMES)["exceedance"]
    levels = data["quantile"].values
    expected = 1 - (1 - levels) ** (1 / 3)
    assert data["quantiles"].sel(size=2.0).values == pytest.approx(expected, abs=2e-3)


def test_losses_that_are_uncertain() -> None:
    """With 0.2 it is lost a uniform amount on [0, 1]: P(loss >= x) = 0.2 (1 - x)."""
    text = story(ASSUMPTION.format(name="a", credence=0.8), "not a")
    data = result(losing(text, bad="{ uniform = [0, 1] }"), *NAMES)["exceedance"]
    assert data.attrs["how"] == "parameters-sampled"
    assert data.sizes["size"] == 64
    size = data["size"].values
    assert data["chance"].values == pytest.approx(0.2 * (1 - size), abs=1e-3)


def test_a_story_without_losses_has_none() -> None:
    data = result(SHORT, *NAMES)["exceedance"]
    assert "size" not in data.dims
    assert data.attrs["note"] == "the story states no loss"
