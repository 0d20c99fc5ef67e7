"""The outcomes from fewer samples."""

import numpy as np
import pytest

from tests.short_stories import ASSUMPTION, beta, result, story

SHORT = story(beta("sure", 9, 1) + beta("likely", 3, 1), "not sure and not likely", "not likely")


def test_with_all_samples_it_is_the_run() -> None:
    tree = result(SHORT, "outcomes", "kinds", "convergence", points=4096)
    data = tree["convergence"]
    assert data["count"].values.tolist() == [128, 512, 2048, 4096]
    assert data.attrs["counted"] == "parameter values"
    last = data.isel(count=-1).to_dataset()
    for name in ("mean", "error", "quantiles"):
        assert np.array_equal(last[name].sel(output="bad"), tree["outcomes"][name].sel(outcome="bad"))
        assert np.array_equal(last[name].sel(output="success"), tree["kinds"][name].sel(kind="success"))


def test_with_fewer_it_is_the_run_with_fewer() -> None:
    data = result(SHORT, "convergence", points=4096)["convergence"]
    fewer = result(SHORT, "outcomes", points=512)["outcomes"]
    found = data["quantiles"].sel(count=512, output="poor").values
    assert found == pytest.approx(fewer["quantiles"].sel(outcome="poor").values, abs=0)


def test_worlds_are_counted_where_they_are_sampled() -> None:
    """Intervals narrow, and 0.025 is within 3 of their widths, some 12 errors, of each mean."""
    data = result(SHORT, "outcomes", "convergence", engine="montecarlo")["convergence"]
    assert data.attrs["counted"] == "worlds"
    width = (data["high"] - data["low"]).sel(output="bad").values
    assert (np.diff(width) < 0).all()
    off = np.abs(data["mean"].sel(output="bad").values - 0.025)
    assert (off <= 3 * width).all()


def test_nothing_to_sample() -> None:
    data = result(story(ASSUMPTION.format(name="a", credence=0.8), "not a"), "convergence")["convergence"]
    assert "count" not in data.dims
    assert "nothing is sampled" in data.attrs["note"]
