"""Paths: closed forms of chains and walks."""

import tomllib
from typing import Any

import numpy as np
import pytest

from sensa.methods.likeliest_paths import Start
from sensa.methods.likeliest_paths import likeliest as best
from sensa.methods.long_run import classes, settled
from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render
from sensa.session import Session
from tests.analyses.path_groups import at, group, phase
from tests.naive.interpreter import outcome_probabilities
from tests.short_stories import ASSUMPTION, result, story

# A gambler's ruin: capital i of 4 goes up with probability p and down with q, from 2 at the start.


def walk(p: float, steps: int, *, ends: str) -> str:
    weights = "\n".join(f"s{i} = {{ weight = 1 }}" for i in range(5))
    body = '[choices.capital]\nclaim = "c"\nevery_step = true\ninitial = "s2"\n'
    body += f"[choices.capital.options]\n{weights}\n"
    for i in range(5):
        here = {i: 1.0} if i in (0, 4) else {i - 1: 1 - p, i + 1: p}
        others = [f"s{j}" for j in range(5) if j not in here]
        body += f"[[choices.capital.constraints]]\nif = 'prev.capital == \"s{i}\"'\nexcludes = {others}\n"
        odds = ", ".join(f"s{j} = {weight}" for j, weight in here.items())
        body += f"[[choices.capital.nudges]]\nif = 'prev.capital == \"s{i}\"'\nodds = {{ {odds} }}\n"
    return story(body + phase(steps), ends, "false").replace("'false'", "'false'")


@pytest.mark.parametrize("p", [0.5, 0.4])
def test_a_gamblers_ruin(p: float) -> None:
    """P(ruin from 2 of 4) = (r^2 - r^4) / (1 - r^4), r = q/p; steps (2 - 4 (1 - r^2) / (1 - r^4)) / (q - p).

    With p = 1/2: 1/2, after 2 (4 - 2) = 4 steps (Feller 1968, XIV.2 and XIV.3).
    """
    q, r = 1 - p, (1 - p) / p
    ruin = 0.5 if p == 0.5 else (r**2 - r**4) / (1 - r**4)
    lasts = 4.0 if p == 0.5 else (2 - 4 * (1 - r**2) / (1 - r**4)) / (q - p)
    data = group(walk(p, 5, ends="capital == 's0'"))
    states = [f"capital: s{i}" for i in range(5)]
    assert at(data, "closed", state=states).tolist() == [1, 0, 0, 0, 2]
    assert float(at(data, "long_run", state="capital: s0")) == pytest.approx(ruin, abs=1e-12)
    assert float(at(data, "long_run", state="capital: s4")) == pytest.approx(1 - ruin, abs=1e-12)
    steps = at(data, "steps_until_closed", state=states)
    assert q * steps[1] + p * steps[3] + 1 == pytest.approx(lasts, abs=1e-12)
    matrix = at(data, "transition", state=states, next=states)
    want = np.zeros((5, 5))
    want[0, 0] = want[4, 4] = 1
    for i in (1, 2, 3):
        want[i, i - 1], want[i, i + 1] = q, p
    assert matrix == pytest.approx(want, abs=1e-12)


def test_first_passage_of_a_gamblers_ruin() -> None:
    """P(ruined by step n) by powers of the transition matrix; mean_step is where it is ruined within them."""
    p, steps = 0.4, 7
    data = group(walk(p, steps, ends="false"))
    matrix = np.zeros((5, 5))
    matrix[0, 0] = matrix[4, 4] = 1
    for i in (1, 2, 3):
        matrix[i, i - 1], matrix[i, i + 1] = 1 - p, p
    want = np.array([np.linalg.matrix_power(matrix, n)[2, 0] for n in range(1, steps + 1)])
    assert at(data, "occurred", value="capital: s0") == pytest.approx(want, abs=1e-12)
    first = np.diff(want, prepend=0.0)
    assert at(data, "first", value="capital: s0") == pytest.approx(first, abs=1e-12)
    mean = first @ np.arange(1, steps + 1) / first.sum()
    assert float(at(data, "mean_step", value="capital: s0")) == pytest.approx(mean, abs=1e-12)


def test_the_likeliest_way_to_ruin_is_straight_down() -> None:
    """From 2, two losses: q^2 = .36 of P(ruin by step 5) = q^2 + 2 p q^3 = .5328, the detours of one gain."""
    data = group(walk(0.4, 5, ends="capital == 's0'"))
    assert at(data, "path", outcome="bad").tolist() == ["capital: s1", "capital: s0", "", "", ""]
    assert float(at(data, "path_chance", outcome="bad")) == pytest.approx(0.36, abs=1e-12)
    ruined = 0.36 + 2 * 0.4 * 0.6**3
    assert float(at(data, "path_share", outcome="bad")) == pytest.approx(0.36 / ruined, abs=1e-12)


