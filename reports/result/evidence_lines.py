"""What credences are counted from: a line for each node, with where it is from."""

from collections.abc import Iterator, Mapping
from typing import Any

from sensa.reports.layout import Paper, left, shown, wrapped
from sensa.reports.result.answers import Answers
from sensa.reports.result.plain_tables import tables

MAX_ENTRIES = 3
_LABEL_COLUMNS = 12
_MAX_NAME_COLUMNS = 30

Plain = Mapping[str, Any]


def counted_evidence(answers: Answers, data: Plain, paper: Paper, everything: bool) -> Iterator[str]:
    """The section of the analysis `counted_evidence`; with `everything` also all its tables."""
    count = len(data["coordinates"].get("entry", {"values": ()})["values"])
    for i in range(count if everything else min(count, MAX_ENTRIES)):
        text = shown(_entry(data, i), 2 * (paper.width - _LABEL_COLUMNS))
        label = left("" if i else "Counted", _LABEL_COLUMNS)
        yield from wrapped(text, paper.width, " " * _LABEL_COLUMNS, label)
    if count > MAX_ENTRIES and not everything:
        yield f"{left('', _LABEL_COLUMNS)}and {count - MAX_ENTRIES} more (--verbose shows them)"
    if everything and count:
        yield from tables("counted_evidence", data, paper, everything=True)


def _entry(data: Plain, i: int) -> str:
    """`refuses 298 of 300, by runs/probe.eval (probe, lab/model-1, 2026-11-20)`."""

    def of(name: str) -> Any:
        return data["variables"][name]["values"][i]

    name = shown(data["coordinates"]["node"]["values"][i], _MAX_NAME_COLUMNS)
    about = ", ".join(filter(None, (of("task"), of("model"), of("revision")[:10], of("date"))))
    notes = [f"{of('unscored'):g} unscored and left out"] if of("unscored") else []
    notes += [f"of a part of its dataset: {of('subset')}"] if of("subset") else []
    notes += [] if of("used") else ["its number does not come from it"]
    text = f"{name} {of('held'):g} of {of('trials'):g}, by {of('source')}"
    return "; ".join([f"{text} ({about})" if about else text, *notes])
