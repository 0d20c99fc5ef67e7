"""Bounds against corners, calculus and dense search."""

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings

from sensa.analyses.bounds import bounds
from sensa.methods.conditional_means import Holding
from sensa.methods.outputs import outputs
from sensa.pipeline import prepare
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse
from tests import strategies
from tests.short_stories import ASSUMPTION, beta, model, story


def interval(name: str, low: float, high: float) -> str:
    return ASSUMPTION.format(name=name, credence=f"{{ interval = [{low}, {high}] }}")


def found(text: str) -> xr.Dataset:
    return bounds(model(text, points=1024))


def test_a_conjunction_is_least_and_greatest_at_corners() -> None:
    """P(bad) = a b c with a in [.2, .6], b in [.5, .9], E c = .8: [.08, .432]."""
    data = found(story(interval("a", 0.2, 0.6) + interval("b", 0.5, 0.9) + beta("c", 8, 2), "a and b and c"))
    bad = data.sel(output="bad")
    assert float(bad["lower"]) == pytest.approx(0.2 * 0.5 * 0.8, abs=1e-15)
    assert float(bad["upper"]) == pytest.approx(0.6 * 0.9 * 0.8, abs=1e-15)
    assert bad["upper_at"].values.tolist() == [0.6, 0.9]
    assert bool(bad["lower_proven"])
    assert data.attrs == {"how": "exact"}
    good = data.sel(output="good")  # its complement, as poor never happens
    assert float(good["upper"]) == pytest.approx(1 - 0.08, abs=1e-15)
    assert float(data["upper"].sel(output="catastrophic")) == float(bad["upper"])


def test_a_direction_that_turns_is_found() -> None:
    """P(a xor b) = a + b - 2ab: what raises it at one end of b lowers it at the other."""
    text = story(interval("a", 0.1, 0.9) + interval("b", 0.4, 0.8), "a and not b or b and not a")
    bad = found(text).sel(output="bad")
    corners = [a + b - 2 * a * b for a in (0.1, 0.9) for b in (0.4, 0.8)]
    assert float(bad["lower"]) == pytest.approx(min(corners), abs=1e-15)
    assert float(bad["upper"]) == pytest.approx(max(corners), abs=1e-15)


def test_one_number_behind_two_draws_may_be_worst_in_the_middle() -> None:
    """Happens, then does not: p (1 - p) over [.1, .8] has its greatest .25 at .5, its least .09 at .1."""
    body = (
        '[[phases]]\nname = "p"\nrepeat = 2\n[events.e]\nevery_step = true\n'
        "chance = { interval = [0.1, 0.8] }\n"
    )
    bad = found(story(body, "prev.e and not e")).sel(output="bad")
    assert float(bad["upper"]) == pytest.approx(0.25, abs=1e-9)
    assert float(bad["lower"]) == pytest.approx(0.09, abs=1e-9)
    assert bad["upper_at"].values.tolist() == pytest.approx([0.5], abs=1e-3)
    assert bool(bad["upper_proven"])


def test_a_polynomial_in_a_program() -> None:
    """q (1 - q) r with q in [0, 1], E r = .5: greatest .125."""
    body = (
        "[quantities.q]\nvalue = { interval = [0, 1] }\n[quantities.r]\nvalue = { uniform = [0, 1] }\n"
        '[events.e]\nchance = "q * (1 - q) * r"\n'
    )
    data = found(story(body, "e"))
    bad = data.sel(output="bad")
    assert data.attrs["how"] == "parameters-sampled"
    # The mean of r over scrambled points: five errors of 8 replicates are beyond reach but once in 600 runs.
    assert abs(float(bad["upper"]) - 0.125) < 5 * float(bad["upper_error"]) + 1e-9
    assert float(bad["upper_error"]) < 1e-4
    assert float(bad["lower"]) == pytest.approx(0.0, abs=1e-12)


def test_what_is_no_polynomial_is_enclosed() -> None:
    """q / (1 + q^2) over [0, 3]: greatest 1/2 at 1, least 0 at 0."""
    body = '[quantities.q]\nvalue = { interval = [0, 3] }\n[events.e]\nchance = "q / (1 + q * q)"\n'
    bad = found(story(body, "e")).sel(output="bad")
    assert float(bad["upper_found"]) == pytest.approx(0.5, abs=1e-9)
    assert 0.5 <= float(bad["upper"]) < 0.51
    assert float(bad["lower"]) == float(bad["lower_found"]) == 0.0


def test_a_threshold_is_bounded_from_both_sides() -> None:
    body = '[quantities.q]\nvalue = { interval = [0, 1] }\n[events.e]\nwhen = "q > 0.37"\nchance = 0.4\n'
    bad = found(story(body, "e")).sel(output="bad")
    assert [float(bad[end]) for end in ("lower", "upper")] == pytest.approx([0.0, 0.4], abs=1e-15)


@pytest.mark.parametrize("count", [14, 18])
def test_many_intervals_of_a_function_that_turns(count: int) -> None:
    """Exactly 3 of these, each in [.1, .7]: by symmetry only how many stand high matters."""
    names = [f"a{i}" for i in range(count)]
    text = story("".join(interval(name, 0.1, 0.7) for name in names), f"exactly(3, {', '.join(names)})")
    bad = found(text).sel(output="bad")

    def chance(high: int) -> float:
        return sum(
            math.comb(high, k) * 0.7**k * 0.3 ** (high - k)
            * math.comb(count - high, 3 - k) * 0.1 ** (3 - k) * 0.9 ** (count - high - 3 + k)
            for k in range(4) if k <= high and 3 - k <= count - high
        )  # fmt: skip

    corners = [chance(high) for high in range(count + 1)]
    assert float(bad["upper_found"]) == pytest.approx(max(corners), rel=1e-12)
    assert float(bad["lower_found"]) == pytest.approx(min(corners), rel=1e-12)
    assert float(bad["upper"]) >= max(corners) * (1 - 1e-12)
    assert float(bad["lower"]) <= min(corners) * (1 + 1e-12)
    assert bool(bad["upper_proven"]) == (count == 14)


