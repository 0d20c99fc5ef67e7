"""Experts against published pools and the law of total variance."""

import numpy as np
import pytest
import xarray as xr

from sensa.analyses.experts import experts
from sensa.analyses.settling_facts import settling_facts
from tests.short_stories import ASSUMPTION, beta, model, result, story

# Eleven reviewers on one claim: geometric mean of odds .45693, mean .541; without the .001, .62262.
REVIEWERS = [0.4, 0.15, 0.75, 0.65, 0.75, 0.7, 0.95, 0.5, 0.001, 0.3, 0.8]
# Two families of models, "A" and "C": no names of experts.
FAMILIES = """{ extrapolate = { at = 1e10, families = [
  { name = "A", scale = [1e8, 1e9], trials = [10, 10], held = [7, 7] },
  { name = "C", scale = [1e8, 1e9], trials = [10, 10], held = [8, 7] },
] } }"""


def asked(answers: dict[str, str], *, pool: str = "linear", weights: dict[str, float] | None = None) -> str:
    weights = weights or {}
    each = ", ".join(
        f'{{ name = "{name}", weight = {weights.get(name, 1)}, credence = {answer} }}'
        for name, answer in answers.items()
    )
    return f'{{ experts = [{each}], pool = "{pool}" }}'


def of(credence: str, bad: str = "a", more: str = "") -> xr.Dataset:
    text = story(ASSUMPTION.format(name="a", credence=credence) + more, bad)
    return experts(model(text, points=4096))


def test_reviewers_who_disagree() -> None:
    answers = {f"R{i}": str(p) for i, p in enumerate(REVIEWERS)}
    data = of(asked(answers, pool="odds"))
    bad = data.sel(output="bad")
    assert float(bad["mean"]) == pytest.approx(0.45693, abs=5e-6)
    assert float(bad["without"].sel(expert="R8")) == pytest.approx(0.62262, abs=5e-6)
    assert bad["pooled"].values.tolist() == pytest.approx([0.541, 0.45693], abs=5e-5)
    np.testing.assert_allclose(bad["alone"].values, REVIEWERS, rtol=0, atol=1e-12)
    np.testing.assert_allclose(bad["alone_sd"].values, 0, rtol=0, atol=1e-12)
    # Points only: all that varies is whose answer it is (the variance is over 4,096 points, to 1 %).
    assert float(bad["disagreement"].item()) == pytest.approx(1.0, abs=0.02)
    assert data.attrs["how"] == "exact"


def test_disagreement_is_the_variance_between_experts() -> None:
    """Beta(8, 2) and Beta(2, 8) by weight 3 to 1: between .0675, within 16 / 1100."""
    data = of(asked({"A": "{ beta = [8, 2] }", "B": "{ beta = [2, 8] }"}, weights={"A": 3}))
    bad = data.sel(output="bad")
    between, within = 0.75 * 0.25 * 0.6**2, 16 / 1100
    assert float(bad["mean"]) == pytest.approx(0.65, abs=1e-12)
    assert float(bad["disagreement"].item()) == pytest.approx(between / (between + within), rel=0.01)
    assert float(bad["sd"]) == pytest.approx(np.sqrt(between + within), rel=0.01)
    assert bad["without"].values.tolist() == pytest.approx([0.2, 0.8], abs=1e-12)
    assert float(bad["alone_sd"].sel(expert="A")) == pytest.approx(np.sqrt(within), rel=0.01)


def test_an_expert_of_two_numbers_is_left_out_of_both() -> None:
    """P(bad) = a b; A says .2 and .4, B says .8 and .6, C only the second: .5."""
    second = ASSUMPTION.format(name="b", credence=asked({"A": "0.4", "B": "0.6", "C": "0.5"}))
    bad = of(asked({"A": "0.2", "B": "0.8"}), "a and b", second).sel(output="bad")
    assert float(bad["mean"]) == pytest.approx(0.25, abs=1e-12)
    assert bad["without"].values.tolist() == pytest.approx([0.8 * 0.55, 0.2 * 0.45, 0.5 * 0.5], abs=1e-12)
    assert bad["alone"].values.tolist() == pytest.approx([0.08, 0.48, 0.25], abs=1e-12)
    first_share = 0.3**2 * 0.25  # Var E[a b | whose a] = Var a times (E b)^2
    second_share = (0.02 / 3) * 0.25
    both = first_share + second_share + 0.3**2 * 0.02 / 3
    found = bad["disagreement"].values
    assert found.tolist() == pytest.approx([first_share / both, second_share / both], rel=0.02)
    assert float(bad["disagreement_together"]) == pytest.approx(1.0, rel=0.02)


