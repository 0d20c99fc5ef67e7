"""Axes: Shapley values and shares of the danger by hand, and generated stories edited and enumerated."""

import re
import tomllib
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, assume, given, settings

from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render
from tests import naive, strategies
from tests.short_stories import result, story

UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def group(text: str, **options: Any) -> xr.Dataset:
    return result(text, "axes", **options)["axes"].to_dataset()


def phase(name: str, axes: str, *, kind: str = "") -> str:
    stated = f'kind = "{kind}"\n' if kind else ""
    return f'[[phases]]\nname = "{name}"\n{stated}axes = {{ {axes} }}\n'


def event(chance: str, when: str = "true") -> str:
    return f"[events.e]\nevery_step = true\nwhen = '{when}'\nchance = \"{chance}\"\n"


PRODUCT = event("axis.a * axis.b", 'phase == "use"')
TWO = phase("train", "a = 0.1, b = 0.2") + phase("use", "a = 0.5, b = 0.6")


def test_the_shapley_values_of_a_product() -> None:
    """a b goes from .02 to .3: a adds (.4 x .2 + .4 x .6) / 2 = .16, b (.4 x .1 + .4 x .5) / 2 = .12."""
    data = group(story(PRODUCT + TWO, "e"))
    assert data["risk_effect"].sel(axis=["a", "b"]).values == pytest.approx([0.16, 0.12], abs=1e-12)
    assert float(data["like_training"].sel(outcome="bad")) == pytest.approx(0.02, abs=1e-12)
    assert float(data["as_stated"].sel(outcome="bad")) == pytest.approx(0.3, abs=1e-12)
    assert data["alone_risk"].sel(axis=["a", "b"]).values == pytest.approx([0.1 * 0.6, 0.5 * 0.2], abs=1e-12)
    assert data["return_risk"].sel(axis=["a", "b"]).values == pytest.approx([0.5 * 0.2, 0.1 * 0.6], abs=1e-12)
    assert data["risk_effect"].attrs["how"] == "exact"


def test_errors_where_circuits_have_different_numbers_of_replicates() -> None:
    """Deployment's a is uncertain and read twice, training's is a number: fewer replicates of one.

    As stated 1 - .9 E[(1 - a)^2] = 1 - .9 (.7^2 + .4^2 / 12), like training 1 - .9^3. Within 5 standard
    errors: by Student's law of 7 degrees of freedom a false alarm in 640 seeds; the seed is fixed.
    """
    known = "[quantities.x]\nvalue = { uniform = [0.1, 0.5] }\n"
    phases = phase("train", "a = 0.1") + phase("use", 'a = "x"') + phase("later", 'a = "x"')
    data = group(story(known + event("axis.a") + phases, "e"), engine="montecarlo")
    effect = data["risk_effect"].sel(axis="a")
    error = float(data["risk_effect_error"].sel(axis="a"))
    assert effect.attrs["how"] == "worlds-sampled"
    assert 0 < error < 0.01
    truth = (1 - 0.9 * (0.49 + 0.16 / 12)) - (1 - 0.9**3)
    assert abs(float(effect) - truth) < 5 * error


def test_an_axis_that_training_leaves_out_is_0_there() -> None:
    data = group(story(PRODUCT + phase("train", "a = 0.1") + phase("use", "a = 0.5, b = 0.6"), "e"))
    assert float(data["like_training"].sel(outcome="bad")) == pytest.approx(0.0, abs=1e-12)


def test_the_same_uncertain_number_in_training_and_in_deployment() -> None:
    """Training's a is uniform, mean .5, deployment's .9; with b = .5 in both, a adds (.9 - .5) / 2.

    Over the points the mean of a scrambled net of 2,048 is within 1e-4 of .5 (its own error is some 1e-6).
    """
    phases = phase("train", "a = { uniform = [0, 1] }, b = 0.5") + phase("use", "a = 0.9, b = 0.5")
    data = group(story(PRODUCT + phases, "e"))
    assert float(data["risk_effect"].sel(axis="a")) == pytest.approx(0.2, abs=1e-4)
    assert float(data["risk_effect"].sel(axis="b")) == 0.0
    assert data["risk_effect"].attrs["how"] == "parameters-sampled"