TWO = """[choices.model]
claim = "c"
every_step = true
initial = "proxy"
[choices.model.options]
goal = {{ weight = 1 }}
proxy = {{ weight = 1 }}
[[choices.model.nudges]]
if = 'prev.model == "goal"'
odds = {{ goal = {stay_goal} }}
[[choices.model.nudges]]
if = 'prev.model == "proxy"'
odds = {{ proxy = {stay_proxy} }}
"""


def test_a_sticky_choice_of_two() -> None:
    """P(leave goal) = a = 1/5, P(leave proxy) = b = 1/3: goal holds b / (a + b) = 5/8 of the time."""
    data = group(story(TWO.format(stay_goal=4, stay_proxy=2) + phase(4), "model == 'proxy' and step == 3"))
    assert at(data, "long_run", state=["model: goal", "model: proxy"]) == pytest.approx([5 / 8, 3 / 8])
    assert at(data, "closed", state=["model: goal", "model: proxy"]).tolist() == [1, 1]
    # From proxy, P(goal at step n) = 5/8 (1 - (1 - a - b)^n); path dependence of the last state given the one
    # at step t is the square of the chain's correlation over the steps between, weighted by the variances.
    goal = 5 / 8 * (1 - (7 / 15) ** np.arange(1, 5))
    at_end = goal[-1] * (1 - goal[-1])
    want = [(7 / 15) ** (2 * (3 - t)) * goal[t] * (1 - goal[t]) / at_end for t in range(4)]
    assert at(data, "set_by", outcome="bad") == pytest.approx(np.array(want), abs=1e-12)
    assert float(at(data, "set_once", outcome="bad")) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("engine", ["exact", "montecarlo"])
def test_an_uncertain_stickiness_is_averaged_over(engine: str) -> None:
    """The share at each parameter value, not at the mean: E[b / (a + b)], a = 1/(1 + k), by quadrature."""
    text = story(TWO.format(stay_goal="{ uniform = [1, 9] }", stay_proxy=1) + phase(3), "false")
    data = group(text, engine=engine, samples=1 << 20)
    k = np.linspace(1, 9, 200_001)
    shares = 0.5 / (0.5 + 1 / (1 + k))
    want = float(((shares[1:] + shares[:-1]) / 2).mean())
    share, error = (float(at(data, name, state="model: goal")) for name in ("long_run", "long_run_error"))
    assert share == pytest.approx(
        want, abs=max(5 * error, 1e-4)
    )  # missed once in 1,000 at 7 degrees of freedom
    assert data["long_run"].attrs["how"] == "parameters-sampled"


def test_a_chain_given_what_is_drawn_once() -> None:
    """Where a (3/4) goal is left with 1/5 and returned to with 1/3, else left with 1/2: 3/4 5/8 + 1/4 2/5."""
    body = ASSUMPTION.format(name="a", credence=0.75) + TWO.format(stay_goal=4, stay_proxy=2)
    body = body.replace("if = 'prev.model == \"goal\"'", "if = 'prev.model == \"goal\" and a'")
    data = group(story(body + phase(3), "false"))
    want = 0.75 * 5 / 8 + 0.25 * 2 / 5
    assert float(at(data, "long_run", state="model: goal")) == pytest.approx(want, abs=1e-12)


def test_a_chain_by_a_table() -> None:
    """Goal is left with 1/5, proxy with 1/3: 5/8 of the time it is the goal."""
    body = """
[events.was_goal]
every_step = true
when = 'prev.model == "goal"'
[choices.model]
every_step = true
options = { goal = {}, proxy = {} }
rows = [
    { if = { was_goal = true }, chances = { goal = 0.8, proxy = 0.2 } },
    { if = { was_goal = false }, chances = { goal = "1 / 3", proxy = "2 / 3" } },
]
"""
    data = group(story(body + phase(3), "false"))
    states = ["model: goal", "model: proxy"]
    assert at(data, "long_run", state=states) == pytest.approx([5 / 8, 3 / 8], abs=1e-12)


def test_what_is_no_markov_chain_is_said() -> None:
    body = "[events.e]\nevery_step = true\nchance = 0.5\n" + TWO.format(stay_goal=4, stay_proxy=2)
    body = body.replace("if = 'prev.model == \"goal\"'", "if = 'prev.model == \"goal\" and prev.e'")
    data = group(story(body + phase(3), "false"))
    assert "`model` is no Markov chain by itself: it depends on earlier `e` too" in data.attrs["note"]
    assert "long_run" not in data


