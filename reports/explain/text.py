"""Explanations for a terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sensa.properties.replay import Replay
from sensa.properties.verdicts import Counterexample, Verdict
from sensa.reports.explain import effect_tables
from sensa.reports.explain.case_tables import WAYS, tables
from sensa.reports.explain.effect_tables import Style, Table
from sensa.reports.explain.report import Explanation
from sensa.reports.layout import Paper, columns, ending, labelled, named, shown, wrapped
from sensa.reports.number_format import compact, defined, percent, points, share, significant
from sensa.reports.result.answers import Number
from sensa.reports.review import verdict_lines as judged
from sensa.reports.table import Column
from sensa.reports.table import Table as Laid
from sensa.stories import traversal
from sensa.stories.problems import escaped, path_text
from sensa.stories.story import Story

LABEL_COLUMNS = 14
NAME_COLUMNS = 28
MAX_FACT_COLUMNS = 600  # columns of a fact
MAX_MOVES = 6  # of which the claims are shown
STYLES: Mapping[str, Style] = {effect_tables.CHANGE: "points", effect_tables.ERROR: "error"}
SMALL_CHANGE = 5e-5  # a smaller change is shown to its significant digits
ROUNDING = 1e-14  # relative to sums that should cancel


def of_name(found: Explanation, paper: Paper) -> str:
    """The facts and tables of a name."""
    paper = paper.bounded()
    place = str(found.place) if found.declared else escaped(found.place.file)
    lines: list[str] = [
        paper.paint(f"{found.kind} {named(found.name, paper.width - columns(found.kind) - 1)}", "head"),
        f"  {ending(place, paper.width - 2)}",
        "",
    ]
    for label, text in found.facts:
        lines += labelled(label, shown(text, MAX_FACT_COLUMNS), paper, LABEL_COLUMNS)
    return _text([*lines, *_table_lines(found.tables, paper)])


def of_verdict(verdict: Verdict, file: str, paper: Paper, asserted: str = "") -> str:
    """A property's verdict, its claim and where it is stated: in a file, or as TOML in `asserted`."""
    place = "the command line" if asserted else str(verdict.place)
    shown = judged.of_verdict(verdict, file, asserted=asserted)
    lines = [*shown, *_claimed(verdict), f"    stated in {place}"]
    return _text(_wrapped(lines, paper))


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
    ]
    laid = _table_lines([*tables(played, story.document)], paper.bounded())
    return _text([*_wrapped(lines, paper), *laid])


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _wrapped(lines: Iterable[str], paper: Paper) -> Iterator[str]:
    return (part for line in lines for part in judged.wrapped(line, paper.width))


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
    """The lines of a table, and how many rows are left out."""
    written = [
        Column(column, [_cell(values[i], STYLES.get(column, table.style)) for _, values in table.rows], 7)
        for i, column in enumerate(table.columns)
    ]
    names = [name for name, _ in table.rows]
    yield from Laid(table.title, names, written, least=NAME_COLUMNS, most=NAME_COLUMNS).lines(paper)
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
