"""What danger requires: interventions as stories rewritten for the naive interpreter; limits by hand."""

import copy
import math
import tomllib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from sensa.analyses.capabilities import NO_CAPABILITIES, _crossings, zero_failure_trials
from sensa.pipeline import analyse
from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render
from tests import naive, strategies
from tests.short_stories import ASSUMPTION, HEAD, model, result, story

# Two behaviours need `capable`, which an evaluation looks for at every step and an assumption says is absent;
# one of them needs opacity too. Three steps; every number is a point.
STEPS = """
[[phases]]
name = "training"
axes = { skill = "0.2 + 0.1 * step" }
[[phases]]
name = "deployment"
repeat = 2
axes = { skill = "0.3 + 0.2 * step" }
[assumptions.too_small]
claim = "Models of this size do not learn it"
part = "rationale.constraints"
credence = 0.9
evidence = [{ source = "Scaling study" }]
[assumptions.legible]
claim = "What it plans can be read"
part = "rationale.constraints"
credence = 0.7
evidence = [{ source = " Scaling study " }]
[events.capable]
claim = "It can plan over weeks"
every_step = true
when = "not too_small"
chance = "axis.skill"
leak = 0.02
[events.deceives]
claim = "It plays along"
mode = "deceptive-alignment"
every_step = true
requires = ["capable", "not legible"]
chance = 0.6
leak = 0.01
[events.escapes]
claim = "It copies itself"
mode = "other"
every_step = true
requires = ["capable"]
when = "not halted"
given = [{ if = "deceives", chance = 0.5 }]
chance = 0.1
[safeguards.elicitation]
claim = "Evaluations elicit it"
every_step = true
against = ["capable"]
power = 0.7
false_alarm = 0.05
action = "halt"
[outcomes.lost]
kind = "catastrophic"
when = "escapes or deceives and not halted"
[outcomes.stopped]
kind = "fail_safe"
when = "halted"
[outcomes.works]
kind = "success"
otherwise = true
"""
RAW = tomllib.loads(HEAD + STEPS)
Change = Callable[[dict[str, Any]], None]


def risk(*changes: Change, do: dict[str, bool] | None = None) -> float:
    """P(lost) of the changed story, by enumeration."""
    doc = copy.deepcopy(RAW)
    for change in changes:
        change(doc)
    ends = naive.outcome_probabilities(doc, {}, do)
    return sum(p for (outcome, _), p in ends.items() if outcome == "lost")


def capable(chance: float) -> Change:
    def change(doc: dict[str, Any]) -> None:
        doc["events"]["capable"] = {"claim": "c", "every_step": True, "chance": chance}

    return change


def unseen(doc: dict[str, Any]) -> None:
    doc["safeguards"]["elicitation"]["against"] = ["false"]


def leaking(event: str, leak: float) -> Change:
    def change(doc: dict[str, Any]) -> None:
        doc["events"][event]["leak"] = leak

    return change


def requiring(event: str, *conditions: str) -> Change:
    def change(doc: dict[str, Any]) -> None:
        doc["events"][event]["requires"] = list(conditions)

    return change


@pytest.fixture(scope="module")
def found() -> Any:
    return result(HEAD + STEPS, "capabilities")["capabilities"].to_dataset()


def close(value: Any, expected: float) -> None:
    assert float(value) == pytest.approx(expected, abs=1e-12)


def test_what_is_left_is_that_of_the_rewritten_story(found: Any) -> None:
    one = found.sel(capability="capable")
    close(found["risk"], risk())
    close(one["absent"], risk(capable(0.0)))
    close(one["present"], risk(capable(1.0)))
    close(one["gated_in_all"], 1 - risk(capable(0.0)) / risk())
    # missed: there, not seen, and the assumption that says it is absent is violated
    assert (str(one["claimed_absent_by"].values), str(one["unseen_by"].values)) == (
        "too_small",
        "elicitation",
    )
    close(one["missed"], risk(capable(1.0), unseen, do={"too_small": False}))
    opaque = found.sel(capability="not legible")
    close(opaque["absent"], risk(do={"legible": True}))
    close(opaque["present"], risk(do={"legible": False}))
    close(opaque["missed"], risk(do={"legible": False}))
    assert found["required"].values.tolist() == [True, True]


