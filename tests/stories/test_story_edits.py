"""Edits of a story: new stories, read and checked like any other, with lines of what they leave alone."""

import tomllib
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.vendor.pretty import pretty

from sensa.compiling import compile_story
from sensa.pipeline import prepare
from sensa.stories.loading import loads
from sensa.stories.numbers.forms.beta import Beta
from sensa.stories.problems import StoryError, path_text
from sensa.stories.story import Story
from sensa.stories.traversal import numbers
from tests.naive import interpreter
from tests.strategies import NOTED, cases, stories

PLAN = """\
format = "training-story/1"
[story]
title = "Plan"
[goal]
class = ["narrow-agent"]
specification = "S"
desirability = "D"
[rationale]
class = ["other"]
constraints = ["C"]
nudges = ["N"]

[assumptions.a]
claim = "A"
part = "goal.specification"
credence = { beta = [9, 1] }  # judged
given = [{ if = "u", credence = 0.5 }]

[assumptions.b]
claim = "B"
part = "goal.specification"
credence = { beta = [8, 2] }

[challenges.c]
against = "b"
kind = "rebut"
claim = "not B"
stands = 0.25

[events.u]
mode = "unmodelled"
chance = 0.125

[events.e]
when = "not a or not b"

[safeguards.s]
against = ["e"]
power = 0.75

[outcomes.bad]
kind = "catastrophic"
when = "e and not s"

[outcomes.stopped]
kind = "fail_safe"
when = "s"

[outcomes.good]
kind = "success"
otherwise = true

[[dependence]]
between = ["assumptions.a.credence", "assumptions.b.credence"]
rank_correlation = 0.5
"""
PLAIN = loads(PLAN, "plan.toml")


def said(edit: Callable[[], Story]) -> list[str]:
    with pytest.raises(StoryError) as caught:
        edit()
    return [str(problem) for problem in caught.value.problems]


def risk(story: Story) -> float:
    """P(bad), exactly."""
    return float(prepare(story).ended.mean[0])


def test_an_edit_gives_a_new_story() -> None:
    edited = PLAIN.with_value("safeguards.s.power", 0.5)
    assert edited.document.safeguards["s"].power == 0.5
    assert PLAIN.document.safeguards["s"].power == 0.75
    assert PLAIN.values == tomllib.loads(PLAN)
    assert edited != PLAIN
    assert edited.digest != PLAIN.digest


def test_a_story_shows_itself_as_it_would_be_written() -> None:
    """Failures of tests print stories: those that Hypothesis generates, and those that edits gave."""
    assert repr(PLAIN) == f"Story(file='plan.toml', text={PLAN!r})"
    assert pretty(PLAIN) == repr(PLAIN)  # what Hypothesis prints of a test that fails
    edited = PLAIN.with_value("safeguards.s.power", 0.5)
    assert repr(edited) == f"Story(file='plan.toml', text={PLAN.replace('power = 0.75', 'power = 0.5')!r})"


def test_several_values_are_checked_together() -> None:
    """Neither can be set alone: each would be above or below the other."""
    low_high = PLAIN.with_value("events.u.chance", {"low": 0.1, "high": 0.2})
    assert said(lambda: low_high.with_value("events.u.chance.low", 0.5))
    both = low_high.with_values({"events.u.chance.low": 0.5, "events.u.chance.high": 0.6})
    assert both.values["events"]["u"]["chance"] == {"low": 0.5, "high": 0.6}


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("assumptions.a.given[0].credence", 0.25, '{ if = "u", credence = 0.25 }'),
        ("assumptions.a.given[0].credence", np.float32(0.25), '{ if = "u", credence = 0.25 }'),
        ("events.u.chance", {"beta": np.array([1, 2])}, "chance = { beta = [1, 2] }"),
        ("events.u.chance", Beta(beta=(1.0, 2.0)), "chance = { beta = [1.0, 2.0] }"),
        ("assumptions.a.expires", date(2999, 1, 2), "expires = 2999-01-02"),
        (("assumptions", "a", "tags"), ("x", "y"), 'tags = ["x", "y"]'),
        ("story.title", 'A "plan"', 'title = "A \\"plan\\""'),
    ],
)
def test_values_as_python_has_them(path: Any, value: Any, text: str) -> None:
    edited = PLAIN.with_value(path, value)
    assert text in edited.to_toml()
    assert loads(edited.to_toml()).document == edited.document