def test_what_else_is_unknown_is_not_their_disagreement() -> None:
    """P(bad) = a c, c ~ Beta(6, 4): E[c]^2 Var a over the variance of the product."""
    bad = of(asked({"A": "0.2", "B": "0.8"}), "a and c", beta("c", 6, 4)).sel(output="bad")
    total = (0.25 + 0.09) * (0.36 + 24 / 1100) - 0.3**2
    assert float(bad["disagreement"].item()) == pytest.approx(0.36 * 0.09 / total, rel=0.02)


def test_the_only_expert_cannot_be_left_out() -> None:
    bad = of(asked({"A": "{ beta = [8, 2] }"})).sel(output="bad")
    assert np.isnan(bad["without"].values).all()
    assert float(bad["alone"].item()) == pytest.approx(0.8, abs=1e-12)
    assert float(bad["disagreement"].item()) == pytest.approx(0.0, abs=1e-12)


def test_sure_answers_and_real_numbers_are_pooled_linearly() -> None:
    data = of(asked({"A": "0.0", "B": "0.8"}))
    assert data["pooled"].sel(output="bad").values.tolist() == pytest.approx([0.4, 0.4], abs=1e-12)
    assert "pooled linearly in both cases: assumptions.a.credence" in data.attrs["note"]
    value = asked({"A": "0.2", "B": "0.6"})
    body = f'[quantities.x]\nvalue = {value}\n[events.e]\nchance = "x * x"\n'
    data = experts(model(story(body, "e"), points=4096))
    assert "quantities.x.value" in data.attrs["note"]
    assert data.attrs["how"] == "parameters-sampled"
    assert data["alone"].sel(output="bad").values.tolist() == pytest.approx([0.04, 0.36], abs=1e-12)


def test_a_number_named_like_a_probability_has_no_odds() -> None:
    """Answers of 2 and 3 about an axis named `power`: P(bad) = power / 4, .625 pooled linearly either way."""
    axis = f'[[phases]]\nname = "p"\naxes = {{ power = {asked({"A": "2", "B": "3"})} }}\n'
    event = '[events.e]\nevery_step = true\nchance = "axis.power / 4"\n'
    data = experts(model(story(event + axis, "e"), points=4096))
    assert data["pooled"].sel(output="bad").values.tolist() == pytest.approx([0.625, 0.625], rel=0.02)
    assert data["alone"].sel(output="bad").values.tolist() == pytest.approx([0.5, 0.75], abs=1e-12)
    assert "phases[0].axes.power" in data.attrs["note"]


def test_a_constant_outcome_has_no_shares() -> None:
    poor = of(asked({"A": "0.2", "B": "0.8"})).sel(output="poor")
    assert np.isnan(poor["disagreement"].values).all()
    assert float(poor["mean"]) == 0.0


def test_losses_are_outputs_too() -> None:
    text = story(ASSUMPTION.format(name="a", credence=asked({"A": "0.2", "B": "0.8"})), "a")
    data = experts(model(text.replace('kind = "catastrophic"', 'kind = "catastrophic"\nloss = 5')))
    assert data["alone"].sel(output="loss").values.tolist() == pytest.approx([1.0, 4.0], abs=1e-12)


@pytest.mark.parametrize("credence", ["0.5", "{ beta = [8, 2] }", FAMILIES])
def test_a_story_without_experts_says_so(credence: str) -> None:
    data = of(credence)
    assert data.attrs["note"] == "no number is given by experts"
    two = "".join(ASSUMPTION.format(name=name, credence=credence) for name in "ab")
    assert result(story(two, "a and b"), "outcomes", points=64).attrs["experts"] == ""
    assert data.sizes["expert"] == data.sizes["number"] == 0
    assert np.isnan(data["mean"].values).all()


def test_families_of_models_are_no_experts() -> None:
    """Without expert A of the first number, .8 is left of it; the family A of the second stays."""
    more = ASSUMPTION.format(name="b", credence=FAMILIES)
    data = of(asked({"A": "0.2", "B": "0.8"}), "a and b", more)
    assert data["expert"].values.tolist() == ["A", "B"]
    bad = data.sel(output="bad")
    assert bad["without"].values / bad["alone"].values[::-1] == pytest.approx([1.0, 1.0], rel=1e-12)
    assert float(bad["without"].sel(expert="A") / bad["mean"]) == pytest.approx(0.8 / 0.5, rel=1e-12)
    facts = settling_facts(model(story(ASSUMPTION.format(name="b", credence=FAMILIES), "b"), points=64))
    assert "pair" not in facts.sizes
