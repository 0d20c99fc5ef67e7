"""Suspect entries in results and reports."""

import json

import pytest

from sensa.reports.layout import Paper
from sensa.reports.result import json as as_json
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render
from tests.short_stories import ASSUMPTION, result, story
from tests.signed_stories import TEXT, signed

EDITED = signed(TEXT, "assumptions.c", "events.e", "outcomes.poor").replace(
    "credence = 0.7", "credence = 0.6"
)


def test_the_state_of_each_entry() -> None:
    data = result(EDITED, "sign_offs")["sign_offs"]
    rows = zip(*(data[name].values.tolist() for name in ("entry", "state", "by", "rests_on")), strict=True)
    assert list(rows) == [
        ("assumptions.c", "edited", "Ana", ""),
        ("events.e", "signed", "Ana", ""),
        ("outcomes.poor", "resting", "Ana", "c"),
        ("outcomes.good", "resting", "", "c"),
    ]
    assert data["date"].values.tolist() == ["2026-11-20"] * 3 + [""]


def test_the_text_says_what_is_suspect_and_json_has_it() -> None:
    found = answers(result(EDITED))
    assert (
        "Suspect     c was edited since Ana signed it on 2026-11-20; good and poor rest on it"
        in render(found, Paper(100)).splitlines()
    )
    document = as_json.answered_story(found, exit_code=0)
    assert "edited" in json.dumps(document["others"]["sign_offs"])


@pytest.mark.parametrize("text", [TEXT, signed(TEXT, "assumptions.a")])
def test_nothing_is_suspect(text: str) -> None:
    assert "Suspect" not in render(answers(result(text)), Paper(100))


def test_signatures_change_no_number() -> None:
    one, other = (
        result(text, "outcomes")["outcomes"]["mean"].values for text in (TEXT, signed(TEXT, "events.e"))
    )
    assert one.tolist() == other.tolist()


def test_a_story_without_signatures_has_no_group_to_show() -> None:
    assert not result(story(ASSUMPTION.format(name="a", credence=0.5), "not a"), "sign_offs")[
        "sign_offs"
    ].data_vars
