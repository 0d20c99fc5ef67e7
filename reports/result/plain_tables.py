"""Plain tables, for analyses without a section of their own in the report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sensa.reports.layout import NARROW, Paper, left, named, named_apart, right, wrapped
from sensa.reports.number_format import compact, count
from sensa.reports.result.ranking import short
from sensa.reports.result.unseen_cells import with_unseen
from sensa.reports.table import Column, Table

MAX_ROWS = 12  # rows of a table, unless all are shown
MAX_SETS, MAX_MEMBERS = 5, 8  # of each output, and of each set, unless all are shown
NAME_COLUMNS, CELL_COLUMNS = 34, 12
MAX_HEAD_COLUMNS = 24  # of a head, where there is room for more than a cell needs
MIN_WHOLE = 1_000  # from which whole numbers are counts and shown in full, as far as they fit
Plain = Mapping[str, Any]


def tables(name: str, data: Plain, paper: Paper, *, everything: bool = False) -> Iterator[str]:
    """An analysis's variables: those of one dimension side by side, others in tables of their own.

    All rows of long tables, all sets and their members, and errors that are not all 0, are shown only with
    `everything`.
    """
    yield paper.paint(name.replace("_", " "), "head")
    if data["note"]:
        yield from wrapped(data["note"], paper.width, "  ", "  ")
    variables, coordinates = with_unseen(name, data)["variables"], data["coordinates"]
    variables = {
        name: found
        for name, found in variables.items()
        if not name.endswith("error") or (everything and _any_error(found["values"]))
    }
    if "sets" in variables and "chance" in variables:
        yield from _sets(variables["sets"], variables["chance"]["values"], coordinates, paper, everything)
        variables = {name: found for name, found in variables.items() if name not in ("sets", "chance")}
    variables = {name: found for name, found in variables.items() if not _undefined(found["values"])}
    for variable, found in variables.items():
        if not found["dims"]:
            name = left(named(variable, NAME_COLUMNS), min(NAME_COLUMNS, paper.width - CELL_COLUMNS - 3))
            yield f"  {name} {_cell(found['values'])}"
    for dimension in dict.fromkeys(tuple(found["dims"]) for found in variables.values() if found["dims"]):
        own = {v: found["values"] for v, found in variables.items() if tuple(found["dims"]) == dimension}
        if len(dimension) == 1:
            yield from _one(dimension[0], own, coordinates, paper, everything)
        elif len(dimension) == 2:
            for variable, values in own.items():
                yield from _two(variable, dimension, values, coordinates, paper, everything)


def _undefined(values: Any) -> bool:
    """Whether there is nothing to show: no value, or no defined one."""
    return all(map(_undefined, values)) if isinstance(values, list) else values in (None, "")


def _any_error(values: Any) -> bool:
    return any(map(_any_error, values)) if isinstance(values, list) else bool(values)


def _sets(
    sets: Plain, chances: Sequence[Any], coordinates: Mapping[str, Any], paper: Paper, everything: bool
) -> Iterator[str]:
    """The likeliest sets of each output with their chances; equal lists are shown once."""
    labels = _labels(sets["dims"][0], len(chances), coordinates)
    ways = _labels(sets["dims"][1], len(chances[0]), coordinates) if len(sets["dims"]) == 3 else []
    listed = [
        (f"{label}, {way}" if way else label, row, chance)
        for label, rows, of in zip(labels, sets["values"], chances, strict=True)
        for way, row, chance in (zip(ways, rows, of, strict=True) if ways else [("", rows, of)])
    ]
    first: dict[tuple[str, ...], str] = {}
    for label, row, chance in listed:
        sets_of_row = [(text, p) for text, p in zip(row, chance, strict=True) if text]
        if not sets_of_row:
            continue
        same = first.setdefault(tuple(row), label)
        yield paper.paint(f"  {label}" + (f": as {same}" if same != label else ""), "dim")
        kept = sets_of_row if everything else sets_of_row[:MAX_SETS]
        for text, p in kept if same == label else []:
            members = [_member(member).replace(" ", "\xa0") for member in _members(text)]
            if len(members) > MAX_MEMBERS and not everything:
                members[MAX_MEMBERS:] = [f"and\xa0{count(len(members) - MAX_MEMBERS)}\xa0more"]
            yield from wrapped(", ".join(members), paper.width, *_set_indents(_cell(p), paper))


def _set_indents(chance: str, paper: Paper) -> tuple[str, str]:
    """What stands before the lines of a set after its first, and before its first."""
    chance = right(chance, 10 if paper.width >= NARROW else 0)
    return " " * (len(chance) + 5 if paper.width >= NARROW else 4), f"  {chance}   "


def _members(text: str) -> Iterator[str]:
    """The members of a set; a comma inside of parentheses belongs to a member."""
    start = depth = 0
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            yield text[start:at]
            start = at + 2
    yield text[start:]


def _member(text: str) -> str:
    """A fact by the author's name for it."""
    return f"not {short(text.removeprefix('not '))}" if text.startswith("not ") else short(text)