def test_what_a_behaviour_alone_finds_absent_leaves_the_others_as_they_are(found: Any) -> None:
    """`escapes` without its requirement has no leak; `deceives` leaks with 0.01 at every step."""
    gated = found["gated"]
    close(
        gated.sel(behaviour="deceives", capability="capable"),
        1 - risk(requiring("deceives", "false")) / risk(),
    )
    close(
        gated.sel(behaviour="deceives", capability="not legible"),
        1 - risk(requiring("deceives", "false")) / risk(),
    )
    close(
        gated.sel(behaviour="escapes", capability="capable"), 1 - risk(requiring("escapes", "false")) / risk()
    )
    assert math.isnan(gated.sel(behaviour="escapes", capability="not legible"))


def test_another_route_is_a_leak_of_one_and_reaches_limits_where_it_should(found: Any) -> None:
    """The leak of several steps is found by search: at it, the rewritten story has the risk of the limit."""
    for name in ("deceives", "escapes"):
        row = found.sel(behaviour=name)
        close(row["route"], risk(leaking(name, 1.0)))
        for limit, leak in zip(found["limit"].values, row["leak_at"].values, strict=True):
            ends = risk(leaking(name, 0.0)), risk(leaking(name, 1.0))
            assert math.isnan(leak) == (not ends[0] <= limit <= ends[1])
            if not math.isnan(leak):
                assert risk(leaking(name, float(leak))) == pytest.approx(float(limit), rel=1e-9)


def test_gates_open_step_by_step(found: Any) -> None:
    """Of `capable`, drawn at steps that the story reaches; a violation is there from the first step on."""
    close(found["opens"].sel(capability="not legible", step=1), 0.3)
    assert found["opens"].sel(capability="not legible", step=[2, 3]).values.tolist() == [0.0, 0.0]
    ends = copy.deepcopy(RAW)
    ends["outcomes"] = {
        "seen": {"kind": "catastrophic", "when": "capable"},
        **RAW["outcomes"],
    }
    by_step = naive.outcome_probabilities(ends, {})
    for step in range(3):
        close(found["opens"].sel(capability="capable", step=step + 1), by_step["seen", step])
    close(found["chance"].sel(capability="capable"), sum(by_step["seen", step] for step in range(3)))
    ends["outcomes"]["seen"]["when"] = "deceives"
    by_step = naive.outcome_probabilities(ends, {})
    for step in range(3):
        close(found["happens"].sel(behaviour="deceives", step=step + 1), by_step["seen", step])


def test_tipping_points_lie_on_the_lines_between(found: Any) -> None:
    one = found.sel(capability="capable", limit=0.05)
    close(one["present_at"], (0.05 - risk(capable(0.0))) / (risk(capable(1.0)) - risk(capable(0.0))))
    missed = risk(capable(1.0), unseen, do={"too_small": False})
    close(one["missed_at"], (0.05 - risk()) / (missed - risk()))


def test_what_two_capabilities_share_is_named(found: Any) -> None:
    """Nothing in the graph, but a source of evidence; both missed at once."""
    pair = found.sel(capability="capable", other="not legible")
    assert str(pair["shared"].values) == "Scaling study"
    close(pair["missed_both"], risk(capable(1.0), unseen, do={"too_small": False, "legible": False}))


NEEDS = '[events.acts]\nclaim = "c"\nrequires = ["not small"]\nchance = 0.5\n'
LEAKS = NEEDS + "leak = 0.1\n"


def test_trials_without_a_failure_hold_a_limit_by_the_mean_of_jeffreys_posterior() -> None:
    """q = p / 2 where P(not small) = p: 0.25 / (n + 1) <= 0.01 from n = 24, and so where that is stated."""
    text = story(ASSUMPTION.format(name="small", credence=0.9) + NEEDS, "acts")
    data = result(text, "capabilities")["capabilities"].to_dataset()
    assert float(data["trials"].sel(capability="not small", limit=0.01)) == 24
    close(data["present_at"].sel(capability="not small", limit=0.01), 0.02)
    for n, holds in ((24, True), (23, False)):
        stated = story(
            ASSUMPTION.format(name="small", credence=f"{{ held = {n}, trials = {n} }}") + NEEDS, "acts"
        )
        q = float(result(stated, "outcomes")["outcomes"]["mean"].sel(outcome="bad"))
        assert (q <= 0.01 + 1e-12) is holds


