"""Which entries are suspect: a line for each that was edited since it was signed, with what rests on it."""

from collections.abc import Iterator, Mapping
from typing import Any

from sensa.reports.layout import Paper, left, listed, shown, wrapped
from sensa.reports.result.answers import Answers
from sensa.reports.result.plain_tables import tables
from sensa.reports.result.ranking import short

MAX_EDITED, MAX_RESTING = 2, 4
_LABEL_COLUMNS = 12
_MAX_NAME_COLUMNS = 30

Plain = Mapping[str, Any]


def sign_offs(answers: Answers, data: Plain, paper: Paper, everything: bool) -> Iterator[str]:
    """The section of the analysis `sign_offs`, if anything is suspect; with `everything` also its table."""
    entries = data["coordinates"].get("entry", {"values": ()})["values"]
    states = data["variables"]["state"]["values"] if entries else ()
    edited = [i for i, state in enumerate(states) if state == "edited"]
    for count, i in enumerate(edited if everything else edited[:MAX_EDITED]):
        label = left("" if count else "Suspect", _LABEL_COLUMNS)
        yield from wrapped(_edited(data, i), paper.width, " " * _LABEL_COLUMNS, label)
    if len(edited) > MAX_EDITED and not everything:
        yield f"{left('', _LABEL_COLUMNS)}and {len(edited) - MAX_EDITED} more (`sensa check` shows all)"
    if everything and entries:
        yield from tables("sign_offs", data, paper, everything=True)


def _edited(data: Plain, i: int) -> str:
    """`refuses was edited since Ana signed it on 2026-11-20; catastrophic and 3 more rest on it`."""
    entries = data["coordinates"]["entry"]["values"]
    name, by, day = (
        _name(entries[i]),
        data["variables"]["by"]["values"][i],
        data["variables"]["date"]["values"][i],
    )
    bare = entries[i].split(".", 1)[1]
    resting = [
        _name(entry)
        for entry, on in zip(entries, data["variables"]["rests_on"]["values"], strict=True)
        if bare in on.split(", ")
    ]
    resting.reverse()  # outcomes first
    more = [f"{len(resting) - MAX_RESTING} more"] if len(resting) > MAX_RESTING else []
    said = f"{name} was edited since {shown(by, _MAX_NAME_COLUMNS)} signed it on {day}"
    if not resting:
        return said
    return (
        f"{said}; {listed([*resting[:MAX_RESTING], *more])} {'rests' if len(resting) == 1 else 'rest'} on it"
    )


def _name(entry: str) -> str:
    return shown(short(entry), _MAX_NAME_COLUMNS)
