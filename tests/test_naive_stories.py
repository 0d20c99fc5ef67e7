"""The naive interpreter on whole stories: those with published enumerations, and generated ones."""

import json
import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests import naive, strategies

CASES = Path(__file__).parents[2] / "shared" / "cases"

# The three stories with published enumerations. Their means are good to 3e-4, their quantiles to 1 %; what
# is added for ours are the errors of our own points, which are fixed by the seed.


def case(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if not CASES.is_dir():
        pytest.skip("the stories with known answers are not beside this checkout")
    text = (CASES / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text), json.loads((CASES / f"{name}.answers.json").read_text(encoding="utf-8"))


def sampled(doc: dict[str, Any], n: int, **do: bool) -> tuple[list[str], np.ndarray]:
    """The probabilities (sample, outcome, step) over n values of the parameters."""
    outcomes = list(doc["outcomes"])
    answers = [naive.outcome_probabilities(doc, theta, do) for theta in naive.sample_theta(doc, n, seed=5)]
    steps = 1 + max(step for _, step in answers[0])
    return outcomes, np.array([[[q[o, t] for t in range(steps)] for o in outcomes] for q in answers])


def assert_published(doc: dict[str, Any], answers: dict[str, Any], n: int, within: float) -> np.ndarray:
    outcomes, q = sampled(doc, n)
    means = {}
    for k, outcome in enumerate(outcomes):
        published = answers["outcomes"][outcome]
        means[outcome] = q[:, k].sum(axis=1).mean()
        assert means[outcome] == pytest.approx(published["mean"], abs=within)
        assert q[:, k].mean(axis=0) == pytest.approx(published["by_step"], abs=within)
    fail_safe = sum(means[o] for o in outcomes if doc["outcomes"][o]["kind"] == "fail_safe")
    ratio = fail_safe / (1 - means["success"])
    assert ratio == pytest.approx(answers["fail_safe_given_failure"], abs=2 * within)
    return q


STORIES = ["cat_classifier", "iterative_deployment", "microscope_ai"]


@pytest.mark.parametrize(
    ("name", "n"), [("cat_classifier", 256), ("iterative_deployment", 64), ("microscope_ai", 256)]
)
def test_the_published_enumerations(name, n):
    assert_published(*case(name), n=n, within=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", STORIES)
def test_the_published_enumerations_closely(name):
    doc, answers = case(name)
    n = 1024
    q = assert_published(doc, answers, n=n, within=1e-3).sum(axis=2)
    for k, outcome in enumerate(doc["outcomes"]):
        for level, value in answers["outcomes"][outcome]["quantiles"].items():
            # five standard deviations of independent points: a false alarm in 2e6 such comparisons
            error = 5 * math.sqrt(float(level) * (1 - float(level)) / n)
            assert (q[:, k] <= value).mean() == pytest.approx(float(level), abs=error)


@pytest.mark.slow
@pytest.mark.parametrize("name", STORIES)
def test_the_published_interventions(name):
    doc, answers = case(name)
    for key, value in (("violated", False), ("holds", True)):
        for assumption_name, published in answers[key].items():
            outcomes, q = sampled(doc, 256, **{assumption_name: value})
            means = dict(zip(outcomes, q.sum(axis=2).mean(axis=0), strict=True))
            assert means == pytest.approx(published, abs=2e-3)


# Generated stories.

GENERATED = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@GENERATED
@given(strategies.cases())
def test_a_story_ends_in_one_way(drawn):
    text, doc, theta = drawn
    assert text.count("otherwise = true") == 1
    assert list(theta) == naive.parameters(doc)
    assert {"catastrophic", "fail_safe"} <= {outcome["kind"] for outcome in doc["outcomes"].values()}
    chances = naive.outcome_probabilities(doc, theta)
    assert all(0 <= chance <= 1 + 1e-12 for chance in chances.values())
    assert sum(chances.values()) == pytest.approx(1, abs=1e-12)


@GENERATED
@given(strategies.cases(strategies.SMALL))
def test_an_intervention_does_what_it_says(drawn):
    _, doc, theta = drawn
    for name in doc["assumptions"]:
        for value in (True, False):
            told = naive.outcome_probabilities(doc, theta, {name: value})
            assert sum(told.values()) == pytest.approx(1, abs=1e-12)
        asked = {**doc, "outcomes": {"lost": {"when": name}, "rest": {"otherwise": True}}}
        assert naive.outcome_probabilities(asked, theta, {name: True})["lost", 0] == 1
        assert naive.outcome_probabilities(asked, theta, {name: False})["lost", 0] == 0


@GENERATED
@given(strategies.cases(strategies.SMALL))
def test_what_is_observed_agrees_with_the_outcomes(drawn):
    _, doc, theta = drawn
    chances = naive.outcome_probabilities(doc, theta)
    joint = naive.joint_violated(doc, theta)
    for (_, outcome), chance in joint.items():
        ends = sum(p for (name, _), p in chances.items() if name == outcome)
        assert 0 <= chance <= ends + 1e-12
    # In one step: P(violated) is P(lost) in the story that is lost where the assumption is violated.
    for name, chance in naive.violated(doc, theta).items():
        asked = {**doc, "outcomes": {"lost": {"when": f"not {name}"}, "rest": {"otherwise": True}}}
        assert chance == pytest.approx(naive.outcome_probabilities(asked, theta)["lost", 0], abs=1e-12)
    assert all(0 <= chance <= 1 + 1e-12 for chance in naive.criteria(doc, theta).values())
    assert math.isfinite(naive.expected_loss(doc, theta))


FEATURES = [
    *("undercut", "rebut", "leaves", "requires", "causes", "leak", "[[choices", "[[events", "bits", "tags"),
    *(
        "constraints =",
        "nudges =",
        "rows =",
        "false_alarm",
        "[criteria]",
        "[[dependence]]",
        "warn",
        "initial",
    ),
    *("[[phases]]", "repeat", "axis.", "prev.", "phase ==", "round", "halted", "experts", "extrapolate"),
    *(
        "quantiles",
        "likelihood",
        "at_least(",
        "exactly(",
        "log(",
        "sqrt(",
        "race(",
        "within(",
        " in (",
        "rows =",
    ),
]


@pytest.mark.slow
def test_every_feature_is_generated():
    texts = []

    @settings(GENERATED, max_examples=400, derandomize=True, database=None, phases=[Phase.generate])
    @given(strategies.stories())
    def collect(text):
        texts.append(text)

    collect()
    assert [feature for feature in FEATURES if not any(feature in text for text in texts)] == []