def test_two_closed_classes_and_one_that_is_passed() -> None:
    """From 0 to {1} with 1/3, to {2, 3} with 2/3, where it alternates. 0 is left after 3/2 steps."""
    transition = np.array([[1 / 3, 2 / 9, 4 / 9, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
    closed = classes(transition)
    assert closed == [0, 1, 2, 2]
    limit, steps = settled(transition, closed)
    assert limit[0] == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3])
    assert steps == pytest.approx([1.5, 0, 0, 0])


def test_a_story_of_one_step_has_no_path() -> None:
    data = group(story(ASSUMPTION.format(name="a", credence=0.5), "not a"))
    assert data.attrs["note"] == "the story has one step, so there is no path to follow"


WATCHED = """[events.drifts]
every_step = true
when = "true"
chance = 0.2
[events.drifted]
every_step = true
when = "prev.drifted or drifts"
[safeguards.probe]
against = ["drifts"]
every_step = true
power = 0.5
"""


def test_look_alikes_by_hand() -> None:
    """Drifting (.2 a step) ends in harm at step 2 unless the probe (.5) has seen it, which halts at once.

    Harm: drifted by step 2 and never seen. Not seen at a step: .8 (no drift) or .1 (missed), .9 in all;
    harm = .9^2 - .8^2 = .17, all of it with the record of the path to success (.64), nothing fired. Halted at
    1: .1, at 2: .9 x .1 = .09. So with a silent first step: harm .17 / .9, halted .09 / .9.
    """
    data = group(story(WATCHED + phase(2), "step == 1 and drifted and not halted", "halted"))
    assert float(at(data, "unseen", outcome="bad")) == pytest.approx(1.0, abs=1e-12)
    assert float(at(data, "unseen", outcome="poor")) == pytest.approx(0.0, abs=1e-12)
    assert at(data, "end_if_so", outcome="bad") == pytest.approx([0.17 / 0.9, 0.17 / 0.81], abs=1e-12)
    assert at(data, "end_if_so", outcome="poor") == pytest.approx([0.09 / 0.9, 0.0], abs=1e-12)
    assert at(data, "looks_wanted", outcome="poor") == pytest.approx([0.09 / 0.19, 0.0], abs=1e-12)
    assert float(at(data, "path_chance", outcome="bad")) == pytest.approx(0.8 * 0.1, abs=1e-12)
    assert float(at(data, "told_apart", outcome="poor")) == float(at(data, "departs", outcome="poor"))


def test_a_perturbation_at_one_step_is_an_intervention_at_that_step() -> None:
    """Choosing goal at step t leaves (1/5) and returns (1/3) from there on: at the last step, 4, by hand."""
    data = group(story(TWO.format(stay_goal=4, stay_proxy=2) + phase(4), "model == 'proxy' and step == 3"))
    goal = 5 / 8 * (1 - (7 / 15) ** 4)
    for step in range(1, 5):
        there = 5 / 8 + 3 / 8 * (7 / 15) ** (4 - step)
        change = float(at(data, "change", perturbation=f"model: goal at step {step}", outcome="bad"))
        assert change == pytest.approx((1 - there) - (1 - goal), abs=1e-12)
    moved = data["moved"].values
    assert (np.diff(moved) <= 1e-12).all()


def test_sampled_worlds_agree_with_the_diagram() -> None:
    """Each of the sampled numbers within six standard errors; of some 60, missed once in 30 runs (t, 7)."""
    text = story(WATCHED + phase(3), "step == 2 and drifted and not halted", "halted")
    exact, sampled = group(text), group(text, engine="montecarlo")
    assert exact["path_chance"].attrs["how"] == "exact"
    assert sampled["path_chance"].attrs["how"] == "worlds-sampled"
    for name, error in (
        ("path_chance", "path_error"),
        ("path_share", "path_share_error"),
        ("looks_wanted", "looks_wanted_error"),
        ("end_if_so", "end_if_so_error"),
        ("unseen", "unseen_error"),
        ("occurred", "occurred_error"),
        ("change", "change_error"),
        ("moved", "moved_error"),
    ):
        off = np.abs(exact[name] - sampled[name].reindex_like(exact[name])).values
        errors = sampled[error].reindex_like(exact[name]).values
        assert (np.nan_to_num(off) <= 6 * np.nan_to_num(errors) + 1e-12).all(), name
        assert np.nanmax(errors) < 0.1, name
        assert np.nanmax(exact[error].values) == 0.0, name


def test_the_share_that_ends_otherwise_has_the_error_of_the_only_change() -> None:
    """Where nothing but bad and good is possible, it is the change of bad, or less that."""
    data = group(story(WATCHED + phase(3), "step == 2 and drifted and not halted"), engine="montecarlo")
    bad = data["change_error"].sel(outcome="bad")
    np.testing.assert_allclose(data["moved"], np.abs(data["change"].sel(outcome="bad")), atol=1e-12)
    np.testing.assert_allclose(data["moved_error"], bad, rtol=1e-9, atol=1e-12)
    assert (bad > 0).any()


def test_a_search_cut_short_says_how_far_off_it_may_be() -> None:
    """Five draws of .6: the likeliest path has .6^5. Extended are 1, then .6, then .4, which leaves .36."""

    class Draws:
        how = "exact"

        def gate(self, gate: int) -> tuple[int, ...]:
            return ()

        def both(self, a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
            return (*a, *b)

        def neither(self, a: tuple[int, ...]) -> tuple[int, ...]:
            return a

        def chance(self, event: tuple[int, ...]) -> float:
            return float(np.prod([0.6 if one else 0.4 for one in event]))

        def estimate(self, event: tuple[int, ...]) -> Any:
            raise NotImplementedError

    start = Start((), (((1,), (0,)),) * 5)
    whole, short = (best(Draws(), [start], most) for most in (4000, 3))
    assert whole is not None
    assert short is not None
    assert whole.chance == whole.bound == pytest.approx(0.6**5)
    assert short.chance <= whole.chance <= short.bound < 1.0
    assert short.bound == pytest.approx(0.36)


def test_do_at_a_step_is_what_a_case_for_that_step_gives() -> None:
    """The naive interpreter on the story with `given = [{ if = "step == t", credence = 0 }]`."""
    body = ASSUMPTION.format(name="a", credence=0.9) + "every_step = true\n{given}"
    text = story(body.format(given="") + phase(3), "not a and prev.a", "not a and not prev.a")
    data = group(text)
    now = outcome_probabilities(tomllib.loads(text), {})
    for step in range(3):
        case = f'given = [{{ if = "step == {step}", credence = 0 }}]\n'
        changed = tomllib.loads(
            story(body.format(given=case) + phase(3), "not a and prev.a", "not a and not prev.a")
        )
        then = outcome_probabilities(changed, {})
        want = sum(then["bad", t] - now["bad", t] for t in range(3))
        got = float(at(data, "change", perturbation=f"not a at step {step + 1}", outcome="bad"))
        assert got == pytest.approx(want, abs=1e-12)


def test_the_section_says_what_to_fear() -> None:
    """From `WATCHED`, by hand above: .08 of .17 is the likeliest way to harm, and all of it is unseen."""
    text = story(WATCHED + phase(2), "step == 1 and drifted and not halted", "halted")
    lines = render(answers(result(text, "outcomes", "kinds", "paths")), Paper(80)).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Paths, to"))
    section = lines[start : lines.index("", start)]
    assert len(section) <= 8
    (bad,) = [line for line in section if line.startswith("▲ bad")]
    assert bad.split()[2:] == ["47", "%", "drifts,", "drifted", "at", "1;", "drifted", "at", "2"]
    assert any(
        line.startswith("Look alike   100 % of bad looks like success until it ends") for line in section
    )


def test_without_a_diagram_the_long_run_is_that_of_the_mean_transitions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The mean of 1 / (1 + k), 1 to 9, is log(5) / 8, which gives the share; 0.01 is 10 standard errors."""
    monkeypatch.setattr(Session, "exact", lambda self, gates: None)
    text = story(TWO.format(stay_goal="{ uniform = [1, 9] }", stay_proxy=1) + phase(3), "false")
    data = group(text, engine="montecarlo", samples=1 << 20)
    assert float(at(data, "long_run", state="model: goal")) == pytest.approx(
        0.5 / (0.5 + np.log(5) / 8), abs=0.01
    )
    assert "the long run of `model` is that of its mean transitions" in data.attrs["note"]


def test_a_long_chain_whose_worlds_are_sampled() -> None:
    """From sampled worlds the long run is that of the same two-state chain, and shares add up to 1."""
    text = story(TWO.format(stay_goal=4, stay_proxy=2) + phase(30), "model == 'proxy' and step == 29")
    data = group(text, engine="montecarlo", samples=1 << 20)
    shares_ = at(data, "long_run", state=["model: goal", "model: proxy"])
    assert shares_.sum() == pytest.approx(1.0, abs=1e-9)
    # 2^20 worlds or more, at two transition probabilities: 0.01 is 10 standard errors.
    assert shares_ == pytest.approx([5 / 8, 3 / 8], abs=0.01)