def test_the_share_of_the_danger_that_falls_in_training() -> None:
    """A chance of .1 in training, .2 after it: .1 / (.1 + .9 x .2)."""
    data = group(story(event("axis.a") + phase("train", "a = 0.1") + phase("use", "a = 0.2"), "e"))
    assert float(data["danger_in_training"]) == pytest.approx(0.1 / 0.28, abs=1e-12)
    assert data["danger"].values == pytest.approx([0.1 / 0.28, 0.18 / 0.28], abs=1e-12)


def test_a_phase_says_whether_it_is_training() -> None:
    """Training is then the second phase, and its axes the reference: with a = .2 harm is 1 - .8^3."""
    phases = phase("pilot", "a = 0.1", kind="deployment")
    phases += phase("train", "a = 0.2", kind="training") + phase("use", "a = 0.3")
    data = group(story(event("axis.a") + phases, "e"))
    assert data["training"].values.tolist() == [False, True, False]
    total = 0.1 + 0.9 * 0.2 + 0.9 * 0.8 * 0.3
    assert float(data["danger_in_training"]) == pytest.approx(0.18 / total, abs=1e-12)
    assert float(data["like_training"].sel(outcome="bad")) == pytest.approx(1 - 0.8**3, abs=1e-12)


def test_rates_against_the_shift() -> None:
    """race(1, .25) = .8 in training, race(.5, .75 + .25) = 1/3 after it; within(1, 1) = 1 - 1/e."""
    phases = phase("train", "updating = 1, cognitive_shift = 0.25, oversight = 0")
    phases += phase("use", "updating = 0.5, cognitive_shift = 0.75, distribution_shift = 0.25, oversight = 3")
    data = group(story(event("0.1 * axis.updating") + phases, "e"))
    assert data["updated_first"].values == pytest.approx([0.8, 1 / 3], abs=1e-12)
    assert data["overseen_first"].values == pytest.approx([0.0, 0.75], abs=1e-12)
    assert data["shifts"].values == pytest.approx([1 - np.exp(-0.25), 1 - np.exp(-1)], abs=1e-12)


def test_what_the_correlation_of_axes_adds() -> None:
    """P(e) = E[a b] of uniform axes: 1/4, and rank correlation .6 adds .6 / 12 to it.

    The error at 16,384 scrambled points is below 1e-4; within 2e-3 a failure is no accident.
    """
    phases = phase("train", "a = 0, b = 0") + phase(
        "use", "a = { uniform = [0, 1] }, b = { uniform = [0, 1] }"
    )
    tie = '[[dependence]]\nbetween = ["phases[1].axes.a", "phases[1].axes.b"]\nrank_correlation = 0.6\n'
    data = group(story(PRODUCT + phases + tie, "e"))
    assert float(data["decorrelated"].sel(outcome="bad")) == pytest.approx(0.25, abs=2e-3)
    assert float(data["decorrelated_change"].sel(outcome="bad")) == pytest.approx(-0.05, abs=2e-3)
    # Var(U V) = 1/9 - 1/16 for independent uniforms
    assert float(data["decorrelated_risk_sd"]) == pytest.approx((1 / 9 - 1 / 16) ** 0.5, abs=2e-3)
    assert "decorrelated" not in group(story(PRODUCT + phases, "e"))


def test_deployment_like_training_may_be_no_story() -> None:
    """The chance 1 - a + b is within [0, 1] as stated, and 1.2 with training's a alone."""
    phases = phase("train", "a = 0.1, b = 0") + phase("use", "a = 0.9, b = 0.3")
    data = group(story(event("1 - axis.a + axis.b", 'phase == "use"') + phases, "e"))
    assert "no effects: deployment like training is no story" in data.attrs["note"]
    assert "risk_effect" not in data


def test_many_axes_are_set_one_by_one() -> None:
    """Each of 11 axes goes from 0 to .05; the chance is their sum: .55, .5 with one as in training."""
    names = [f"a{i}" for i in range(11)]
    phases = phase("train", "a0 = 0") + phase("use", ", ".join(f"{name} = 0.05" for name in names))
    data = group(story(event(" + ".join(f"axis.{name}" for name in names)) + phases, "e"))
    assert data.attrs["note"] == "11 axes matter, too many to share their effects out"
    assert data["alone_risk"].values == pytest.approx([0.5] * 11, abs=1e-12)
    assert data["return_risk"].values == pytest.approx([0.05] * 11, abs=1e-12)
    assert "risk_effect" not in data