@pytest.mark.parametrize("seed", range(20))
def test_the_number_of_trials_is_the_fewest(seed: int) -> None:
    low, high, limit = np.sort(np.random.default_rng(seed).uniform(0, 1, 3))[[0, 2, 1]]
    n = zero_failure_trials(np.array([low]), np.array([high]), np.array([limit]))[0, 0]
    every = [low + (high - low) * 0.5 / (k + 1) <= limit * (1 + 1e-12) for k in range(int(n) + 1)]
    assert every == [False] * int(n) + [True]


def test_no_number_of_trials_holds_what_absence_does_not() -> None:
    found = zero_failure_trials(np.array([0.2, 0.0]), np.array([0.6, 0.1]), np.array([0.1]))
    assert found.tolist() == [[math.inf], [0.0]]


@pytest.mark.parametrize("absent", [0.1, 0.1 * (1 - 1e-15), 0.1 * (1 + 1e-15)])
def test_no_number_of_trials_holds_a_limit_that_absence_just_reaches(absent: float) -> None:
    """Rounding is no room for 10^16 trials, and where the line begins is no crossing that rounding moves."""
    found = zero_failure_trials(np.array([absent]), np.array([0.6]), np.array([0.1]))
    assert found.tolist() == [[math.inf]]
    crossing = _crossings(np.array([absent]), np.array([0.6]), np.array([0.1]))
    assert crossing.tolist() == [[0.0]]


def test_sampled_trials_are_known_up_to_errors() -> None:
    """q = .1 + .4 p is at its limit .1 where p = 0, so that errors decide; it is at .2 where p = .25.

    Trials hold .2 where .4 / (2 (n + 1)) <= .1, from n = 1. P(|t| > 8) = 9e-7 with 15 degrees of freedom.
    """
    text = story(ASSUMPTION.format(name="small", credence=0.9) + LEAKS, "acts")
    sampled = {"engine": "montecarlo", "samples": 1 << 20}
    data = result(text, "capabilities", **sampled)["capabilities"].to_dataset().sel(capability="not small")
    exact = result(text, "capabilities")["capabilities"].to_dataset().sel(capability="not small")
    assert float(exact["trials"].sel(limit=0.1)) == math.inf
    assert math.isnan(data["trials"].sel(limit=0.1))
    assert float(data["trials"].sel(limit=0.2)) == float(exact["trials"].sel(limit=0.2)) == 1
    for name, value in (("present_at", 0.25), ("absent", 0.1), ("present", 0.5)):
        here = (data[name], data[f"{name}_error"])
        found, error = (float(x.sel(limit=0.2) if "limit" in x.dims else x) for x in here)
        assert 0 < error < 0.01
        assert abs(found - value) < 8 * error


def test_certain_and_negated_conditions_and_choices_can_be_set() -> None:
    """P = .25 x .4; with an option that fits 0, with another .4; what is sure to be there can be absent."""
    body = """
[choices.model]
claim = "c"
options = { plain = { weight = 3, tags = ["fits"] }, agent = { weight = 1 } }
[events.sure]
claim = "c"
[events.acts]
claim = "c"
requires = ["sure"]
when = "not model.fits and not halted"
chance = 0.4
"""
    data = result(story(body, "acts"), "capabilities")["capabilities"].to_dataset()
    assert data["capability"].values.tolist() == ["not model.fits", "sure"]
    assert data["required"].values.tolist() == [False, True]
    assert data["absent"].values.tolist() == pytest.approx([0.0, 0.0], abs=1e-12)
    assert data["present"].values.tolist() == pytest.approx([0.4, 0.1], abs=1e-12)
    assert data["gated"].values.tolist() == [pytest.approx([1.0, 1.0], abs=1e-12)]