def test_problems_of_edits_say_so_and_others_keep_their_lines() -> None:
    line = PLAN.splitlines().index('when = "e and not s"') + 1
    assert said(lambda: PLAIN.with_value("outcomes.bad.when", "e and not t")) == [
        f"plan.toml:{line}:8 (edited): outcomes.bad.when: unknown name `t`"
    ]
    beta = PLAN.splitlines().index("credence = { beta = [9, 1] }  # judged") + 1
    (problem,) = said(lambda: PLAIN.with_value("assumptions.a.credence", {"beta": [0, 1]}))
    assert problem == (
        f"plan.toml:{beta}:12 (edited): assumptions.a.credence.beta[0]: "
        "alpha of `beta` must be above 0, not `0`"
    )
    assert str(PLAIN.with_value("events.u.chance", 0.5).place("outcomes.bad.when")) == f"plan.toml:{line}:8"
    assert said(lambda: PLAIN.adding("waivers", {"property": "p", "reason": "r"})) == [
        "plan.toml (edited): waivers[0].expires: missing key `expires`"
    ]


def test_what_refers_to_something_taken_out_is_named_with_its_line() -> None:
    line = PLAN.splitlines().index('when = "e and not s"') + 1
    assert said(lambda: PLAIN.without("safeguards.s")) == [
        f"plan.toml:{line}:19: outcomes.bad.when: unknown name `s` (`safeguards.s` is taken out)",
        f"plan.toml:{line + 4}:9: outcomes.stopped.when: unknown name `s` (`safeguards.s` is taken out)",
    ]
    free = PLAIN.with_values({"outcomes.bad.when": "e", "outcomes.stopped.when": "u"}).without("safeguards.s")
    assert free.document.safeguards == {}
    assert "safeguards" not in free.to_toml()
    assert said(lambda: PLAIN.without("events.e", "assumptions.b"))[0].endswith(
        "(`events.e` and `assumptions.b` are taken out)"
    )


def test_elements_of_arrays_move_up_with_their_lines() -> None:
    story = loads(PLAN + "".join(ALLOWED.format(i) for i in range(3)), "plan.toml")
    left = story.without("allow[0]", "allow[2]")
    assert [one.reason for one in left.document.allow] == ["r1"]
    assert left.place("allow[0].reason") == story.place("allow[1].reason")


ALLOWED = '\n[[allow]]\nwarning = "open-challenge"\nitem = "events.e"\nreason = "r{}"\n'


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda s: s.with_value("assumptions.aa.credence", 1), "the story has no `assumptions.aa` ("),
        (lambda s: s.with_value("asumptions.a.credence", 1), "(did you mean `assumptions.a.credence`?)"),
        (lambda s: s.with_value("a.credence", 1), "(did you mean `assumptions.a.credence`?)"),
        (
            lambda s: s.with_value("assumptions.q", {}),
            "the story has no `assumptions.q` (it has `b` and `a`)",
        ),
        (lambda s: s.with_value("assumptions.a.given[1].credence", 1), "has 1 elements, counted from 0)"),
        (
            lambda s: s.with_value("events.u.chance.low", 1),
            "no `events.u.chance.low` (`events.u.chance` is `0.125`)",
        ),
        (lambda s: s.with_value("", 1), "expected a path such as `assumptions.a.credence`, got an empty one"),
        (lambda s: s.without("safeguards.t"), "the story has no `safeguards.t` (it has `s`)"),
        (lambda s: s.adding("events.u", {}), "`events.u` is there already: `with_value` changes it"),
        (
            lambda s: s.violated("u"),
            "no assumption `u` (it is one of `events`; `with_value` changes its numbers)",
        ),
        (lambda s: s.violated("assumptions.a"), "no assumption `assumptions.a` (did you mean `a`?)"),
        (lambda s: s.with_value("story.title", "\ud800"), "story.title: a lone surrogate"),
    ],
)
def test_what_leads_nowhere(edit: Callable[[Story], Story], message: str) -> None:
    with pytest.raises(ValueError, match=r"^.*$") as caught:
        edit(PLAIN)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda s: s.with_value(3, 1), "expected a path such as `assumptions.a.credence`, got `int`"),
        (lambda s: s.with_values([1]), "expected values by path, got `list`"),
        (lambda s: s.violated(s), "expected the name of an assumption, got `Story`"),
        (
            lambda s: s.with_value("events.u.chance", None),
            "events.u.chance: TOML has no `None`; leave the key out",
        ),
        (
            lambda s: s.with_value("events.u", {"chance": {1}}),
            "events.u.chance: `set` is not a value of a story",
        ),
        (lambda s: s.with_value("events.u", {1: 2}), "events.u: a key is text, not `int`"),
    ],
)
def test_what_is_of_another_kind(edit: Callable[[Any], Story], message: str) -> None:
    with pytest.raises(TypeError) as caught:
        edit(PLAIN)
    assert str(caught.value) == message


