"""What a signature stands for, and what rests on an entry that was edited since."""

from datetime import date

import pytest

from sensa.stories.reading import parse
from sensa.stories.sign_offs import SignOff, digest, sign_offs
from tests.short_stories import story
from tests.signed_stories import TEXT, signed


def found(text: str) -> dict[str, SignOff]:
    read = parse(text)
    return {one.name: one for one in sign_offs(read.document, read.values)}


def suspects(text: str) -> dict[str, tuple[str, ...]]:
    return {name: one.rests_on for name, one in found(text).items() if one.suspect}


def test_what_is_signed_and_unchanged_is_not_suspect() -> None:
    text = signed(TEXT, "assumptions.a", "events.e", "outcomes.bad")
    assert list(found(text)) == ["a", "e", "bad"]
    assert suspects(text) == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[assumptions.a]\n", "# a comment\n\n[assumptions.a]\n"),
        ("credence = 0.9\n", "credence   = 0.90 # as before\n"),
        ('part = "goal.desirability"\ncredence = 0.9', 'credence = 0.9\npart = "goal.desirability"'),
        ("credence = 0.9\n", 'credence = 0.9\nowner = "Bo"\ntags = ["x"]\n'),
        ("credence = 0.7\n", "credence = 0.6\n"),  # of another
    ],
)  # fmt: skip
def test_layout_order_and_bookkeeping_are_no_edits(before: str, after: str) -> None:
    text = signed(TEXT, "assumptions.a")
    assert before in text
    assert suspects(text.replace(before, after)) == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("credence = 0.9", "credence = 0.91"),
        ("credence = 0.9", 'credence = 0.9\nbecause = "it was seen"'),
        ("credence = 0.9", 'credence = 0.9\nevidence = [{ source = "s", held = 1, trials = 1 }]'),
        ("credence = 0.9", "credence = 0.9\nexpires = 2030-01-01"),
        ("credence = 0.9", 'credence = 0.9\ngiven = [{ if = "c", credence = 1 }]'),
    ],
)
def test_claim_reasons_numbers_and_evidence_are(before: str, after: str) -> None:
    text = signed(TEXT, "assumptions.a").replace(before, after, 1)
    assert suspects(text) == {"a": (), "bad": ("a",), "poor": ("a",), "good": ("a",)}


def test_what_rests_on_an_edit_by_way_of_others() -> None:
    """rate -> b -> e -> bad; the challenge d speaks of a, and an outcome rests on those before it."""
    text = signed(TEXT, "quantities.rate", "challenges.d", "assumptions.c")
    assert suspects(text.replace("high = 2", "high = 3")) == {
        name: ("rate",) * (name != "rate") for name in ("rate", "b", "e", "bad", "poor", "good")
    }
    assert suspects(text.replace("stands = 0.1", "stands = 0.2")) == {
        "a": ("d",), "d": (), "bad": ("d",), "poor": ("d",), "good": ("d",)
    }  # fmt: skip
    assert suspects(text.replace("credence = 0.7", "credence = 0.6")) == {
        "c": (),
        "poor": ("c",),
        "good": ("c",),
    }


def test_at_any_step_and_around_loops() -> None:
    body = (
        '[[phases]]\nname = "p"\nrepeat = 3\n'
        '[events.x]\nevery_step = true\nwhen = "prev.y"\nchance = 0.5\nleak = 0.1\n'
        '[events.y]\nevery_step = true\nwhen = "x"\nchance = 0.5\n'
        '[safeguards.s]\nagainst = ["y"]\npower = 0.5\n'
    )
    text = signed(story(body, "y and not halted"), "safeguards.s", "events.y")
    assert suspects(text.replace("power = 0.5", "power = 0.6")) == {
        "s": (),
        "bad": ("s",),
        "poor": ("s",),
        "good": ("s",),
    }
    edited = suspects(
        text.replace("leak = 0.1\n", "leak = 0.1\n").replace(
            'when = "x"\nchance = 0.5', 'when = "x"\nchance = 0.6'
        )
    )
    assert set(edited) == {"x", "y", "s", "bad", "poor", "good"}


def test_signed_again_it_is_suspect_no_more() -> None:
    edited = TEXT.replace("credence = 0.9", "credence = 0.8")
    assert suspects(signed(edited, "assumptions.a", "outcomes.bad")) == {}


def test_numbers_of_one_value_are_one_and_dates_no_texts() -> None:
    assert digest({"x": 1, "signed": 3}) == digest({"x": 1.0})
    assert digest({"x": True}) != digest({"x": 1})
    assert digest({"x": date(2026, 1, 1)}) != digest({"x": "2026-01-01"})
