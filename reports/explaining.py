"""Everything that is known of one name of a story: an assumption, another node, a number, an outcome."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sensa.properties.verdicts import Verdict
from sensa.reports import explaining_facts as facts
from sensa.reports import explaining_tables
from sensa.reports.answers import Number, answers
from sensa.reports.explaining_facts import About
from sensa.reports.explaining_tables import Style, Table
from sensa.reports.json import finite
from sensa.reports.layout import Paper, columns, left, right, shown, wrapped
from sensa.reports.numbers import compact, defined, percent, share
from sensa.stories import contents
from sensa.stories.problems import Place, path_text
from sensa.stories.reading import Story

if TYPE_CHECKING:
    import xarray as xr

LABEL = 14
NAME = 30
LONGEST = 600  # columns of a fact
ROUNDING = 1e-14  # of sums that should cancel


@dataclass(frozen=True)
class Explanation:
    """What is told of a name: facts in words, and tables."""

    name: str
    kind: str
    place: Place
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table] = field(default_factory=tuple)


def names(story: Story) -> dict[str, str]:
    """Every name that can be explained, and what it is."""
    found = {name: table[:-1] for table, name, _ in contents.nodes(story.document)}
    found |= dict.fromkeys(story.document.quantities, "quantity")
    found |= dict.fromkeys(story.document.outcomes, "outcome")
    found |= {path_text(n.path): "number" for n in contents.numbers(story.document)}
    return found


def explanation(
    story: Story, tree: "xr.DataTree", name: str, verdicts: Sequence[Verdict] = ()
) -> Explanation:
    """What a story, its result and the verdicts on its properties say of one of the story's `names`."""
    kind = names(story)[name]
    about = About(story, tree, answers(tree), kind, name, tuple(verdicts))
    path = name if kind == "number" else about.path
    return Explanation(
        name, kind, story.key_place(path), (*facts.facts(about),), (*explaining_tables.tables(about),)
    )


def render(found: Explanation, paper: Paper) -> str:
    """An explanation for a terminal."""
    lines = [
        paper.paint(f"{found.kind} {shown(found.name, paper.width - 20)}", "head"),
        f"  {shown(str(found.place), LONGEST)}",
        "",
    ]
    for label, text in found.facts:
        lines += wrapped(shown(text, LONGEST), paper.width, " " * LABEL, left(label, LABEL))
    for table in found.tables:
        lines += ["", *_rows(table, paper)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _rows(table: Table, paper: Paper) -> Iterator[str]:
    widths = [max(9, columns(column) + 2) for column in table.columns]
    room = min(NAME, paper.width - sum(widths))
    header = zip(table.columns, widths, strict=True)
    yield paper.paint(
        left(shown(table.title, room), room) + "".join(right(column, width) for column, width in header),
        "head",
    )
    for row, values in table.rows:
        written = [_cell(value, table.style) for value in values]
        cells = "".join(right(text, width) for text, width in zip(written, widths, strict=True))
        yield left(shown(row, room - 1), room) + cells
    if table.more:
        yield f"and {table.more} more"


def _cell(value: Number, style: Style) -> str:
    if not defined(value):
        return "-"
    if style == "share":
        return share(value)
    return percent(value) if style == "percent" else compact(0.0 if abs(value) < ROUNDING else value, 3)


def plain(found: Explanation) -> Mapping[str, Any]:
    """An explanation for machines."""
    return {
        "format": "sensa-explanation/1",
        "name": found.name,
        "kind": found.kind,
        "file": found.place.file,
        "line": found.place.line,
        "facts": [{"label": label, "text": text} for label, text in found.facts],
        "tables": [
            {
                "title": table.title,
                "columns": list(table.columns),
                "rows": [{"name": name, "values": list(map(finite, values))} for name, values in table.rows],
            }
            for table in found.tables
        ],
    }