def test_a_violation_by_hand() -> None:
    """With a violated e is sure, with both holding it cannot be; else by u, which a is given, and c."""
    assert risk(PLAIN.violated("a")) == pytest.approx(0.25, abs=1e-12)
    assert risk(PLAIN.violated("a", "b")) == pytest.approx(0.25, abs=1e-12)
    assert risk(PLAIN.restored("a", "b")) == 0
    not_a = 0.125 * 0.5 + 0.875 * 0.1
    assert risk(PLAIN.restored("b")) == pytest.approx(not_a * 0.25, abs=1e-12)
    not_b = 1 - 0.75 * 0.8
    assert risk(PLAIN.restored("a")) == pytest.approx(not_b * 0.25, abs=1e-12)
    assert PLAIN.violated("a").document.dependence == ()


@settings(deadline=None)
@given(cases(NOTED), st.data())
def test_violated_and_restored_are_interventions(case: Any, data: st.DataObject) -> None:
    """As the naive interpreter sets a truth from outside, at any values of the numbers that are left."""
    text, doc, theta = case
    name = data.draw(st.sampled_from(sorted(doc["assumptions"])))
    holds = data.draw(st.booleans())
    story = loads(text)
    edited = story.restored(name) if holds else story.violated(name)
    stated = {path_text(number.path) for number in numbers(edited.document)} | {"experts.draw"}
    left = {path for path in theta if path.partition(".experts[")[0] in stated}
    expected = interpreter.outcome_probabilities(doc, theta, {name: holds})
    found = interpreter.outcome_probabilities(edited.values, {path: theta[path] for path in left})
    assert found == pytest.approx(expected, abs=1e-12)


@settings(deadline=None)
@given(stories(NOTED), st.data())
def test_edits_make_the_round_trip_through_toml(text: str, data: st.DataObject) -> None:
    """The text that an edited story writes reads as the same document, and compiles to the same graph."""
    story = loads(text)
    for _ in range(data.draw(st.integers(0, 3))):
        story = edited(story, data)
    again = loads(story.to_toml())
    assert again.document == story.document
    assert compile_story(again) == compile_story(story)


def edited(story: Story, data: st.DataObject) -> Story:
    """An edit that any generated story can take: not of a chance in a row, as points there sum to 1."""
    probabilities = [number.path for number in numbers(story.document) if number.scale == "probability"]
    paths = [path_text(path) for path in probabilities if "rows" not in path]
    tied = {path for pair in story.document.dependence for path in pair.between}
    names = sorted(story.document.assumptions)
    match data.draw(st.sampled_from(["value", "violated", "restored", "adding", "without"])):
        case "value" if set(paths) - tied:
            path = data.draw(st.sampled_from(sorted(set(paths) - tied)))
            keys = path.rpartition(".")[0]
            return story.with_value(path, 0.375) if keys else story
        case "violated":
            return story.violated(data.draw(st.sampled_from(names)))
        case "restored":
            return story.restored(data.draw(st.sampled_from(names)))
        case "adding":
            name = f"new{len(story.document.events)}"
            return story.adding(f"events.{name}", {"chance": 0.5, "given": [{"if": "true", "chance": 0.25}]})
        case "without" if story.document.dependence:
            return story.without("dependence[0]")
    return story
