"""Flows in a few lines: through which failure mode, and which failing criterion, each end came about."""

from collections.abc import Iterator, Mapping
from typing import Any

from sensa.kernels.ties import falling
from sensa.reports.layout import Paper, labelled, named
from sensa.reports.number_format import percent
from sensa.reports.result.answers import Answers
from sensa.reports.result.carried_by import MODE_NAMES
from sensa.reports.result.plain_tables import tables
from sensa.reports.table import Column, Table

NOTHING = {"mode": "none of them", "criterion": "none violated"}
_NAME_COLUMNS, _CELL_COLUMNS = 32, 14

Plain = Mapping[str, Any]


def modes(answers: Answers, data: Plain, paper: Paper, everything: bool) -> Iterator[str]:
    """The section of the analysis `modes`; all its tables with `everything`."""
    if everything or not data["variables"]:
        yield from tables("modes", data, paper, everything=everything)
        return
    if "kind_flow" in data["variables"]:
        yield from _table(data, paper, "Ends through, first", "kind_flow", "mode")
        tied = largest_tie(data)
        if tied:
            yield from labelled("Split", tied, paper)
    if "kind_criterion_flow" in data["variables"]:
        yield from _table(data, paper, "Ends after failing, first", "kind_criterion_flow", "criterion")
    if data["note"]:
        yield from labelled("Note", data["note"], paper)


def _table(data: Plain, paper: Paper, title: str, variable: str, dimension: str) -> Iterator[str]:
    """Rows of modes or criteria, those of the most catastrophes first; columns of kinds; and their sums."""
    kinds = [str(kind) for kind in data["coordinates"]["kind"]["values"]]
    rows = list(flows(data, variable, dimension))
    yield from Table(
        title,
        [label for label, _ in rows],
        [
            Column(kind.replace("_", " "), [percent(flow[at]) for _, flow in rows], _CELL_COLUMNS)
            for at, kind in enumerate(kinds)
        ],
        least=_NAME_COLUMNS,
        most=_NAME_COLUMNS,
        whole=True,
        gap=" ",
    ).lines(paper)


def flows(data: Plain, variable: str, dimension: str) -> Iterator[tuple[str, list[float]]]:
    """Modes or criteria, those of the most catastrophes first and none last: the share of each kind."""
    kinds = [str(kind) for kind in data["coordinates"]["kind"]["values"]]
    names = [str(name) for name in data["coordinates"][dimension]["values"]]
    flow = data["variables"][variable]["values"]
    rank = falling(flow[kinds.index("catastrophic")] if "catastrophic" in kinds else flow[0])
    order = sorted(range(len(names) - 1), key=lambda i: rank[i])
    for i in [*order, len(names) - 1]:
        label = NOTHING[dimension] if i == len(names) - 1 else MODE_NAMES.get(names[i], names[i])
        yield label.replace("_", " "), [row[i] for row in flow]


def largest_tie(data: Plain) -> str:
    """The outcome of which most is split among modes that came first together."""
    tied = data["variables"]["tied"]["values"]
    most = falling(tied).index(0)
    if not tied[most]:
        return ""
    name = named(str(data["coordinates"]["outcome"]["values"][most]), _NAME_COLUMNS)
    return f"several modes came first at once in {percent(tied[most])} ({name}): shared equally"