def _labels(dimension: str, length: int, coordinates: Mapping[str, Any]) -> list[str]:
    found = coordinates.get(dimension)
    return [str(value) for value in found["values"]] if found else [str(i) for i in range(length)]


def _one(
    dimension: str,
    own: Mapping[str, Sequence[Any]],
    coordinates: Mapping[str, Any],
    paper: Paper,
    everything: bool,
) -> Iterator[str]:
    most = None if everything else MAX_ROWS
    columns = {name: column for name, column in own.items() if not _undefined(column[:most])}
    if columns:
        labels = _labels(dimension, len(next(iter(columns.values()))), coordinates)
        yield from _table(dimension, labels, columns, paper, everything)


def _two(
    variable: str,
    dimensions: tuple[str, ...],
    values: Sequence[Sequence[Any]],
    coordinates: Mapping[str, Any],
    paper: Paper,
    everything: bool,
) -> Iterator[str]:
    width = len(values[0]) if values else 0
    labels = _labels(dimensions[0], len(values), coordinates)
    defined = [i for i, row in enumerate(values) if not _undefined(row)]
    labels, values = [labels[i] for i in defined], [values[i] for i in defined]
    seen = values if everything else values[:MAX_ROWS]
    some = [i for i in range(width) if any(row[i] not in (None, "", "-") for row in seen)]
    if not some:
        return
    header = [_labels(dimensions[1], width, coordinates)[i] for i in some]
    values = [[row[i] for i in some] for row in values]
    if not everything:
        header = header[: max((paper.width - NAME_COLUMNS - 3) // (CELL_COLUMNS + 1), 1)]
    columns = {name: [row[i] for row in values] for i, name in enumerate(header)}
    yield from _table(variable, labels, columns, paper, everything)


def _table(
    corner: str, labels: Sequence[str], columns: Mapping[str, Sequence[Any]], paper: Paper, everything: bool
) -> Iterator[str]:
    most = None if everything else MAX_ROWS
    names = [short(name).replace("_", " ") for name in columns]
    wide = sum(1 + min(max(len(name), CELL_COLUMNS), MAX_HEAD_COLUMNS) for name in names)
    fits = len("  ") + NAME_COLUMNS + wide <= paper.width
    heads = named_apart(names, MAX_HEAD_COLUMNS if fits else CELL_COLUMNS)
    yield from Table(
        corner.replace("_", " "),
        [short(label) for label in labels[:most]],
        [
            Column(head, [_cell(value) for value in column[:most]], CELL_COLUMNS)
            for head, column in zip(heads, columns.values(), strict=True)
        ],
        least=NAME_COLUMNS,
        most=NAME_COLUMNS,
        gap=" ",
        indent="  ",
        style="dim",
    ).lines(paper)
    if most is not None and len(labels) > most:
        yield f"  and {len(labels) - most} more (--verbose shows them)"


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        whole = count(int(value)) if abs(value) >= MIN_WHOLE and value.is_integer() else ""
        return whole if whole and len(whole) <= CELL_COLUMNS else compact(value, 3)
    return named(str(value), CELL_COLUMNS)
