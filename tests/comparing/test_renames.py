"""Entries found under a new name or in another table, and never by a guess."""

from typing import Any

import pytest

from sensa.comparing.renames import renamed

ENTRY = {"claim": "It plans", "part": "goal.specification", "credence": 0.9, "because": "It was seen"}
OTHER = {"claim": "It stops", "part": "rationale.nudges", "credence": 0.4, "because": "It was told"}


def found(before: dict[str, Any], after: dict[str, Any]) -> dict[str, str]:
    pairs = renamed({"assumptions": before}, {"assumptions": after})
    return {one: other for (_, one), (_, other) in pairs.items()}


@pytest.mark.parametrize("edit", [{}, {"credence": 0.2}, {"credence": 0.2, "because": "Seen twice"}])
def test_what_shares_half_with_nothing_else_was_renamed(edit: dict[str, Any]) -> None:
    assert found({"a": ENTRY, "c": OTHER}, {"b": ENTRY | edit, "c": OTHER}) == {"a": "b"}


def test_what_shares_less_is_another() -> None:
    edit = {"claim": "It does not plan", "credence": 0.2, "because": "Nothing was seen"}
    assert found({"a": ENTRY}, {"b": ENTRY | edit}) == {}


@pytest.mark.parametrize("edits", [[0.2, 0.3], [0.9, 0.9]])
def test_nothing_is_taken_where_several_fit(edits: list[float]) -> None:
    copies = {name: ENTRY | {"credence": credence} for name, credence in zip("bd", edits, strict=True)}
    assert found({"a": ENTRY}, copies) == {}
    assert found(copies, {"a": ENTRY}) == {}


def test_the_one_that_shares_more_is_taken() -> None:
    copies = {"b": ENTRY | {"credence": 0.2}, "d": ENTRY}
    assert found({"a": ENTRY}, copies) == {"a": "d"}


def test_two_that_changed_names_are_each_found() -> None:
    assert found({"a": ENTRY, "b": OTHER}, {"c": OTHER, "d": ENTRY}) == {"a": "d", "b": "c"}


def test_an_entry_of_its_name_in_another_table() -> None:
    """Whatever it says there: names are of one entry each."""
    pairs = renamed({"assumptions": {"a": ENTRY}}, {"events": {"a": {"chance": 0.1}, "b": ENTRY}})
    assert pairs == {("assumptions", "a"): ("events", "a")}


def test_owners_tags_and_signatures_are_not_compared() -> None:
    tagged = ENTRY | {"tags": ["x"], "owner": "Ana", "signed": {"by": "Ana"}}
    assert found({"a": tagged}, {"b": ENTRY, "c": OTHER | {"tags": ["x"], "owner": "Ana"}}) == {"a": "b"}
