"""The naive interpreter against values worked out by hand, one tiny story for each rule."""

import pytest

from tests import naive
from tests.hand_stories import HALF, A, assumption, challenge, doc_of, event, lost

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