def test_many_intervals_of_a_monotone_function_are_proven_at_once() -> None:
    names = [f"a{i}" for i in range(30)]
    text = story("".join(interval(name, 0.2, 0.9) for name in names), " and ".join(names))
    bad = found(text).sel(output="bad")
    assert float(bad["lower"]) == pytest.approx(0.2**30, rel=1e-12)
    assert float(bad["upper"]) == pytest.approx(0.9**30, rel=1e-12)
    assert bool(bad["lower_proven"])
    assert bool(bad["upper_proven"])


def test_losses_are_bounded_too() -> None:
    """Loss in [2, 5] at P(bad) in [.1, .4], and 1 at P(poor) = .5 (1 - P(bad))."""
    text = story(interval("a", 0.1, 0.4) + ASSUMPTION.format(name="b", credence=0.5), "a", "b")
    text = text.replace('kind = "catastrophic"', 'kind = "catastrophic"\nloss = { interval = [2, 5] }')
    text = text.replace('kind = "fail_safe"', 'kind = "fail_safe"\nloss = 1')
    loss = found(text).sel(output="loss")
    assert float(loss["lower"]) == pytest.approx(0.1 * 2 + 0.45, abs=1e-12)
    assert float(loss["upper"]) == pytest.approx(0.4 * 5 + 0.3, abs=1e-12)


def test_credences_left_out_bound_nothing() -> None:
    text = story(interval("a", 0, 1) + ASSUMPTION.format(name="b", credence=0.5), "a and b", "false")
    text = text.replace("credence = { interval = [0, 1] }\n", "")
    data = found(text)
    assert data["parameter"].values.tolist() == ["assumptions.a.credence"]
    assert [float(data[end].sel(output="bad")) for end in ("lower", "upper")] == [0.0, 0.5]
    assert [float(data[end].sel(output="poor")) for end in ("lower", "upper")] == [0.0, 0.0]


def test_weights_of_a_choice_are_no_polynomials_and_enclosed() -> None:
    """x / (x + y + 1) with x in [1, 3] and y in [1, 2]: from 1/4 to 3/5."""
    weights = "x = { weight = { interval = [1, 3] } }\ny = { weight = { interval = [1, 2] } }\n"
    body = f"[choices.m.options]\n{weights}z = {{ weight = 1 }}\n"
    bad = found(story(body, r"m == \"x\"")).sel(output="bad")
    assert [float(bad[f"{end}_found"]) for end in ("lower", "upper")] == pytest.approx([0.25, 0.6], abs=1e-15)
    assert 0.25 - 1e-6 < float(bad["lower"]) <= 0.25
    assert 0.6 <= float(bad["upper"]) < 0.6 + 1e-6


@pytest.mark.parametrize("credence", ["0.25", "{ beta = [1, 3] }"])
def test_without_an_interval_both_bounds_are_the_mean(credence: str) -> None:
    data = found(story(ASSUMPTION.format(name="a", credence=credence), "a"))
    assert float(data["lower"].sel(output="bad")) == float(data["upper"].sel(output="bad")) == 0.25
    assert data.sizes["parameter"] == 0
    assert "no interval" in data.attrs["note"]


def test_what_nothing_reads_is_left_out() -> None:
    text = story(interval("a", 0.1, 0.4) + "[quantities.q]\nvalue = { interval = [0, 1] }\n", "a")
    assert found(text)["parameter"].values.tolist() == ["assumptions.a.credence"]


def test_intervals_that_are_tied_move_alone() -> None:
    tied = '["assumptions.a.credence", "assumptions.b.credence"]'
    body = interval("a", 0.2, 0.6) + interval("b", 0.5, 0.9)
    body += f"[[dependence]]\nbetween = {tied}\nrank_correlation = 0.9\n"
    data = found(story(body, "a and not b"))
    assert float(data["upper"].sel(output="bad")) == pytest.approx(0.3, abs=1e-12)
    assert "move alone" in data.attrs["note"]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.stories())
def test_no_choice_of_values_goes_beyond_the_bounds(text: str) -> None:
    story_model = prepare(parse(text), Settings(points=16, replicates=2))
    data = bounds(story_model)
    paths = [p.path for p in story_model.circuit.parameters]
    held = tuple(paths.index(path) for path in data["parameter"].values)
    if not held or story_model.exact_ends is None:
        return
    ends = np.array([story_model.points.sampler.marginals[i].support for i in held])
    share = np.random.default_rng(1).random((30, len(held)))
    share[:10] = share[:10].round()
    holding = Holding(story_model, story_model.exact_ends, held, 4096)
    values = (
        holding(ends[:, 0] + share * (ends[:, 1] - ends[:, 0])).mean(axis=0)
        @ outputs(story_model.circuit).matrix
    )
    slack = 1e-9 * np.maximum(np.abs(values).max(axis=0), 1.0)
    if data.attrs["how"] == "exact":
        assert (data["lower"].values - slack <= values).all()
        assert (values <= data["upper"].values + slack).all()
    for end in ("lower", "upper"):
        at = holding(data[f"{end}_at"].values).mean(axis=0) @ outputs(story_model.circuit).matrix
        if data.attrs["how"] == "exact":  # else over other points
            np.testing.assert_allclose(np.diag(at), data[f"{end}_found"].values, rtol=1e-9, atol=1e-9)
    reached = data["lower_found"].values
    assert (data["lower"].values - slack <= reached).all()
