"""Stated results in two lines each: what the parts give, and what would close the gap."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sensa.reports.layout import Paper, labelled, listed, named, shown
from sensa.reports.number_format import compact, percent, side_by_side
from sensa.reports.result.answers import Answers
from sensa.reports.result.plain_tables import tables
from sensa.stories.problems import told_apart

MAX_STATED, MAX_MOVED = 3, 3
MIN_MOVE = 0.005  # in log-odds; less is not mentioned
_MAX_NAME_COLUMNS = 30
NEAR = 0.005  # of the stated value: no gap to speak of

Plain = Mapping[str, Any]


def stated(answers: Answers, data: Plain, paper: Paper, everything: bool) -> Iterator[str]:
    """The section of the analysis `stated`; with `everything` also all its tables."""
    found = list(comparisons(data))
    for one in found if everything else found[:MAX_STATED]:
        said = f"{shown(one.measure, 60)}: {one.gap} ({shown(one.source, 60)})"
        for label, text in (("Stated", said), ("", one.closing)):
            if text:
                yield from labelled(label, text, paper)
    if not found:
        return
    if len(found) > MAX_STATED and not everything:
        yield from labelled("", f"and {len(found) - MAX_STATED} more stated (--verbose shows them)", paper)
    if everything:
        yield from tables("stated", data, paper, everything=True)


@dataclass(frozen=True)
class Stated:
    """A stated result beside what the parts give, and what would close the gap."""

    measure: str
    source: str
    gap: str
    closing: str  # empty where nothing does


def comparisons(data: Plain) -> Iterator[Stated]:
    """Every stated result."""
    if "stated" not in data["variables"]:
        return
    of = (data["coordinates"][name]["values"] for name in ("measure", "source"))
    for i, (measure, source) in enumerate(zip(*of, strict=True)):
        yield Stated(measure, source, _gap(measure, data["variables"], i), _closing(data, i))


def _gap(measure: str, variables: Plain, i: int) -> str:
    value, wanted = (variables[name]["values"][i] for name in ("value", "stated"))
    of = compact if measure.strip() == "loss" else percent
    if value is None:
        return f"{of(wanted)} is stated; not defined by the parts, as its condition is impossible"
    if abs(value - wanted) <= NEAR * abs(wanted):
        return f"{of(wanted)} is stated, and the parts give {of(value)}"
    ratio = variables["ratio"]["values"][i]
    if of(wanted) == of(value):
        said, given = (told_apart(*pair, digits=3) for pair in ((wanted, value), (value, wanted)))
        return f"{said} is stated; the parts give {given}"
    if ratio is None or ratio <= 0 or 0.5 < ratio < 2:
        return f"{of(wanted)} is stated; the parts give {of(value)}"
    times = f"{compact(ratio)} times as much" if ratio > 1 else f"{compact(1 / ratio)} times less"
    return f"{of(wanted)} is stated; the parts give {of(value)}, {times}"


def _closing(data: Plain, i: int) -> str:
    """The nearest single credence that gives the stated value, and the nearest joint move."""
    variables = data["variables"]
    if "now" not in variables:
        return ""
    names = data["coordinates"]["assumption"]["values"]
    now, single, to = (variables[name]["values"][i] for name in ("now", "single_move", "single_credence"))
    parts = []
    there = [j for j, move in enumerate(single) if move is not None]
    if there:
        nearest = min(there, key=lambda j: (abs(single[j]), names[j]))
        parts.append(f"where {_moved(names[nearest], now[nearest], to[nearest])}")
    moves, joint = variables["joint_move"]["values"][i], variables["joint_credence"]["values"][i]
    moved = [j for j, move in enumerate(moves) if move is not None and abs(move) > MIN_MOVE]
    if len(moved) > 1:
        moved.sort(key=lambda j: (-abs(moves[j]), names[j]))
        each = [_moved(names[j], now[j], joint[j]) for j in moved[:MAX_MOVED]]
        more = [f"{len(moved) - MAX_MOVED} more move"] if len(moved) > MAX_MOVED else []
        parts.append(f"where together {listed([*each, *more])}")
    return f"the parts give it {', or '.join(parts)}" if parts else ""


def _moved(name: str, now: float | None, to: float | None) -> str:
    way = "rises" if (to or 0.0) > (now or 0.0) else "falls"
    start, end = side_by_side(now or 0.0, to or 0.0)
    return f"{named(name, _MAX_NAME_COLUMNS)} {way} from {start} to {end}"
