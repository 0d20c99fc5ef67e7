"""The naive interpreter against values worked out by hand, one tiny story for each rule."""

import math
import tomllib
from typing import Any

import pytest

from tests import naive

OUTCOMES = """
[outcomes.lost]
kind = "catastrophic"
when = '{when}'
[outcomes.rest]
kind = "fail_safe"
otherwise = true
"""


def doc_of(text: str, when: str = "true") -> dict[str, Any]:
    return tomllib.loads(text + OUTCOMES.format(when=when))


def lost(text: str, when: str, theta: dict[str, float] | None = None, **do: bool) -> float:
    """P(the expression is true at some step of the story)."""
    chances = naive.outcome_probabilities(doc_of(text, when), theta or {}, do)
    return sum(chance for (outcome, _), chance in chances.items() if outcome == "lost")


def assumption(name: str, credence: str, rest: str = "") -> str:
    return f'[assumptions.{name}]\nclaim = ""\npart = "goal.desirability"\ncredence = {credence}\n{rest}\n'


def event(name: str, rest: str) -> str:
    return f'[events.{name}]\nclaim = ""\n{rest}\n'


def challenge(name: str, against: str, kind: str, stands: float, leaves: float | None = None) -> str:
    left = "" if leaves is None else f"leaves = {leaves}\n"
    head = f'[challenges.{name}]\nclaim = ""\nagainst = "{against}"\nkind = "{kind}"\n'
    return f"{head}stands = {stands}\n{left}"


