"""What danger requires in a few lines: what that gates, and what is left if it is met after all."""

from collections.abc import Iterator, Mapping
from typing import Any

from sensa.kernels.ties import falling
from sensa.reports.layout import Paper, labelled, lines_of, named, shown
from sensa.reports.number_format import count, defined, percent
from sensa.reports.result.answers import Answers
from sensa.reports.result.plain_tables import tables
from sensa.reports.table import Column, Table

MAX_CAPABILITIES = 3
MIN_LIMIT_RATIO = 1.001  # times the risk; limits closer to it are not ahead
_NAME_COLUMNS, _CELL_COLUMNS = 32, 8
COLUMNS = {
    "there": "chance",
    "gates": "gated_in_all",
    "absent": "absent",
    "present": "present",
    "missed": "missed",
}

Plain = Mapping[str, Any]


def capabilities(answers: Answers, data: Plain, paper: Paper, everything: bool) -> Iterator[str]:
    """The section of the analysis `capabilities`; all its tables with `everything`."""
    if everything or "gated" not in data["variables"]:
        yield from tables("capabilities", data, paper, everything=everything)
        return
    yield from _table(data, paper)
    for label, text in sentences(answers, data):
        lines = 2 if label == "Reaches" else 1
        yield from labelled(label, shown(text, lines_of(lines, paper)), paper)


def sentences(_: Answers, data: Plain) -> Iterator[tuple[str, str]]:
    """What is said below the table, with a word on each."""
    if "gated" in data["variables"]:
        said = (("Reaches", _limits(data)), ("Routes", _routes(data)), ("Shared", _shared(data)))
        yield from ((label, text) for label, text in said if text)


def rows(data: Plain) -> Iterator[tuple[str, list[float]]]:
    """Each capability, those that gate the most first: the table's columns `COLUMNS`."""
    names = _labels(data, "capability")
    for i in _order(data):
        yield names[i], [_values(data, name)[i] for name in COLUMNS.values()]


def _values(data: Plain, name: str) -> Any:
    return data["variables"][name]["values"]


def _labels(data: Plain, name: str) -> list[str]:
    return [str(label) for label in data["coordinates"][name]["values"]]


def _order(data: Plain) -> list[int]:
    """The capabilities, those that gate the most first."""
    rank = falling([share or 0.0 for share in _values(data, "gated_in_all")])
    return sorted(range(len(rank)), key=lambda i: rank[i])


def _table(data: Plain, paper: Paper) -> Iterator[str]:
    """A row for each capability: how likely it is, its share of the risk, and the risk as it is set."""
    every = list(rows(data))
    more = f" (of {len(every)})" if len(every) > MAX_CAPABILITIES else ""
    kept = every[:MAX_CAPABILITIES]
    yield from Table(
        f"What danger requires{more}",
        [name for name, _ in kept],
        [
            Column(head, [percent(values[at]) for _, values in kept], _CELL_COLUMNS)
            for at, head in enumerate(COLUMNS)
        ],
        least=_NAME_COLUMNS,
        most=_NAME_COLUMNS,
        whole=True,
        gap=" ",
    ).lines(paper)


def _limit(data: Plain) -> int | None:
    """The column of the story's own limit nearest to the risk, else of the next limit above it."""
    limits, own = data["coordinates"]["limit"]["values"], data["coordinates"]["own"]["values"]
    risk = _values(data, "risk")
    mine = [i for i, of_story in enumerate(own) if of_story]
    if mine:
        return min(mine, key=lambda i: abs(limits[i] - risk))
    return next((i for i, limit in enumerate(limits) if limit > MIN_LIMIT_RATIO * risk), None)


def _limits(data: Plain) -> str:
    """Where what gates the most takes the risk to a limit, and how many trials would hold it."""
    at = _limit(data)
    if at is None:
        return ""
    i = _order(data)[0]
    ways = [
        f"{what} {percent(_values(data, name)[i][at])}"
        for what, name in (("there with", "present_at"), ("missed with", "missed_at"))
        if defined(_values(data, name)[i][at])
    ]
    held = _held(_values(data, "trials")[i][at])
    where = f" where {named(_labels(data, 'capability')[i], 24)} is {' or '.join(ways)}" if ways else ""
    return f"{percent(data['coordinates']['limit']['values'][at])}{where}; {held}"


def _held(trials: Any) -> str:
    if trials is None:
        return "it is too close to say how many trials would hold the limit"
    if trials == "inf":
        return "no number of trials would hold the limit"
    if not trials:
        return "the limit holds without trials"
    return f"{count(int(trials))} trial{'s' if trials != 1 else ''}, none showing it, would hold the limit"


def _routes(data: Plain) -> str:
    """The behaviour whose other route is worst, and the leak that it may have."""
    names, worst = _labels(data, "behaviour"), _values(data, "route")
    i = falling(worst).index(0)
    at = _limit(data)
    leak = None if at is None else _values(data, "leak_at")[i][at]
    limit = "" if at is None else percent(data["coordinates"]["limit"]["values"][at])
    reached = f"; {limit} at a leak of {percent(leak)}" if defined(leak) else ""
    return f"{named(names[i], 24)} in another way: {percent(worst[i])}{reached}"


def _shared(data: Plain) -> str:
    """The two capabilities that gate the most and rest on the same."""
    order, names = _order(data), _labels(data, "capability")
    for a in order:
        for b in order:
            text = _values(data, "shared")[a][b]
            if a != b and text:
                both = percent(_values(data, "missed_both")[a][b])
                what = named(text.split("; ")[0], 24)
                return f"{named(names[a], 20)} and {named(names[b], 20)} rest on {what}; both missed: {both}"
    return ""
