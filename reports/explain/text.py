"""Explanations for a terminal."""

from collections.abc import Iterator, Mapping, Sequence

from sensa.properties.replay import Replay
from sensa.properties.verdicts import Counterexample, Verdict
from sensa.reports.explain import effect_tables
from sensa.reports.explain.case_tables import WAYS, tables
from sensa.reports.explain.effect_tables import Style, Table
from sensa.reports.explain.report import Explanation
from sensa.reports.layout import Paper, columns, left, right, shown, wrapped
from sensa.reports.number_format import compact, defined, percent, points, share, significant
from sensa.reports.result.answers import Number
from sensa.reports.review import verdict_lines as judged
from sensa.stories import traversal
from sensa.stories.problems import escaped, path_text
from sensa.stories.story import Story

LABEL_COLUMNS = 14
NAME_COLUMNS = 30
MIN_NAME_COLUMNS = 16  # columns of a name
MAX_FACT_COLUMNS = 600  # columns of a fact
MAX_MOVES = 6  # of which the claims are shown
STYLES: Mapping[str, Style] = {effect_tables.CHANGE: "points", effect_tables.ERROR: "error"}
SMALL_CHANGE = 5e-5  # a smaller change is shown to its significant digits
ROUNDING = 1e-14  # relative to sums that should cancel


def of_name(found: Explanation, paper: Paper) -> str:
    """The facts and tables of a name."""
    lines: list[str] = [
        paper.paint(f"{found.kind} {shown(found.name, paper.width - 20)}", "head"),
        f"  {shown(str(found.place) if found.declared else escaped(found.place.file), MAX_FACT_COLUMNS)}",
        "",
    ]
    for label, text in found.facts:
        lines += wrapped(
            shown(text, MAX_FACT_COLUMNS), paper.width, " " * LABEL_COLUMNS, left(label, LABEL_COLUMNS)
        )
    return "".join(f"{line.rstrip()}\n" for line in [*lines, *_table_lines(found.tables, paper)])


def of_verdict(verdict: Verdict, file: str, paper: Paper, asserted: str = "") -> str:
    """A property's verdict, its claim and where it is stated: in a file, or as TOML in `asserted`."""
    place = "the command line" if asserted else str(verdict.place)
    shown = judged.of_verdict(verdict, file, asserted=asserted)
    lines = [*shown, *_claimed(verdict), f"    stated in {place}"]
    return "".join(f"{line}\n" for line in lines)


def _claimed(verdict: Verdict) -> Iterator[str]:
    if verdict.claim and verdict.status not in ("fail", "undecided"):  # otherwise the verdict shows it
        yield f"    claimed: {judged.shown(verdict.claim)}"


def of_case(verdict: Verdict, case: Counterexample, played: Replay, story: Story, paper: Paper) -> str:
    """A case with the claims of its parts, and how the story ends in it beside how it ends as it is."""
    lines = [
        f"{verdict.name}: {verdict.require}{judged.at(verdict)}",
        *judged.of_counterexample(verdict, case, "case"),
        *_written(case, story),
        f"    computed {WAYS[played.how]}",
        *_table_lines([*tables(played, story.document)], paper),
    ]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _written(case: Counterexample, story: Story) -> Iterator[str]:
    """The claims of what a case violates, leaves out and moves, with their places."""
    claims = {name: (table, node.claim) for table, name, node in traversal.nodes(story.document)}
    for name in (*case.violated, *case.omitted):
        table, claim = claims[name]
        place = story.key_place((table, name))
        yield f"    {place.file}:{place.line}: {name}: {judged.shown(claim)}".removesuffix(": ")
    owners = {path_text(number.path): number.owner for number in traversal.numbers(story.document)}
    for move in case.moves[:MAX_MOVES]:
        place = story.place(move.parameter)
        _, claim = claims.get(owners.get(move.parameter, ""), ("", ""))
        yield f"    {place.file}:{place.line}: {move.parameter}: {judged.shown(claim)}".removesuffix(": ")


def _table_lines(tables: Sequence[Table], paper: Paper) -> Iterator[str]:
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
