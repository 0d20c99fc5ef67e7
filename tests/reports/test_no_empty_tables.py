"""Every analysis of every library story: nothing is printed, and no dimension is kept, that holds nothing."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import xarray as xr

from sensa.analyses import ANALYSES
from sensa.pipeline import analyse, prepare
from sensa.reports.layout import Paper
from sensa.reports.result import plain_tables
from sensa.reports.result.from_tree import answers, plain
from sensa.reports.result.plain_tables import tables
from sensa.reports.result.text import render
from sensa.reports.table import Table
from sensa.sampling.settings import Settings
from sensa.stories.loading import load
from sensa.stories.reading import parse
from tests.short_stories import ASSUMPTION, story

LIBRARY = sorted(Path("stories/library").glob("*.toml"))
PLAIN = {
    "no number is uncertain": story(ASSUMPTION.format(name="a", credence=0.5), "not a"),
    "no assumption": story('[events.e]\nchance = 0.25\nmode = "other"\n', "e"),
    "one number": story(ASSUMPTION.format(name="a", credence="{ beta = [8, 2] }"), "not a"),
    "nothing but bounds": story(ASSUMPTION.format(name="a", credence="{ interval = [0.2, 0.6] }"), "not a"),
}


def held_to_something(tree: xr.DataTree) -> None:
    """No dimension of size 0; no column of any table that is empty or `-` in every row."""
    for name, node in tree.children.items():
        data = node.to_dataset()
        assert 0 not in data.sizes.values(), (name, data.sizes)
        for everything in (False, True):
            for table in printed(name, data, everything=everything):
                assert table.names
                for column in table.columns:
                    assert {*column.cells} - {"-", ""}, (name, table.title, column)
    assert render(answers(tree), Paper(100))


def printed(name: str, data: xr.Dataset, *, everything: bool) -> list[Table]:
    """The tables of an analysis."""
    made: list[Table] = []

    def kept(*parts: Any, **named: Any) -> Table:
        made.append(Table(*parts, **named))
        return made[-1]

    with patch.object(plain_tables, "Table", kept):
        assert list(plain_tables.tables(name, plain(data), Paper(100), everything=everything))
    return made


@pytest.mark.slow
@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_library_stories_have_no_empty_tables(path: Path) -> None:
    held_to_something(analyse(prepare(load(path), Settings(points=256)), list(ANALYSES)))


def test_minimal_sets_and_cut_sets_are_told_by_name() -> None:
    """Either claim alone, or `c` with an event: bad where not a, or not b, or e and not c."""
    text = story(
        "".join(ASSUMPTION.format(name=n, credence=p) for n, p in (("a", 0.9), ("b", 0.8), ("c", 0.5)))
        + '[events.e]\nchance = 0.3\nmode = "other"\n',
        "not a or not b or e and not c",
    )
    tree = analyse(prepare(load(parse(text)), Settings(points=256)), ["minimal_sets", "cut_sets"])
    possible = tree["minimal_sets"]["sets"].sel(output="bad", way="possible").values
    assert [name for name in possible if name] == ["c", "b", "a"]
    lines = list(tables("cut_sets", plain(tree["cut_sets"].to_dataset()), Paper(100)))
    start = lines.index("  failure")
    said = [line.split(maxsplit=1)[1] for line in lines[start + 1 : start + 4]]
    assert said == ["not b", "not c, e.chance", "not a"]


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_small_stories_have_no_empty_tables(text: str) -> None:
    held_to_something(analyse(prepare(load(parse(text)), Settings(points=256)), list(ANALYSES)))
