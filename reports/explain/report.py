"""Explain one name of a story: an assumption or another node, a number, an outcome."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sensa.properties.verdicts import Verdict
from sensa.reports.explain import effect_tables as explaining_tables
from sensa.reports.explain import statements
from sensa.reports.explain.effect_tables import Style, Table
from sensa.reports.explain.names import Named
from sensa.reports.explain.subject import About
from sensa.reports.layout import Paper, columns, left, right, shown, wrapped
from sensa.reports.number_format import compact, defined, percent, points, share, significant
from sensa.reports.result.answers import Number
from sensa.reports.result.from_tree import answers
from sensa.reports.result.json import finite
from sensa.stories.problems import Place, escaped
from sensa.stories.story import Story

if TYPE_CHECKING:
    import xarray as xr

LABEL_COLUMNS = 14
NAME_COLUMNS = 30
MIN_NAME_COLUMNS = 16  # columns of a name
MAX_FACT_COLUMNS = 600  # columns of a fact
STYLES: Mapping[str, Style] = {explaining_tables.CHANGE: "points", explaining_tables.ERROR: "error"}
WRITTEN = ("code", "part", "tag")  # kinds without computed values
SMALL_CHANGE = 5e-5  # a smaller change is shown to its significant digits
ROUNDING = 1e-14  # relative to sums that should cancel


@dataclass(frozen=True)
class Explanation:
    """The explanation of a name: facts in words, and tables."""

    name: str
    kind: str
    place: Place  # where it is declared, or the beginning of the file
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table] = field(default_factory=tuple)
    declared: bool = True  # whether the story declares it


def explanation(
    story: Story,
    tree: "xr.DataTree",
    named: Named,
    verdicts: Sequence[Verdict] = (),
    others: Sequence[Named] = (),
) -> Explanation:
    """Explain a name from a story, its result and the verdicts on its properties.

    `others` are other things with this name.
    """
    about = About(story, tree, answers(tree), named, tuple(verdicts))
    found_facts = [*statements.facts(about), *(("also", f"{one.kind} {_known_by(one)}") for one in others)]
    tables = (*explaining_tables.tables(about),)
    if named.kind not in WRITTEN:
        found_facts += [("computed", text) for text in statements.computed(about)]
    return Explanation(named.name, named.kind, place(story, named), found_facts, tables, bool(named.path))


def place(story: Story, named: Named) -> Place:
    """Where something is declared; the file's first line if the story does not declare it."""
    return story.key_place(named.path) if named.path else Place(story.file, 1, 1)


def _known_by(named: Named) -> str:
    return named.path or f"{named.kind}s.{named.name}"


def render(found: Explanation, paper: Paper) -> str:
    """Render an explanation for a terminal."""
    lines: list[str] = [
        paper.paint(f"{found.kind} {shown(found.name, paper.width - 20)}", "head"),
        f"  {shown(str(found.place) if found.declared else escaped(found.place.file), MAX_FACT_COLUMNS)}",
        "",
    ]
    for label, text in found.facts:
        lines += wrapped(
            shown(text, MAX_FACT_COLUMNS), paper.width, " " * LABEL_COLUMNS, left(label, LABEL_COLUMNS)
        )
    return "".join(f"{line.rstrip()}\n" for line in [*lines, *table_lines(found.tables, paper)])


def table_lines(tables: Sequence[Table], paper: Paper) -> Iterator[str]:
    """Tables for a terminal: a blank line before each, and a note on its columns below."""
    for table in tables:
        yield ""
        yield from _rows(table, paper)
        if table.note:
            yield from wrapped(f"({table.note})", paper.width, "  ", "  ")


def _rows(table: Table, paper: Paper) -> Iterator[str]:
    """The lines of a table; columns that do not fit come below, with the row names repeated."""
    styles = [STYLES.get(column, table.style) for column in table.columns]
    cells = [
        [_cell(value, style) for value, style in zip(values, styles, strict=True)] for _, values in table.rows
    ]
    widths = [
        max(9, 2 + max(map(columns, (column, *(row[i] for row in cells)))))
        for i, column in enumerate(table.columns)
    ]
    start = 0
    while start < len(widths):
        end = start + 1
        while end < len(widths) and sum(widths[start : end + 1]) <= paper.width - MIN_NAME_COLUMNS:
            end += 1
        room = min(NAME_COLUMNS, paper.width - sum(widths[start:end]))
        lines = [(table.title, table.columns), *((row, cells[i]) for i, (row, _) in enumerate(table.rows))]
        for i, (name, written) in enumerate(lines):
            line = left(shown(name, room - 1), room)
            line += "".join(right(text, widths[k]) for k, text in enumerate(written) if start <= k < end)
            yield line if i else paper.paint(line, "head")
        start = end
    if table.more:
        yield f"and {table.more} more"


def _cell(value: Number, style: Style) -> str:
    if not defined(value):
        return "-"
    if style == "error":
        return f"{significant(100 * value)} pts" if value else "exact"
    if style == "points":
        small = 0.0 < abs(value) < SMALL_CHANGE and abs(value) > ROUNDING
        return (
            f"{'+' if value > 0 else '-'}{significant(100 * abs(value))} pts" if small else points(value, 0.0)
        )
    if style == "share":
        return share(value)
    return percent(value) if style == "percent" else compact(0.0 if abs(value) < ROUNDING else value, 3)


def plain(found: Explanation) -> Mapping[str, Any]:
    """An explanation as plain values, for JSON."""
    return {
        "format": "sensa-explanation/1",
        "name": found.name,
        "kind": found.kind,
        "file": found.place.file,
        "line": found.place.line if found.declared else None,
        "facts": [{"label": label, "text": text} for label, text in found.facts],
        "tables": [
            {
                "title": table.title,
                "columns": list(table.columns),
                "note": table.note,
                "rows": [{"name": name, "values": list(map(finite, values))} for name, values in table.rows],
            }
            for table in found.tables
        ],
    }
