"""Through what each end came about first, by hand, by enumeration, and as sums that add up."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import sensa.stories
from sensa.analyses.modes import NO_MODES
from sensa.pipeline import analyse
from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render
from sensa.stories.problems import StoryError
from tests import naive, strategies
from tests.naive.interpreter import Story, World, ending, worlds
from tests.short_stories import ASSUMPTION, model, result, story

UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
CHAIN = """
[events.drifts]
claim = "c"
mode = "inner-misalignment"
chance = 0.5
[events.deceives]
claim = "c"
mode = "deceptive-alignment"
requires = ["drifts"]
chance = 0.4
[events.unseen]
claim = "c"
mode = "unmodelled"
chance = 0.1
"""


def flows(text: str, **options: Any) -> Any:
    return result(text, "modes", **options)["modes"].to_dataset()


def row(data: Any, outcome: str, variable: str = "flow") -> dict[str, float]:
    chosen = data[variable].sel(outcome=outcome)
    return dict(zip(data[chosen.dims[0]].values.tolist(), chosen.values.tolist(), strict=True))


def test_what_another_depends_on_comes_first_and_ties_are_split() -> None:
    """P(bad) = .5 (1 - .6 x .9) + .5 x .1 = .28; drifts and unseen both: .05, half to each."""
    data = flows(story(CHAIN, "deceives or unseen"))
    assert row(data, "bad") == pytest.approx(
        {"inner-misalignment": 0.205, "deceptive-alignment": 0.0, "unmodelled": 0.075, "none": 0.0}, abs=1e-12
    )
    assert float(data["tied"].sel(outcome="bad")) == pytest.approx(0.05, abs=1e-12)
    # good otherwise: .5 x .6 x .9 drifted and came to nothing, .5 x .9 without any of them
    assert row(data, "good") == pytest.approx(
        {"inner-misalignment": 0.27, "deceptive-alignment": 0.0, "unmodelled": 0.0, "none": 0.45}, abs=1e-12
    )
    assert data["kind_flow"].sel(kind="catastrophic").values == pytest.approx(
        list(row(data, "bad").values()), abs=1e-12
    )


def test_shapley_values_are_what_modes_add_over_all_orders() -> None:
    """v = .2 with drifts and deceives, .1 with unseen, .28 with all, else 0: .28 / 3 each."""
    data = flows(story(CHAIN, "deceives or unseen"))
    third = 0.28 / 3
    assert row(data, "bad", "shapley") == pytest.approx(
        {"inner-misalignment": third, "deceptive-alignment": third, "unmodelled": third, "none": 0.0},
        abs=1e-12,
    )


TWO_STEPS = """
[[phases]]
name = "a"
[[phases]]
name = "b"
[events.x]
claim = "c"
mode = "other"
every_step = true
chance = 0.3
[events.y]
claim = "c"
mode = "inner-misalignment"
every_step = true
chance = 0.2
"""


def test_an_earlier_step_comes_first() -> None:
    """P(bad) = 1 - .7 x .8 = .44 at step 2, whatever step 1 was: x alone .24, y .14, both .06, none .56.

    other: .44 (.24 + .03) + .56 (.24 + .03) = .27; inner: .44 x .17 + .56 x .17 = .17.
    """
    data = flows(story(TWO_STEPS, "phase == 'b' and (x or y)"))
    assert row(data, "bad") == pytest.approx(
        {"other": 0.27, "inner-misalignment": 0.17, "none": 0.0}, abs=1e-12
    )
    assert row(data, "good") == pytest.approx(
        {"other": 0.56 * 0.27, "inner-misalignment": 0.56 * 0.17, "none": 0.56 * 0.56}, abs=1e-12
    )


def test_what_only_prevents_an_end_is_not_on_the_way_to_it() -> None:
    """caught is halted with .8, which prevents bad: P(bad) = .1 (1 - .3 x .8); P(poor) = .24."""
    body = """
