"""Conditions: what is left out, what is negated, what may bring an event about; each by a closed form."""

import pytest

from tests.compiling.endings import ends
from tests.short_stories import ASSUMPTION, story


def test_a_case_without_a_condition_always_applies() -> None:
    a = ASSUMPTION.format(name="a", credence=0.9) + "[[assumptions.a.given]]\ncredence = 0.6\n"
    e = "[events.e]\nchance = 0.1\ngiven = [{ chance = 0.25 }, { if = 'a', chance = 0.5 }]\n"
    found = ends(story(a + e, "not a", "e"))
    assert found == pytest.approx({"bad": 0.4, "poor": 0.6 * 0.25, "good": 0.6 * 0.75}, abs=1e-15)


def test_unequal_is_not_equal_also_where_there_is_no_option_yet() -> None:
    """At the first step `prev.m` is no option: `==`, `in` and tags are false of it, `!=` is true."""
    choice = (
        "[choices.m]\nevery_step = true\n"
        'options = { x = { weight = 1, tags = ["t"] }, y = { weight = 3, tags = ["t"] } }\n'
    )
    for test, chance in {
        "prev.m == 'x'": 0.0,
        "prev.m in ('x', 'y')": 0.0,
        "prev.m.t": 0.0,
        "prev.m != 'x'": 1.0,
        "not prev.m == 'x'": 1.0,
    }.items():
        assert ends(story(choice, test))["bad"] == chance, test
    assert (
        ends(story(choice.replace("every_step = true", "every_step = true\ninitial = 'x'"), "prev.m != 'x'"))[
            "bad"
        ]
        == 0
    )


def test_an_event_stands_for_an_option_as_a_cause() -> None:
    """By hand, as a noisy-or: 1 - 0.9 (0.02 * 0 + 0.08 / 2 + 0.9) = 0.154."""
    body = (
        "[choices.ps]\noptions = { correct = { weight = 0.9 }, defective = { weight = 0.08 }, "
        "failed = { weight = 0.02 } }\n"
        "[events.ps_failed]\nwhen = 'ps == \"failed\"'\n[events.ps_defective]\nwhen = 'ps == \"defective\"'\n"
        "[events.p]\ncauses = { ps_failed = 1.0, ps_defective = 0.5 }\nleak = 0.1\n"
    )
    want = 1 - 0.9 * (0.08 * 0.5 + 0.9)
    assert want == pytest.approx(0.154, abs=1e-15)
    assert ends(story(body, "p"))["bad"] == pytest.approx(want, abs=1e-15)
