"""Datasets without a place of their own, as tables and as plain values: every value is chosen here."""

import math

import numpy as np
import xarray as xr

from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import plain
from sensa.reports.result.plain_tables import MAX_ROWS, tables


def dataset() -> xr.Dataset:
    return xr.Dataset(
        {
            "total": ((), 0.25),
            "size": ("set", [1, 2]),
            "sure": ("set", [True, False]),
            "share": (("set", "outcome"), [[0.5, math.nan], [math.inf, 0.125]]),
            "share_error": (("set", "outcome"), np.zeros((2, 2))),
            "none": ("nothing", np.empty(0)),
        },
        coords={"set": ["assumptions.a.credence", "b"], "outcome": ["bad", "good"], "nothing": []},
        attrs={"how": "exact", "note": "as chosen"},
    )


def test_tables_show_every_value_once() -> None:
    lines = list(tables("two_sets", plain(dataset()), Paper(100)))
    assert lines[:3] == ["two sets", "  as chosen", f"  {'total':<34} 0.250"]
    text = "\n".join(lines)
    assert "share error" not in text
    rows = {line.split()[0]: line.split()[1:] for line in lines[3:]}
    assert rows["set"] == ["size", "sure"]
    assert rows["share"] == ["bad", "good"]
    assert rows["b"] == ["-", "0.125"] or rows["b"][-1] == "0.125"
    assert "none" not in rows


def test_heads_are_whole_where_there_is_room() -> None:
    data = xr.Dataset({name: ("i", [0.5, 0.25]) for name in ("mean", "sd", "disagreement_together")})
    wide, narrow = (list(tables("x", plain(data), Paper(width)))[1] for width in (90, 80))
    assert wide.split() == ["i", "mean", "sd", "disagreement", "together"]
    assert narrow.split() == ["i", "mean", "sd", "disagr…ether"]
    assert len(narrow) <= 80


def test_long_tables_are_cut_unless_everything_is_wanted() -> None:
    data = xr.Dataset({"x": ("i", np.arange(40.0))})
    few = list(tables("long", plain(data), Paper(80)))
    assert len(few) == 3 + MAX_ROWS
    assert few[-1] == f"  and {40 - MAX_ROWS} more (--verbose shows them)"
    assert len(list(tables("long", plain(data), Paper(80), everything=True))) == 42


def test_long_sets_are_cut_unless_everything_is_wanted() -> None:
    """Sets of 8 and of 100 draws: the shorter one whole, eight of the longer one and how many more."""
    eight, hundred = (", ".join(f"d{i}" for i in range(n)) for n in (8, 100))
    sets = (("output", "set"), np.array([[eight, hundred]]))
    data = xr.Dataset({"sets": sets, "chance": (("output", "set"), [[0.25, 0.125]])}, {"output": ["bad"]})
    few, whole = (
        " ".join(" ".join(tables("cut_sets", plain(data), Paper(100), everything=everything)).split())
        for everything in (False, True)
    )
    assert few == f"cut sets bad 0.250 {eight} 0.125 {eight}, and 92 more"
    assert whole == f"cut sets bad 0.250 {eight} 0.125 {hundred}"


def test_counts_are_shown_in_full_as_far_as_they_fit() -> None:
    """Twelve columns hold 130,281,976, not 82 billion; what is not whole keeps three digits."""
    data = xr.Dataset({"sets": ("i", [27_870.0, 130_281_976.0, 8.2e10, 27_870.5, -1.0])})
    rows = list(tables("counts", plain(data), Paper(80)))[2:]
    assert [row.split()[-1] for row in rows] == ["27,870", "130,281,976", "8.20e10", "27,900", "-1.00"]


def test_plain_values_are_json() -> None:
    found = plain(dataset())
    assert found["variables"]["share"] == {
        "dims": ["set", "outcome"],
        "values": [[0.5, None], ["inf", 0.125]],
    }
    assert found["coordinates"]["outcome"] == {"dims": ["outcome"], "values": ["bad", "good"]}
    assert (found["how"], found["note"]) == ("exact", "as chosen")


def test_lines_fit_the_paper() -> None:
    wide = xr.Dataset({"v": (("a", "b"), np.ones((2, 30)))}, coords={"b": [f"column {i}" for i in range(30)]})
    for everything in (False, True):
        lines = list(tables("wide", plain(wide), Paper(80), everything=everything))
        assert max(map(len, lines)) <= 80
    assert sum("column 29" in line for line in lines) == 1