[events.caught]
claim = "c"
mode = "other"
chance = 0.3
[events.unseen]
claim = "c"
mode = "unmodelled"
chance = 0.1
[safeguards.watch]
claim = "c"
against = ["caught"]
power = 0.8
action = "halt"
"""
    data = flows(story(body, "unseen and not halted", "halted"))
    assert row(data, "bad") == pytest.approx({"other": 0.0, "unmodelled": 0.076, "none": 0.0}, abs=1e-12)
    assert row(data, "poor") == pytest.approx({"other": 0.24, "unmodelled": 0.0, "none": 0.0}, abs=1e-12)
    assert row(data, "bad", "shapley")["other"] == pytest.approx(-0.012, abs=1e-12)  # the mean of 0 and -.024


def test_criteria_come_from_the_first_violated_assumptions() -> None:
    """Of a (.3 violated) and b (.2): a alone .24; poor needs only b, so a is not on the way to it."""
    text = story(
        ASSUMPTION.format(name="a", credence=0.7)
        + ASSUMPTION.format(name="b", credence=0.8).replace("goal.desirability", "rationale.nudges"),
        "not a and b",
        "not b",
    )
    data = flows(text)
    assert data.attrs["note"] == NO_MODES
    assert row(data, "bad", "criterion_flow") == pytest.approx(
        {"goal_alignment": 0.24, "rationale_alignment": 0.0, "none": 0.0}, abs=1e-12
    )
    assert row(data, "poor", "criterion_flow") == pytest.approx(
        {"goal_alignment": 0.0, "rationale_alignment": 0.2, "none": 0.0}, abs=1e-12
    )
    assert row(data, "good", "criterion_flow")["none"] == pytest.approx(0.56, abs=1e-12)


def test_a_library_story_flows_as_an_enumeration_of_its_worlds_says() -> None:
    """Modes on the way to each end of `deceptive_capability.toml`, as read off the story."""
    file = Path(sensa.stories.__path__[0]) / "library" / "deceptive_capability.toml"
    doc = tomllib.loads(file.read_text())
    theta = {path: _mean(_at(doc, path)) for path in naive.parameters(doc)}
    all_four = {"wants_otherwise", "plays_along", "sells_access", "unforeseen"}
    behind = {"taken_over": all_four, "retrained": {"wants_otherwise"}, "works": all_four}
    wanted: dict[tuple[str, str], float] = {}

    def ask(world: World) -> tuple[str, frozenset[str]]:
        return str(ending(world)), frozenset(name for name in sorted(all_four) if world.look(name))

    for (end, happened), p in worlds(Story(doc, theta), 0, {}, {}, ask):
        first = happened & behind.get(end, set())
        first -= {"plays_along"} if "wants_otherwise" in first else set()
        labels = {doc["events"][name]["mode"] for name in first} or {"none"}
        for label in labels:
            wanted[end, label] = wanted.get((end, label), 0.0) + p / len(labels)
    data = flows(file.read_text())
    for end in doc["outcomes"]:
        for label, value in row(data, end).items():
            assert value == pytest.approx(wanted.get((end, label), 0.0), abs=1e-12), (end, label)


def _at(doc: Any, path: str) -> Any:
    for key, index in re.findall(r"(\w+)|\[(\d+)\]", path):
        doc = doc[key] if key else doc[int(index)]
    return doc


def _mean(raw: Any) -> float:
    if "beta" in raw:
        return float(raw["beta"][0] / sum(raw["beta"]))
    return float((raw["held"] + 0.5) / (raw["trials"] + 1))


@settings(max_examples=40, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.pointed_stories())
def test_flows_add_up_to_the_outcome(text: str) -> None:
    """Of any story, by the naive interpreter; none is negative, and Shapley values add up as well."""
    try:
        data = flows(text, engine="exact")
    except StoryError:
        return
    doc = tomllib.loads(text)
    whole = dict.fromkeys(doc["outcomes"], 0.0)
    for (outcome, _), p in naive.outcome_probabilities(doc, {}).items():
        whole[outcome] += p
    for variable in ("flow", "criterion_flow", "shapley"):
        if variable in data:
            for outcome in data["outcome"].values.tolist():
                assert sum(row(data, outcome, variable).values()) == pytest.approx(whole[outcome], abs=1e-9)
            if variable != "shapley":
                assert (data[variable].values >= -1e-12).all()


def test_sampled_flows_add_up_in_the_same_worlds() -> None:
    """Flows are of the same worlds; four standard errors of .205 are missed by one seed in 16,000."""
    data = flows(story(CHAIN, "deceives or unseen"), engine="montecarlo", seed=5)
    assert data.attrs["how"] == "worlds-sampled"
    assert data["flow"].sum().item() == pytest.approx(1.0, abs=1e-9)
    off = abs(row(data, "bad")["inner-misalignment"] - 0.205)
    assert off <= 4 * float(data["flow_error"].sel(outcome="bad", mode="inner-misalignment"))


def test_the_section_adds_up_by_kind_and_says_what_was_split() -> None:
    """With unseen at .2: .5 (1 - .6 x .8) + .5 x .2 = .36, of which .1 is split."""
    text = story(CHAIN.replace("chance = 0.1", "chance = 0.2"), "deceives or unseen")
    lines = render(answers(analyse(model(text), ["outcomes", "modes"])), Paper(80)).splitlines()
    at = [line for line in lines if line.startswith(("inner", "your own", "none of", "Split"))]
    assert [re.split(r" {2,}", line)[:3] for line in at[:3]] == [
        ["inner-misalignment", "21 %", "0 %"],
        ["your own placeholder", "15 %", "0 %"],
        ["none of them", "0 %", "0 %"],
    ]
    assert at[3].endswith("several modes came first at once in 10 % (bad): shared equally")
