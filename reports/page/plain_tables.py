"""Tables of analyses that have nothing of their own on the page, and of all that others have."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sensa.reports.number_format import compact
from sensa.reports.page.markup import EMPTY, Html, authored, join, tag
from sensa.reports.page.report import Report
from sensa.reports.page.words import spaced
from sensa.reports.result.unseen_cells import with_unseen

MAX_ROWS, MAX_COLUMNS = 40, 12
MAX_TEXT = 120  # characters of a cell

Plain = Mapping[str, Any]


def folded(report: Report, name: str, data: Plain, said: str = "All its numbers") -> Html:
    """All tables of an analysis, folded; nothing without any."""
    found = list(tables(with_unseen(name, data)))
    if not found:
        return EMPTY
    return tag(
        "details", tag("summary", said), *(report.region(f"{spaced(name)}: {of}", one) for of, one in found)
    )


def tables(data: Plain) -> Iterator[tuple[str, Html]]:
    """Variables of one dimension side by side, others in tables of their own, with what each is of."""
    variables = {name: one for name, one in data["variables"].items() if not _undefined(one["values"])}
    single = [(name, [one["values"]]) for name, one in variables.items() if not one["dims"]]
    if single:
        yield "numbers", _table("", ["value"], [(name, *value) for name, value in single])
    for dims in dict.fromkeys(tuple(one["dims"]) for one in variables.values()):
        own = {name: one["values"] for name, one in variables.items() if tuple(one["dims"]) == dims}
        if len(dims) == 1:
            names = [name for name in own if not name.endswith("_error")] or list(own)
            labels = _labels(data, dims[0], len(own[names[0]]))
            rows = list(zip(labels, *(own[name] for name in names), strict=True))
            yield f"by {spaced(dims[0])}", _table(dims[0], names, rows)
        elif len(dims) == 2:
            for name, values in own.items():
                if not name.endswith("_error"):
                    heads = _labels(data, dims[1], len(values[0]) if values else 0)
                    labels = _labels(data, dims[0], len(values))
                    rows = [
                        (label, *row)
                        for label, row in zip(labels, values, strict=True)
                        if not _undefined(row)
                    ]
                    yield spaced(name), _table(name, heads, rows)


def _undefined(values: Any) -> bool:
    return all(map(_undefined, values)) if isinstance(values, list) else values is None


def _labels(data: Plain, dimension: str, length: int) -> list[str]:
    found = data["coordinates"].get(dimension)
    return [str(value) for value in found["values"]] if found else [str(i) for i in range(length)]


def _table(corner: str, heads: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Html:
    shown = heads[:MAX_COLUMNS]
    more = f"and {len(heads) - len(shown)} more" if len(heads) > len(shown) else None
    cells = [tag("th", authored(spaced(name)), class_="n") for name in shown]
    head = tag("tr", tag("th", spaced(corner) or "number"), *cells, tag("th", more) if more else None)
    body = [
        tag(
            "tr",
            tag("td", authored(label)),
            *(tag("td", _cell(value), class_="n") for value in row[:MAX_COLUMNS]),
        )
        for label, *row in rows[:MAX_ROWS]
    ]
    rest = tag("p", f"and {len(rows) - MAX_ROWS} more rows", class_="sub") if len(rows) > MAX_ROWS else None
    return join([tag("table", tag("thead", head), tag("tbody", *body), class_="plain-table"), rest])


def _cell(value: Any) -> str | Html:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return compact(float(value), 3)
    text = str(value)
    return authored(text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…")
