"""Analyses in a document that were changed are refused, with the place of the change."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sensa.reports.result.from_tree import answers
from sensa.reports.result.others_shape import misfit
from tests.short_stories import beta, losing, result, story

EVENT = '[events.e]\nclaim = "c"\nmode = "mesa-optimization"\nwhen = "not a"\nchance = 0.5\n'
TWO = losing(story(beta("a", 8, 2) + beta("b", 6, 4) + EVENT, "e and not b", "not b"), bad="2.0")
Others = dict[str, Any]


@pytest.fixture(scope="module")
def others() -> Others:
    found = result(TWO, "nodes", "exceedance", "value_of_trials", "cut_sets", points=64, replicates=4)
    return dict(answers(found).others)


def test_analyses_as_they_are_written_fit(others: Others) -> None:
    assert {"nodes", "exceedance", "value_of_trials", "cut_sets"} <= set(others)
    assert misfit(others, "stories[0]") is None


def test_what_is_not_known_is_left_to_what_reads_it(others: Others) -> None:
    """Of a newer version."""
    new = {"how": "exact", "note": "", "coordinates": {}, "variables": {"x": {"dims": [], "values": "y"}}}
    assert misfit({**others, "new": new}, "stories[0]") is None


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (lambda found: found.update(nodes=3), "nodes"),
        (lambda found: found["nodes"].pop("note"), "nodes"),
        (lambda found: found["nodes"].pop("variables"), "nodes.variables"),
        (lambda found: found["nodes"]["variables"]["chance"].pop("dims"), "nodes.variables.chance"),
        (lambda found: found["nodes"]["variables"]["chance"].update(values=0.5), "nodes.variables.chance"),
        (lambda found: found["nodes"]["variables"]["chance"]["values"].pop(), "nodes.variables.chance"),
        (lambda found: found["nodes"]["variables"]["chance"]["values"].append("x"), "nodes.variables.chance"),
        (lambda found: set_first(found, "chance", 1.5), "nodes.variables.chance"),
        (lambda found: set_first(found, "chance", True), "nodes.variables.chance"),
        (lambda found: set_first(found, "chance_error", -1), "nodes.variables.chance_error"),
        (lambda found: found["nodes"]["variables"]["seen"]["dims"].reverse(), "nodes.variables.seen"),
        (lambda found: found["exceedance"]["variables"].pop("error"), "exceedance.variables.error"),
        (lambda found: found["cut_sets"]["variables"]["coherent"].update(values=[1, 1]), "cut_sets"),
    ],
)
def test_what_was_changed_is_said(others: Others, edit: Callable[[Others], object], place: str) -> None:
    changed = copy.deepcopy(others)
    edit(changed)
    found = misfit(changed, "stories[0]")
    assert found is not None
    assert found.startswith(f"stories[0].others.{place}")


def set_first(found: Others, name: str, value: object) -> None:
    found["nodes"]["variables"][name]["values"][0] = value
