"""The dependence sweep where the copula has closed forms."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import spearmanr

from sensa.analyses.dependence import correlated, dependence
from sensa.sampling.parameters import Sampler
from tests.short_stories import ASSUMPTION, beta, model, story


def tie(first: str, second: str, r: float) -> str:
    return f'[[dependence]]\nbetween = ["{first}", "{second}"]\nrank_correlation = {r}\n'


UNIFORM = "{ uniform = [0, 1] }"
BOTH = ASSUMPTION.format(name="a", credence=UNIFORM) + ASSUMPTION.format(name="b", credence=UNIFORM)


def of(text: str, **options: object) -> xr.Dataset:
    return dependence(model(text, points=4096), **options)  # type: ignore[arg-type]


def test_uniform_credences_have_their_rank_correlation_as_covariance() -> None:
    """E[a b] = 1/4 + r / 12; the rank correlation of uniforms is their Pearson correlation."""
    bad = of(story(BOTH, "a and b")).sel(output="bad")
    r = bad["rank_correlation"].values
    assert r.tolist() == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
    # Five errors of 8 replicates for each of ten, which share their points: a false alarm in 100 runs.
    assert (np.abs(bad["mean"].values - (1 / 4 + r / 12)) < 5 * bad["error"].values + 1e-9).all()
    assert (np.abs(bad["change"].values - r / 12) < 5 * bad["change_error"].values + 1e-9).all()
    assert (bad["error"].values < 1e-3).all()
    assert bad["change"].values[0] == 0.0


def test_the_spread_of_a_sum_grows_with_the_correlation() -> None:
    """(x + y) / 2 of uniforms has the variance (1 + r) / 24 and the mean 1/2 whatever r."""
    body = "".join(f"[quantities.{name}]\nvalue = {UNIFORM}\n" for name in "xy")
    body += '[events.e]\nchance = "(x + y) / 2"\n'
    data = of(
        story(body, "e"), parameters=["quantities.x.value", "quantities.y.value"], correlations=[0, 0.5, -0.5]
    )
    bad = data.sel(output="bad")
    np.testing.assert_allclose(bad["sd"].values, np.sqrt((1 + np.array([0, 0.5, -0.5])) / 24), rtol=2e-3)
    np.testing.assert_allclose(bad["mean"].values, 0.5, rtol=0, atol=1e-3)
    low, high = (bad["quantiles"].sel(quantile=q).values for q in (0.05, 0.99))
    assert low[2] > low[0] > low[1]
    assert high[2] < high[0] < high[1]


def test_losses_and_kinds_are_swept_too() -> None:
    text = story(BOTH, "a and b").replace('kind = "catastrophic"', 'kind = "catastrophic"\nloss = 12')
    data = of(text)
    ratio = data["mean"].sel(output="loss") / data["mean"].sel(output="catastrophic")
    np.testing.assert_allclose(ratio.values, 12, rtol=1e-12)


def test_the_ties_that_a_story_states_stay() -> None:
    """a and c are tied at .6 and stay so while a and b go from 0 to .7; ranks of 4,096 points to .02."""
    body = BOTH + ASSUMPTION.format(name="c", credence=UNIFORM)
    body += tie("assumptions.a.credence", "assumptions.c.credence", 0.6)
    circuit = correlated(model(story(body, "a and b and c")).circuit, [0, 1], 0.7)
    assert circuit is not None
    sampler = Sampler(circuit)
    theta = sampler.theta(sampler.units(replicate=0, start=0, count=4096))
    ranks = spearmanr(theta).statistic
    assert ranks[0, 1] == pytest.approx(0.7, abs=0.02)
    assert ranks[0, 2] == pytest.approx(0.6, abs=0.02)
    assert ranks[1, 2] == pytest.approx(0.0, abs=0.02)


def test_what_cannot_hold_together_is_noted() -> None:
    """a and c at .9, b and c at -.9: a and b cannot be at .9 as well, and neither at 0."""
    body = BOTH + f"[quantities.c]\nvalue = {UNIFORM}\n" + '[events.e]\nchance = "c"\n'
    for name, r in (("a", 0.9), ("b", -0.9)):
        body += tie(f"assumptions.{name}.credence", "quantities.c.value", r)
    body += tie("assumptions.a.credence", "assumptions.b.credence", -0.9)
    data = of(story(body, "a and b and e"), correlations=[-0.9, 0.0, 0.9])
    assert np.isnan(data["mean"].sel(output="bad").values).tolist() == [False, True, True]
    assert data.attrs["note"] == "contradicts the story's own correlations: 0, 0.9"


def test_a_constant_outcome_stays_so() -> None:
    poor = of(story(BOTH, "a and b")).sel(output="poor")
    assert poor["mean"].values.tolist() == poor["sd"].values.tolist() == [0.0] * 10


@pytest.mark.parametrize("body", [beta("a", 8, 2), ASSUMPTION.format(name="a", credence=0.5)])
def test_one_parameter_or_none_cannot_be_tied(body: str) -> None:
    data = of(story(body, "a"))
    assert data.attrs["note"] == "fewer than two parameters to tie"
    assert np.isnan(data["mean"].values).all()


def test_unknown_parameters_and_correlations_are_refused() -> None:
    with pytest.raises(ValueError, match=r"`assumptions\.c\.credence` is not a parameter"):
        of(story(BOTH, "a and b"), parameters=["assumptions.c.credence"])
    with pytest.raises(ValueError, match="between -1 and 1"):
        of(story(BOTH, "a and b"), correlations=[1.0])
