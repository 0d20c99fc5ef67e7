"""Whether a property still requires what it did, by cases that a reader can check."""

import pytest

from sensa.reviewing.pipeline import review
from sensa.reviewing.review import Review, state_of
from sensa.reviewing.strictness import as_strict
from sensa.stories.schema.properties import Property
from sensa.stories.story import Story
from tests.comparing.stories import PLAIN, changed, story
from tests.properties.verdicts import TODAY

DOCUMENT = story(PLAIN + '[safeguards.a]\nagainst = ["not narrow"]\npower = 0.5\n').document
BASE = {"require": "P(harm) <= 0.15"}
ONE = {"violate": {"max": 1}}


def strict(now: dict[str, object], then: dict[str, object]) -> bool:
    return as_strict(*(Property.model_validate({**BASE, **one}) for one in (now, then)), DOCUMENT, DOCUMENT)


@pytest.mark.parametrize(
    ("stricter", "looser"),
    [
        ({"require": "P(harm) <= 0.14"}, {}),
        ({"require": "P(harm) < 0.15"}, {}),
        ({"require": "P(fail_safe | failure) >= 0.9"}, {"require": "P(fail_safe | failure) >= 0.8"}),
        ({"require": "P(harm) <= base.P(harm)"}, {"require": "P(harm) <= base.P(harm) + 0.01"}),
        ({}, {"severity": "warning"}),
        ({"quantile": 0.95}, {"quantile": 0.9}),
        ({"forall": ONE}, {}),
        ({"forall": {"violate": {"max": 2}}}, {"forall": ONE}),
        ({"forall": ONE}, {"forall": {"violate": {"max": 1, "min": 1}}}),
        ({"forall": ONE}, {"forall": {"violate": {"max": 1, "among": ("seen",)}}}),
        ({"forall": ONE}, {"forall": {"violate": {"max": 1, "parts": ("goal.desirability",)}}}),
        ({"forall": {"omit": ("*",)}}, {"forall": {"omit": ("b*",)}}),
    ],
)
def test_one_is_stricter_than_the_other(stricter: dict[str, object], looser: dict[str, object]) -> None:
    assert strict(stricter, looser)
    assert not strict(looser, stricter)


@pytest.mark.parametrize("same", [{"claim": "Harm is rare"}, {"require": "0.15 >= P(harm)"}, {"at": "mean"}])
def test_the_same_in_other_words(same: dict[str, object]) -> None:
    assert strict(same, {})
    assert strict({}, same)


@pytest.mark.parametrize(
    "other",
    [{"require": "P(stopped) <= 0.1"}, {"at": "worst"}, {"quantile": 0.9}, {"forall": {"omit": ("*",)}}],
)
def test_what_cannot_be_compared_counts_as_no_less(other: dict[str, object]) -> None:
    assert not strict(other, {})


ALONE = '\n[properties.one]\nrequire = "P(harm) <= 0.3"\nforall = {{ violate = {{ max = 1, {} }} }}\n'
TAGGED = PLAIN.replace("credence = 0.8", 'credence = 0.8\ntags = ["watched"]')
BY_TAG = TAGGED + ALONE.format('tags = ["watched"]')


def reviewed(now: Story, base: Story) -> Review:
    return review(now, today=TODAY, base=base, base_name="main", attribution=0.0)


def said(found: Review) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in found.problems if one.code.startswith("property-")]


@pytest.mark.parametrize(
    ("limit", "code", "status"), [("0.3", "loosened", "fails"), ("0.6", "changed", "holds")]
)
def test_a_tag_that_is_moved_takes_nothing_out_of_a_property(limit: str, code: str, status: str) -> None:
    """P(harm) is 0.5 where `narrow` is violated, 0.2 where `seen` is; the property's own text is the same."""
    base = story(BY_TAG.replace("0.3", limit))
    moved = ('credence = 0.8\ntags = ["watched"]', "credence = 0.8")
    to = ("credence = { beta = [5, 5] }", 'credence = { beta = [5, 5] }\ntags = ["watched"]')
    found = reviewed(changed(moved, to, text=base.text), base)
    message = f"`one` does not cover `narrow` any more: it required `P(harm) <= {limit}` at main"
    assert said(found) == [(f"property-{code}", f"{message}, which {status} now")]
    assert state_of(found.judgement, found.problems, "inactive") == "failed"
    assert found.state == "passed"


def test_a_part_that_is_exchanged() -> None:
    """The parts of both assumptions are exchanged, so that the property ranges over the other one."""
    base = story(PLAIN + ALONE.format('parts = ["goal.specification"]'))
    a, b = 'part = "goal.specification"', 'part = "goal.desirability"'
    now = changed((a, "part = 1"), (b, a), ("part = 1", b), text=base.text)
    message = "`one` does not cover `narrow` any more: it required `P(harm) <= 0.3` at main, which fails now"
    assert said(reviewed(now, base)) == [("property-loosened", message)]


