"""The naive interpreter's steps, by hand: what holds, what remains, what is violated."""

import tomllib

import pytest

from tests import naive
from tests.hand_stories import HALF, THREE, assumption, challenge, doc_of, event


def by_step(text: str, when: str, **do: bool) -> list[float]:
    doc = doc_of(text, when)
    chances = naive.outcome_probabilities(doc, {}, do)
    return [chances["lost", step] for step in range(sum(p.get("repeat", 1) for p in doc["phases"]))]


TWO_PHASES = """
[[phases]]
name = "training"
axes = { shift = 0.5 }
[[phases]]
name = "deployment"
repeat = 2
axes = { updating = "0.25 * (1 + round)", shift = "step / 8" }
"""
TOSSED = """
[choices.m]
every_step = true
options = { x = { weight = 1, tags = ["t"] }, y = { weight = 1 } }
"""
STEPS = {
    "an outcome absorbs": (THREE + event("e", "every_step = true\nchance = 0.5"), "e", [0.5, 0.25, 0.125]),
    # drawn once: it is there at the first step or never
    "drawn once": (THREE + event("e", "chance = 0.5"), "e", [0.5, 0, 0]),
    # a is one truth for all steps
    "a common cause of all steps": (
        THREE + assumption("a", "0.5") + event("e", 'every_step = true\nwhen = "a"\nchance = 0.5'),
        "e",
        [0.25, 0.125, 0.0625],
    ),
    # e one step later than it happens; at the first step `initial`
    "one step before": (THREE + event("e", "every_step = true\nchance = 0.5"), "prev.e", [0, 0.5, 0.25]),
    "initial": (THREE + event("e", "every_step = true\nchance = 0.5\ninitial = true"), "prev.e", [1, 0, 0]),
    # d stays true once it is; lost two steps later
    "a latch": (
        THREE + event("d", 'every_step = true\nwhen = "prev.d"\nleak = 0.5'),
        "prev.d and step == 2",
        [0, 0, 0.75],
    ),
    # an axis that a phase leaves out is 0 there
    "axes": (
        TWO_PHASES + event("e", 'every_step = true\nchance = "axis.updating"'),
        "e",
        [0, 0.25, 0.75 * 0.5],
    ),
    "axes over steps": (
        TWO_PHASES + event("e", 'every_step = true\nchance = "axis.shift"'),
        "e",
        [0.5, 0.5 * 0.125, 0.5 * 0.875 * 0.25],
    ),
    "phase and round": (
        TWO_PHASES + assumption("a", "0.5"),
        'phase == "deployment" and round == 1 and a',
        [0, 0, 0.5],
    ),
    # the choice two options, drawn anew at every step
    "a choice before": (THREE + TOSSED + 'initial = "y"', 'prev.m == "x"', [0, 0.5, 0.25]),
    # at the first step no option was taken: it is neither of them
    "no choice before": (THREE + TOSSED, 'prev.m in ("x", "y") or prev.m == "x" or prev.m.t', [0, 1, 0]),
    "no choice before is unequal to all": (THREE + TOSSED, 'prev.m != "x" and prev.m != "y"', [1, 0, 0]),
    "a tag before": (THREE + TOSSED, "prev.m.t", [0, 0.5, 0.25]),
    "halted at every step": (
        THREE + '[safeguards.s]\nevery_step = true\nagainst = ["true"]\npower = 0.5',
        "halted",
        [0.5, 0.25, 0.125],
    ),
    "a challenge is drawn once": (
        THREE + assumption("a", "1", "every_step = true") + challenge("c", "a", "undercut", 0.5, 0.5),
        "not a",
        [0.25, 0.125, 0.0625],
    ),
}


@pytest.mark.parametrize("rule", STEPS)
def test_steps_give_what_the_hand_gives(rule):
    text, when, expected = STEPS[rule]
    assert by_step(text, when) == pytest.approx(expected, abs=1e-15)


def test_do_holds_at_all_steps_but_not_before_the_first():
    text = THREE + assumption("a", "0.5", "every_step = true")
    assert by_step(text, "a and step == 2", a=True) == [0, 0, 1]
    assert by_step(text, "prev.a", a=True) == [0, 1, 0]


def test_rules_of_outcomes_are_read_in_order_and_the_rest_remains_at_the_last_step():
    doc = tomllib.loads(
        THREE
        + assumption("a", "0.5", "every_step = true")
        + """
        [outcomes]
        rest = { kind = "success", otherwise = true, loss = 1 }
        first = { kind = "fail_safe", when = "a", loss = 2 }
        second = { kind = "catastrophic", when = "true and step > 0", loss = "4 * 2" }
        """
    )
    chances = naive.outcome_probabilities(doc, {})
    assert chances == {
        **{("first", 0): 0.5, ("first", 1): 0.25, ("first", 2): 0.0},
        **{("second", 0): 0.0, ("second", 1): 0.25, ("second", 2): 0.0},
        **{("rest", step): 0.0 for step in range(3)},
    }
    assert naive.expected_loss(doc, {}) == 0.75 * 2 + 0.25 * 8


def test_what_remains_is_at_the_last_step():
    chances = naive.outcome_probabilities(doc_of(THREE, "false"), {})
    assert {key for key, chance in chances.items() if chance} == {("rest", 2)}


def test_violated_counts_the_steps_that_the_story_reached():
    # Two steps; a holds at each with 1/2, the story is lost at each with 1/2.
    # lost, no violation: 1/4 + 1/16; lost: 3/4. rest, no violation: 1/16; rest: 1/4.
    text = '[[phases]]\nname = "p"\nrepeat = 2\n'
    text += assumption("a", "0.5", "every_step = true") + event("e", "every_step = true\nchance = 0.5")
    doc = doc_of(text, "e")
    assert naive.joint_violated(doc, {}) == {("a", "lost"): 0.4375, ("a", "rest"): 0.1875}
    assert naive.violated(doc, {}) == {"a": 0.625}


def test_violated_and_outcome_together():
    # lost where a is violated and e: 0.5 0.4; rest: a violated without e 0.3
    doc = doc_of(HALF + event("e", 'when = "not a"\nchance = 0.4'), "e")
    joint = naive.joint_violated(doc, {})
    assert joint["a", "lost"] == pytest.approx(0.2, abs=1e-15)
    assert joint["a", "rest"] == pytest.approx(0.3, abs=1e-15)
    assert joint["b", "lost"] == pytest.approx(0.1, abs=1e-15)


def test_criteria():
    # a is asked at all three steps, though the story always ends at the first
    text = THREE + assumption("a", "0.5", "every_step = true") + assumption("b", "0.5")
    text += assumption("c", "0.25", 'criterion = "goal_competitiveness"')
    text += '[assumptions.d]\nclaim = ""\npart = "rationale.nudges"\ncredence = 0.125\n'
    doc = doc_of(text, "true")
    assert naive.criteria(doc, {}) == {
        "goal_alignment": 0.5**4,
        "goal_competitiveness": 0.25,
        "rationale_alignment": 0.125,
    }
    doc["criteria"] = {"goal_alignment": "b or c", "rationale_competitiveness": "a or b"}
    assert naive.criteria(doc, {}) == {
        "goal_alignment": 0.625,
        "goal_competitiveness": 0.25,
        "rationale_alignment": 0.125,
        "rationale_competitiveness": 0.5 + 0.5**4,
    }