HALF = "".join(assumption(name, "0.5") for name in ("a", "b", "r"))
A = assumption("a", "0.8")
RULES = {
    # Assumptions.
    "a point": (A, "not a", 0.2),
    # 0.5 0.9 + 0.5 0.3: the second case where the first is not in force, never the credence
    "the first true case": (
        assumption("a", "0.5")
        + assumption("x", "0.1", 'given = [{ if = "a", credence = 0.9 }, { if = "true", credence = 0.3 }]'),
        "x",
        0.6,
    ),
    "the credence where no case is": (
        assumption("x", "0.1", 'given = [{ if = "1 > 2", credence = 1 }]'),
        "x",
        0.1,
    ),
    # Challenges: 0.75 0.8
    "rebut": (A + challenge("c", "a", "rebut", 0.25), "a", 0.6),
    # 0.5 0.1 + 0.5 0.8
    "undercut": (A + challenge("c", "a", "undercut", 0.5, 0.1), "a", 0.45),
    # the undercut stands always, and leaves 1, but where the other stands (0.5) the claim is false
    "rebut comes before undercut": (
        A + challenge("c", "a", "undercut", 1, 1) + challenge("d", "a", "rebut", 0.5),
        "a",
        0.5,
    ),
    # 0.5 0.2 + 0.25 0.6 + 0.25 1
    "undercuts in the order written": (
        assumption("a", "1")
        + challenge("z", "a", "undercut", 0.5, 0.2)
        + challenge("c", "a", "undercut", 0.5, 0.6),
        "a",
        0.5,
    ),
    # c stands 0.6 0.5 = 0.3
    "a rebutted challenge": (
        assumption("a", "1") + challenge("c", "a", "rebut", 0.5) + challenge("d", "c", "rebut", 0.4),
        "a",
        0.7,
    ),
    # c stands 0.4 0.1 + 0.6 0.5 = 0.34
    "an undercut challenge": (
        assumption("a", "1") + challenge("c", "a", "rebut", 0.5) + challenge("d", "c", "undercut", 0.4, 0.1),
        "a",
        0.66,
    ),
    # 0.5 0.8 + 0.5 0
    "undercut comes before given": (
        assumption("a", "0.3", 'given = [{ if = "true", credence = 0 }]')
        + challenge("c", "a", "undercut", 0.5, 0.8),
        "a",
        0.4,
    ),
    # not c 0.75, and then a 0.8
    "a challenge is read as a bool": (A + challenge("c", "a", "rebut", 0.25), "c or a", 0.85),
    # Events.
    "an event is sure by default": (HALF + event("e", 'when = "a"'), "e", 0.5),
    # 0.5 0.4 + 0.5 0.1
    "chance and leak": (HALF + event("e", 'when = "a"\nchance = 0.4\nleak = 0.1'), "e", 0.25),
    # 0.25 0.4 + 0.75 0.1
    "requires": (HALF + event("e", 'when = "a"\nrequires = ["r"]\nchance = 0.4\nleak = 0.1'), "e", 0.175),
    # active 0.5: b 0.5 0.8, else 0.2; not active: the leak, though b may hold
    "given of an event": (
        HALF + event("e", 'when = "a"\nchance = 0.2\nleak = 0.1\ngiven = [{ if = "b", chance = 0.8 }]'),
        "e",
        0.5 * (0.5 * 0.8 + 0.5 * 0.2) + 0.5 * 0.1,
    ),
    # 1 - 0.9 (1 - 0.5 0.4) (1 - 0.5 0.2)
    "causes": (HALF + event("e", "causes = { a = 0.4, b = 0.2 }\nleak = 0.1"), "e", 0.352),
    # 0.5 0.352 + 0.5 0.1
    "causes that require": (
        HALF + event("e", 'causes = { a = 0.4, b = 0.2 }\nrequires = ["r"]\nleak = 0.1'),
        "e",
        0.226,
    ),
    # Choices: 1 / 4 and, nudged to 3 / 6, 1 / 2
    "a nudge": (
        HALF
        + """
        [choices.m]
        options = { x = { weight = 1 }, y = { weight = 3 } }
        nudges = [{ if = "a", odds = { x = 3 } }]
        """,
        'm == "x"',
        0.375,
    ),
    # a and b: 0.9; a and not b: 0.2, scaled: 0.2 / 0.8; else 0.5
    "rows": (
        HALF
        + """
        [choices.m]
        options = { x = {}, y = {} }
        rows = [
            { chances = { x = 0.5, y = 0.5 } },
            { if = { a = true, b = true }, chances = { x = 0.9, y = 0.1 } },
            { if = { a = true, b = false }, chances = { x = 0.2, y = "0.6" } },
        ]
        """,
        'm == "x"',
        0.25 * 0.9 + 0.25 * 0.25 + 0.5 * 0.5,
    ),
    # both nudges multiply: 6 / (6 + 3)
    "nudges multiply, always where no `if` is": (
        """
        [choices.m]
        options = { x = { weight = 1 }, y = { weight = 3 } }
        nudges = [{ odds = { x = 3 } }, { if = "true", odds = { x = 2 } }]
        """,
        'm != "y"',
        2 / 3,
    ),
    # where a: x 1 of 4; else x 1 of 8
    "a constraint": (
        HALF
        + """
        [choices.m]
        options = { x = { weight = 1 }, y = { weight = 3 }, z = { weight = 4 } }
        constraints = [{ if = "a", excludes = ["z"] }, { excludes = [] }]
        """,
        'm == "x"',
        (1 / 4 + 1 / 8) / 2,
    ),
    "bits": (
        "[choices.m]\noptions = { x = { bits = 2 }, y = { weight = 0.25 }, z = { bits = 1 } }",
        'm in ("x", "y")',
        0.5,
    ),
    "tags": (
        """
        [choices.m]
        [choices.m.options]
        x = { weight = 1, tags = ["t", "u"] }
        y = { weight = 3 }
        z = { weight = 4, tags = ["u"] }
        """,
        "m.u and not m.t",
        0.5,
    ),
    # a case of a choice has one draw: x and y never both
    "one option at a time": (
        "[choices.m]\noptions = { x = { weight = 1 }, y = { weight = 1 } }",
        'm == "x" and m == "y"',
        0.0,
    ),
    # Safeguards: 1 - 0.9 (1 - 0.5 0.4)^2
    "targets and false alarm": (
        HALF + '[safeguards.s]\nagainst = ["a", "not b"]\npower = 0.4\nfalse_alarm = 0.1',
        "s",
        0.424,
    ),
    # only where r
    "when": (
        HALF + '[safeguards.s]\nagainst = ["a", "b"]\npower = 0.4\nfalse_alarm = 0.1\nwhen = "r"',
        "s",
        0.212,
    ),
    "halts by default": (HALF + '[safeguards.s]\nagainst = ["a"]\npower = 0.4', "halted and s", 0.2),
    "a warning does not halt": (
        HALF + '[safeguards.s]\nagainst = ["a"]\npower = 0.4\naction = "warn"',
        "halted",
        0,
    ),
    # 1 - (1 - 0.2)(1 - 0.3), and the warning counts nothing
    "any that halts": (
        HALF
        + """
        [safeguards]
        s = { against = ["a"], power = 0.4 }
        t = { against = ["b"], power = 0.6 }
        u = { against = ["true"], power = 1, action = "warn" }
        """,
        "halted",
        0.44,
    ),
    # Quantities.
    "derived, through a bool": (
        HALF
        + '[quantities]\nx = { value = 0.25 }\ny = { value = "2 * x if a else x" }\n'
        + event("e", 'chance = "y"'),
        "e",
        0.375,
    ),
    "a guarded number is lazy": (
        "[quantities.x]\nvalue = -1.0\n" + event("e", 'chance = "log(x) if x > 0 else 0.5"'),
        "e",
        0.5,
    ),
    "a number out of force is lazy": (
        "[quantities.x]\nvalue = 0.0\n" + event("e", 'when = "x > 0"\nchance = "1 / x"\nleak = 0.25'),
        "e",
        0.25,
    ),
    # Every name has one truth: a common cause, not two draws.
    "a node is drawn once": (HALF + event("e", 'when = "a"') + event("f", 'when = "a"'), "e and not f", 0.0),
    # the leak and the chance are two draws, but only one of them is ever looked at
    "one story, one step": (HALF, "step == 0 and round == 0 and a", 0.5),
}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_gives_what_the_hand_gives(rule):
    text, when, expected = RULES[rule]
    assert lost(text, when) == pytest.approx(expected, abs=1e-15)