def test_a_story_without_axes_says_so() -> None:
    assert group(story(event("0.1") + '[[phases]]\nname = "train"\n', "e")).attrs["note"] == (
        "the story's phases have no axes"
    )


def of_training(phases: list[dict[str, Any]]) -> list[bool]:
    usual = ["training", *["deployment"] * len(phases)]
    return [each.get("kind", kind) == "training" for each, kind in zip(phases, usual, strict=False)]


def at_step(raw: Any, step: int) -> Any:
    """A number as it is at the first step of a phase, of which this is the number."""
    return re.sub(r"\bround\b", "0", re.sub(r"\bstep\b", str(step), raw)) if isinstance(raw, str) else raw


def like_training(doc: dict[str, Any], axes: set[str]) -> dict[str, Any]:
    """The raw story with these axes of deployment as at the first step of training, as text edits."""
    phases = [dict(each) for each in doc["phases"]]
    first = of_training(phases).index(True)
    step = sum(each.get("repeat", 1) for each in phases[:first])
    there = {axis: at_step(phases[first].get("axes", {}).get(axis, 0), step) for axis in axes}
    for each, training in zip(phases, of_training(phases), strict=True):
        if not training:
            each["axes"] = {**each.get("axes", {}), **there}
    return {**doc, "phases": phases}


def agree(text: str) -> None:
    """Each set of axes by enumeration of the edited story, and the Shapley values from their definition."""
    doc = tomllib.loads(text)
    names = list(dict.fromkeys(axis for each in doc.get("phases", []) for axis in each.get("axes", {})))
    assume(names and len(set(of_training(doc["phases"]))) == 2)
    worst = [name for name, each in doc["outcomes"].items() if each["kind"] == "catastrophic"]
    risk = {}
    for size in range(len(names) + 1):
        for members in combinations(names, size):
            try:
                q = naive.outcome_probabilities(like_training(doc, set(members)), {})
            except naive.NaiveError:
                assume(False)
            risk[frozenset(members)] = sum(p for (end, _), p in q.items() if end in worst)
    data = group(text)
    assume("risk_effect" in data)
    for name in names:
        rest = [frozenset(s) for n in range(len(names)) for s in combinations(set(names) - {name}, n)]
        n = len(names)
        weights = {s: factorial(len(s)) * factorial(n - len(s) - 1) / factorial(n) for s in rest}
        want = sum(weight * (risk[s] - risk[s | {name}]) for s, weight in weights.items())
        assert float(data["risk_effect"].sel(axis=name)) == pytest.approx(want, abs=1e-9), name
        assert float(data["alone_risk"].sel(axis=name)) == pytest.approx(risk[frozenset({name})], abs=1e-9)
    whole = risk[frozenset()] - risk[frozenset(names)]
    assert float(data["risk_effect"].sum()) == pytest.approx(whole, abs=1e-9)


@settings(max_examples=25, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.pointed_stories())
def test_effects_are_those_of_edited_stories(text: str) -> None:
    agree(text)


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.pointed_stories())
def test_effects_are_those_of_edited_stories_on_many(text: str) -> None:
    agree(text)


def test_sampled_worlds_agree_with_the_diagram() -> None:
    """Within five standard errors, of few numbers: missed once in 10,000 runs."""
    text = story(PRODUCT + TWO, "e")
    sampled = group(text, engine="montecarlo")
    off = np.abs(sampled["risk_effect"].values - [0.16, 0.12])
    assert (off <= 5 * sampled["risk_effect_error"].values).all()
    assert sampled.attrs["how"] == "worlds-sampled"


def test_the_section_says_where_the_danger_falls() -> None:
    """By hand above: .1 / .28 of the danger in training; like training, harm is .19 and not .28."""
    text = story(event("axis.a") + phase("train", "a = 0.1") + phase("use", "a = 0.2"), "e")
    lines = render(answers(result(text, "outcomes", "kinds", "axes")), Paper(100)).splitlines()
    start = lines.index("Axes, not phases")
    assert lines[start + 1 : start + 3] == [
        "Danger      36 % of it falls in training (train 36 %, use 64 %)",
        "Adds to it  a +9 pts; the risk is 28 %, and 19 % with deployment like training",
    ]