def test_a_limit_that_is_raised_before_it_is_needed() -> None:
    """P(harm) is 0.1 all the time. To raise the limit to 1 is as good as to remove the property."""
    former = '\n[properties.tight]\nrequire = "P(harm) <= 0.15"\n'
    base = story(PLAIN + former)
    for more, codes in (
        (former.replace("0.15", "1"), ["property-changed"]),
        (former + 'severity = "warning"\n', ["property-changed"]),
        (former.replace("0.15", "0.12"), []),
        (former + 'claim = "Harm is rare"\n', []),
    ):
        found = reviewed(story(PLAIN + more), base)
        assert [code for code, _ in said(found)] == codes, more
    now = reviewed(story(PLAIN + former.replace("0.15", "1")), base)
    message = "`tight` requires something else: it required `P(harm) <= 0.15` at main, which holds now"
    assert said(now) == [("property-changed", message)]


def test_a_limit_that_only_warns() -> None:
    former = '\n[properties.tight]\nrequire = "P(harm) <= 0.15"\n'
    now = reviewed(story(PLAIN + former + 'severity = "warning"\n'), story(PLAIN + former))
    message = "`tight` is only a warning now: it required `P(harm) <= 0.15` at main, which holds now"
    assert said(now) == [("property-changed", message)]


def renaming(text: str) -> str:
    """The assumption `narrow` under the name `tight`."""
    return text.replace("[assumptions.narrow]", "[assumptions.tight]").replace("not narrow", "not tight")


def test_a_new_name_takes_nothing_out_of_a_property() -> None:
    """P(harm) is 0.5 where `narrow` is violated: the tag goes with the name."""
    base = story(BY_TAG)
    now = renaming(BY_TAG.replace('credence = 0.8\ntags = ["watched"]', "credence = 0.8"))
    now = now.replace("credence = { beta = [5, 5] }", 'credence = { beta = [5, 5] }\ntags = ["watched"]')
    message = "`one` does not cover `tight` any more: it required `P(harm) <= 0.3` at main, which fails now"
    assert said(reviewed(story(now), base)) == [("property-loosened", message)]
    assert said(reviewed(story(renaming(BY_TAG)), base)) == []


def test_an_assumption_that_is_an_event_now() -> None:
    """A property over all assumptions lets no event happen, unless it says so."""
    event = '[events.seen]\nclaim = "A plan would be seen"\nmode = "other"\nchance = { beta = [5, 5] }\n'
    start, end = PLAIN.index("[assumptions.seen]"), PLAIN.index("[outcomes.harm]")
    for kinds, codes in (("min = 0", ["property-changed"]), ('kinds = ["assumption", "event"]', [])):
        base = story(PLAIN + ALONE.format(kinds).replace("0.3", "0.6"))
        found = said(reviewed(story(base.text.replace(PLAIN[start:end], event)), base))
        assert [code for code, _ in found] == codes
    base = story(PLAIN + ALONE.format("min = 0").replace("0.3", "0.6"))
    ((_, message),) = said(reviewed(story(base.text.replace(PLAIN[start:end], event)), base))
    required = "it required `P(harm) <= 0.6` at main, which holds now"
    assert message == f"`one` does not cover `seen` any more: {required}"


def test_a_name_that_a_pattern_does_not_match_any_more() -> None:
    """P(plans) is 0.1; without the guard of power 0.9 P(harm) is 0.02, without the one of 0.8 it is 0.01."""
    guard = '[safeguards.watch_{}]\nagainst = ["plans"]\npower = {}\n'
    plans = '[events.plans]\nmode = "mesa-optimization"\nwhen = "not narrow"\nchance = 0.5\n'
    body = PLAIN.replace(
        "[outcomes.harm]", plans + guard.format("a", 0.9) + guard.format("b", 0.8) + "[outcomes.harm]"
    )
    body = body.replace("not narrow and not seen", "plans and not halted")
    base = story(body + '\n[properties.one]\nrequire = "P(harm) <= 0.015"\nforall = { omit = ["watch_*"] }\n')
    now = reviewed(story(base.text.replace("[safeguards.watch_a]", "[safeguards.guard]")), base)
    assert [verdict.status for verdict in now.judgement.verdicts] == ["pass"]
    required = "it required `P(harm) <= 0.015` at main, which fails now"
    assert said(now) == [("property-loosened", f"`one` does not cover `guard` any more: {required}")]


def test_a_new_name_in_a_measure_is_nothing() -> None:
    """P(harm | violated(narrow)) is 0.5."""
    base = PLAIN + '\n[properties.p]\nrequire = "P(harm | violated(narrow)) <= 0.6"\n'
    now = renaming(base).replace("violated(narrow)", "violated(tight)")
    assert said(reviewed(story(now), story(base))) == []
    loosened = reviewed(story(now.replace("0.6", "0.7")), story(base))
    assert [code for code, _ in said(loosened)] == ["property-changed"]
    assert "`P(harm | violated(narrow)) <= 0.6` at main, which holds now" in said(loosened)[0][1]