def test_a_credence_left_out_is_a_parameter():
    doc = doc_of('[assumptions.a]\nclaim = ""\npart = "goal.desirability"', "a")
    assert naive.parameters(doc) == ["assumptions.a.credence"]
    assert naive.outcome_probabilities(doc, {"assumptions.a.credence": 0.3})["lost", 0] == 0.3


def test_do_overrides_challenges_and_cases():
    text = assumption("a", "0.5", 'given = [{ if = "true", credence = 0 }]') + challenge("c", "a", "rebut", 1)
    assert lost(text, "a", a=True) == 1.0
    assert lost(text, "a", a=False) == 0.0
    assert lost(text, "c", a=True) == 1.0  # the challenge itself goes on standing


def test_do_leaves_causes_as_they_are():
    text = assumption("a", "0.5") + assumption("b", "0.0", 'given = [{ if = "a", credence = 1 }]')
    assert lost(text, "a", b=True) == 0.5
    assert lost(text, "b", a=True) == 1.0


# Steps.

THREE = '[[phases]]\nname = "training"\nrepeat = 3\n'


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


# Expressions.

VALUES = {
    "1 + 2 * 3 ** 2 / 4 - -1": 6.5,
    "min(3, 1, 2) + max(3, 1, 2)": 4.0,
    "exp(0) + log(exp(2)) + sqrt(9)": 6.0,
    "logistic(0) + logistic(-800) + logistic(800)": 1.5,
    "logit(0.75)": math.log(3),
    "clip(5, 0, 1) + clip(-5, 0, 1) + clip(0.5, 0, 1)": 1.5,
    "within(2, 0.5)": 1 - math.exp(-1),
    "race(1, 3)": 0.25,
    "1 if 1 < 2 <= 2 else 2": 1.0,
    "1 if 1 < 2 < 2 else 2": 2.0,
    "1 if true and not false else 1 / 0": 1.0,
    "1 if any(false, 2 != 2, 1 == 1) else 0": 1.0,
    "1 if all(true, 2 >= 2, 1 > 1) else 0": 0.0,
    "1 if at_least(2, true, false, true) else 0": 1.0,
    "1 if at_least(3, true, false, true) else 0": 0.0,
    "1 if exactly(1, true, false, true) else 0": 0.0,
    "1 if exactly(2, true, false, true) else 0": 1.0,
    "1 if (false if true else true) or false or not not true else 0": 1.0,
}


@pytest.mark.parametrize("text", VALUES)
def test_expressions_of_numbers(text):
    doc = doc_of(f"[quantities.x]\nvalue = '{text}'")
    doc["outcomes"]["lost"]["loss"] = "x"
    assert naive.expected_loss(doc, {}) == pytest.approx(VALUES[text], rel=1e-15)


@pytest.mark.parametrize(
    "text",
    [
        *("log(0)", "log(-1)", "sqrt(-1)", "1 / 0", "(-1) ** 0.5", "exp(1000)", "race(0, 0)", "logit(1)"),
        *(
            "1 + true",
            "1 if 2 else 3",
            "a",
            "1 < 2",
            "unknown",
            "1 // 2",
            "abs(1)",
            "step",
            "axis.shift",
            "x",
        ),
    ],
)
def test_what_is_no_number_is_an_error(text):
    doc = doc_of(HALF + f"[quantities.x]\nvalue = '{text}'", "x > 0")
    with pytest.raises(naive.NaiveError):
        naive.outcome_probabilities(doc, {})


@pytest.mark.parametrize(
    ("text", "when"),
    [
        (event("e", 'chance = "1.5"'), "e"),
        ('[choices.m]\noptions = { x = { weight = 1 } }\nconstraints = [{ excludes = ["x"] }]', 'm == "x"'),
        ("[choices.m]\noptions = { x = { weight = 1 }, y = { weight = -1 } }", 'm == "x"'),
        (event("e", 'when = "f"') + event("f", 'when = "not e"'), "e"),
        (HALF, "a == b"),
        (HALF, "axis.shift > 0"),
        (HALF, "prev.a"),
        (HALF, "a and 1"),
        (THREE + event("e", "every_step = true") + event("f", 'when = "e"'), "f"),
    ],
)
def test_what_the_format_forbids_is_an_error_where_it_is_met(text, when):
    with pytest.raises(naive.NaiveError):
        lost(text, when)