def test_rows_read_what_a_choice_took_whatever_its_condition_is_set_to() -> None:
    """Rows exclude each other whatever is set: P(plan) = 1/4 x 0.8 + 3/4 x 0.4 as it is.

    With the condition of `acts` always there: P(plan) alone; where it is absent: never.
    """
    body = """
[choices.model]
options = { plain = { weight = 3 }, agent = { weight = 1 } }
[choices.does]
options = { plan = {}, rest = {} }
rows = [
    { if = { model = "agent" }, chances = { plan = 0.8, rest = 0.2 } },
    { if = { model = "plain" }, chances = { plan = 0.4, rest = 0.6 } },
]
[events.acts]
requires = ['model == "agent"']
when = 'does == "plan"'
"""
    data = result(story(body, "acts"), "capabilities")["capabilities"].to_dataset()
    values = data.sel(capability='model == "agent"')
    assert float(values["absent"]) == pytest.approx(0.0, abs=1e-12)
    assert float(values["present"]) == pytest.approx(0.25 * 0.8 + 0.75 * 0.4, abs=1e-12)


def test_sampled_worlds_agree_within_their_errors() -> None:
    """Four standard errors of each of six values: a false alarm once in 2,600 seeds; the seed is fixed."""
    exact = result(HEAD + STEPS, "capabilities")["capabilities"].to_dataset()
    tree = result(HEAD + STEPS, "capabilities", engine="montecarlo", seed=3)
    sampled = tree["capabilities"].to_dataset()
    assert sampled.attrs["how"] == "worlds-sampled"
    assert sampled["claimed_absent_by"].values.tolist() == exact["claimed_absent_by"].values.tolist()
    for name in ("absent", "present", "missed"):
        off = np.abs(sampled[name].values - exact[name].values)
        assert (off <= 4 * sampled[f"{name}_error"].values + 1e-12).all()


def test_a_story_in_which_nothing_is_required_says_so() -> None:
    data = result(story(ASSUMPTION.format(name="a", credence=0.5), "not a"), "capabilities")
    assert data["capabilities"].attrs["note"] == NO_CAPABILITIES


def test_the_section_says_what_is_left_and_how_many_trials_hold_the_limit() -> None:
    text = story(ASSUMPTION.format(name="small", credence=0.9) + NEEDS, "acts")
    text += '[properties.low]\nclaim = "c"\nrequire = "P(catastrophic) <= 0.01"\n'
    lines = render(answers(analyse(model(text), ["capabilities"])), Paper(100)).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("What danger requires"))
    assert lines[at].split()[3:] == ["there", "gates", "absent", "present", "missed"]
    assert lines[at + 1].split("  ")[0] == "not small"
    assert [part for part in lines[at + 1].split("  ") if part.strip()][1:] != []
    said = " ".join(" ".join(lines).split())
    assert "Reaches 1.0 % where not small is there with 2.0 %; 24 trials, none showing it, would hold" in said


UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=100, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.pointed_stories())
def test_interventions_on_generated_stories_are_those_of_rewritten_ones(text: str) -> None:
    """What is an assumption or an event by name, set to be absent and present in the naive interpreter."""
    doc = tomllib.loads(text)
    data = result(text, "capabilities", engine="exact")["capabilities"].to_dataset()
    catastrophic = {name for name, outcome in doc["outcomes"].items() if outcome["kind"] == "catastrophic"}

    def total(changed: dict[str, Any], do: dict[str, bool]) -> float:
        ends = naive.outcome_probabilities(changed, {}, do)
        return sum(p for (outcome, _), p in ends.items() if outcome in catastrophic)

    for text_of in data["capability"].values.tolist() if "capability" in data.dims else ():
        name, sign = text_of.removeprefix("not "), not text_of.startswith("not ")
        for variable, value in (("absent", not sign), ("present", sign)):
            changed = copy.deepcopy(doc)
            if name in doc.get("events", {}):
                kept = {key: v for key, v in doc["events"][name].items() if key in ("every_step", "initial")}
                changed["events"][name] = {"claim": "c", "chance": float(value), **kept}
            elif name not in doc.get("assumptions", {}):
                continue
            do = {} if name in doc.get("events", {}) else {name: value}
            found = float(data[variable].sel(capability=text_of))
            assert found == pytest.approx(total(changed, do), abs=1e-9), (text_of, variable)
