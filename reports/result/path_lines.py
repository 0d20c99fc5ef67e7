"""Paths in a few lines: the likeliest to each end, look-alikes, what diverts them, where they settle."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from sensa.reports.layout import (
    MARKS,
    NARROW,
    Paper,
    labelled,
    left,
    lines_of,
    listed,
    named,
    right,
    shown,
    wrapped,
)
from sensa.reports.number_format import compact, defined, percent
from sensa.reports.result.answers import Answers
from sensa.reports.result.plain_tables import tables

MAX_PATHS = 4
MAX_DIVERTING = 2
MIN_MOVED = 0.005  # of the worlds; less is not mentioned
_NAME_COLUMNS = 24
_LABEL_COLUMNS = 13

Plain = Mapping[str, Any]


def paths(answers: Answers, data: Plain, paper: Paper, everything: bool) -> Iterator[str]:
    """The section of the analysis `paths`; all its tables with `everything`."""
    if everything:
        yield from tables("paths", data, paper, everything=True)
        return
    if "path" not in data["variables"]:
        yield from tables("paths", data, paper)
        return
    yield from _likeliest(answers, data, paper)
    for label, text in sentences(answers, data):
        most = shown(text, lines_of(2, paper, _LABEL_COLUMNS))
        yield from labelled(label, most, paper, _LABEL_COLUMNS)


def sentences(answers: Answers, data: Plain) -> Iterator[tuple[str, str]]:
    """What is said below the paths, with a word on each."""
    if "path" not in data["variables"]:
        return
    said = (
        ("Look alike", _look_alikes(answers, data)),
        ("Diverts", _diverting(data)),
        ("Set by step", _set_by(answers, data)),
        ("Long run", _long_run(data)),
    )
    yield from ((label, text) for label, text in said if text)


def likeliest(data: Plain) -> list[tuple[str, float, str]]:
    """Each outcome that is reached: what share of it goes the likeliest way, and which way that is."""
    found = zip(_labels(data, "outcome"), _values(data, "path"), _values(data, "path_share"), strict=True)
    return [(outcome, share, _way(words)) for outcome, words, share in found if defined(share)]


def _values(data: Plain, name: str) -> list[Any]:
    found = data["variables"].get(name)
    return list(found["values"]) if found else []


def _labels(data: Plain, name: str) -> list[str]:
    return (
        [str(label) for label in data["coordinates"][name]["values"]] if name in data["coordinates"] else []
    )


def _likeliest(answers: Answers, data: Plain, paper: Paper) -> Iterator[str]:
    """A line for each outcome: what share of it goes the likeliest way, and which way that is."""
    head = f"{left('Paths, to', _NAME_COLUMNS)}  {right('likeliest', 9)}  by way of"
    yield paper.paint(" ".join(head.split()) if paper.width < NARROW else head, "head")
    reached = likeliest(data)
    for outcome, share, way in reached[:MAX_PATHS]:
        kind = answers.outcomes[outcome].kind if outcome in answers.outcomes else ""
        name = named(f"{MARKS.get(kind, '')} {outcome}", _NAME_COLUMNS)
        room = paper.width - _NAME_COLUMNS - 13
        if paper.width < NARROW:
            yield f"{paper.paint(name, kind) if kind else name}  {percent(share)}"
            yield from wrapped(way, paper.width, "  ", "  ")
            continue
        label = paper.paint(left(name, _NAME_COLUMNS), kind) if kind else left(name, _NAME_COLUMNS)
        yield f"{label}  {right(percent(share), 9)}  {shown(way, room)}"
    if len(reached) > MAX_PATHS:
        yield f"  and {len(reached) - MAX_PATHS} more (--verbose shows them)"


def _way(words: list[str]) -> str:
    """What happens at which steps; steps at which nothing does are left out."""
    steps = [(text, step) for step, text in enumerate(words, 1) if text not in ("", "-")]
    parts = []
    for text, group in groupby(steps, key=lambda one: one[0]):
        at = [step for _, step in group]
        parts.append(f"{text} at {at[0]}" if len(at) == 1 else f"{text} at {at[0]} to {at[-1]}")
    end = max(step for step, text in enumerate(words, 1) if text)
    parts += [f"ends at {end}"] if end < len(words) else []
    return "; ".join(parts) or "nothing happens"


def _look_alikes(answers: Answers, data: Plain) -> str:
    """How many of the worst paths no safeguard tells from the wanted one, and from when on it does."""
    outcomes, unseen = _labels(data, "outcome"), _values(data, "unseen")
    told = _values(data, "told_apart")
    parts = []
    for i, share in enumerate(unseen):
        kind = answers.outcomes[outcomes[i]].kind if outcomes[i] in answers.outcomes else ""
        if kind == "catastrophic" and defined(share):
            first = f"; its likeliest path shows at step {told[i]:.0f}" if defined(told[i]) else ""
            parts.append(f"{percent(share)} of {outcomes[i]} looks like success until it ends{first}")
    return "; ".join(parts)


def _diverting(data: Plain) -> str:
    """The violations and options that change the most ends; events are often the ends themselves."""
    names, kinds = _labels(data, "perturbation"), _labels(data, "perturbation_kind")
    named = [
        f"{name} ({percent(share)} end otherwise)"
        for name, kind, share in zip(names, kinds, _values(data, "moved"), strict=True)
        if kind in ("assumption", "choice") and share >= MIN_MOVED
    ]
    return "; ".join(named[:MAX_DIVERTING])


def _set_by(answers: Answers, data: Plain) -> str:
    """How much of whether it ends in catastrophe is set by each step."""
    kinds = _labels(data, "kind")
    if "catastrophic" not in kinds or not _values(data, "kind_set_by"):
        return ""
    row = kinds.index("catastrophic")
    once, by = _values(data, "kind_set_once")[row], _values(data, "kind_set_by")[row]
    if not defined(once):
        return ""
    half = next(step for step, share in enumerate(by, 1) if share >= 0.5)
    steps = [f"{percent(share)} by {step}" for step, share in enumerate(by, 1)]
    few = (
        steps
        if len(steps) <= 4
        else [steps[0], *([steps[half - 1]] if 1 < half < len(steps) else []), steps[-1]]
    )
    return f"of whether it ends in catastrophe {percent(once)} before the first step, {listed(few)}"


def _long_run(data: Plain) -> str:
    """Where choices settle: the long-run shares, and how soon the closed classes are reached."""
    states, share = _labels(data, "state"), _values(data, "long_run")
    closed, steps = _values(data, "closed"), _values(data, "steps_until_closed")
    if not share:
        return ""
    parts = [f"{name} {percent(part)}" for name, part in zip(states, share, strict=True) if part >= MIN_MOVED]
    passed = [at for number, at in zip(closed, steps, strict=True) if number == 0]
    soon = f"; settled after {compact(max(passed))} steps at most, in the mean" if passed else ""
    return f"{', '.join(parts)}{soon}"
