"""The naive interpreter's expressions, and what it refuses."""

import math

import pytest

from tests import naive
from tests.hand_stories import HALF, THREE, doc_of, event, lost

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
