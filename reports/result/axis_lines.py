"""Axes in a few lines: where the danger falls, which difference adds to it, and what outruns what."""

from collections.abc import Iterator, Mapping
from typing import Any

from sensa.kernels.ties import falling
from sensa.reports.layout import Paper, labelled, lines_of, shown
from sensa.reports.number_format import compact, defined, percent
from sensa.reports.result.answers import Answers
from sensa.reports.result.plain_tables import tables

MAX_AXES = 4
MIN_EFFECT = 0.005  # of the risk; less is not mentioned

Plain = Mapping[str, Any]


def axes(answers: Answers, data: Plain, paper: Paper, everything: bool) -> Iterator[str]:
    """The section of the analysis `axes`; all its tables with `everything`."""
    if everything or "training" not in data["variables"]:
        yield from tables("axes", data, paper, everything=everything)
        return
    yield paper.paint("Axes, not phases", "head")
    for label, text in sentences(answers, data):
        yield from labelled(label, shown(text, lines_of(2, paper)), paper)


def sentences(answers: Answers, data: Plain) -> Iterator[tuple[str, str]]:
    """What is said, with a word on each."""
    if "training" not in data["variables"]:
        return
    said = (
        ("Danger", _danger(data)),
        ("Adds to it", _effects(answers, data)),
        ("Rates", _rates(data)),
        ("Apart", _decorrelated(data)),
        ("Note", data["note"]),
    )
    yield from ((label, text) for label, text in said if text)


def _values(data: Plain, name: str) -> Any:
    found = data["variables"].get(name)
    return found["values"] if found else None


def _labels(data: Plain, name: str) -> list[str]:
    return [str(label) for label in data["coordinates"][name]["values"]]


def _danger(data: Plain) -> str:
    """How much of the danger falls in training, and in each phase."""
    within = _values(data, "danger_in_training")
    if not defined(within):
        return ""
    by_phase: dict[str, float] = {}
    for phase, share in zip(_labels(data, "phase"), _values(data, "danger"), strict=True):
        by_phase[phase] = by_phase.get(phase, 0.0) + share
    parts = ", ".join(f"{phase} {percent(share)}" for phase, share in by_phase.items())
    return f"{percent(within)} of it falls in training ({parts})"


def _effects(answers: Answers, data: Plain) -> str:
    """What each axis adds as deployment leaves training's value of it, the largest first."""
    effect, stated, like = (_values(data, name) for name in ("risk_effect", "as_stated", "like_training"))
    if effect is None:
        return ""
    outcomes = _labels(data, "outcome")
    worst = [i for i, name in enumerate(outcomes) if _is_catastrophic(answers, name)]
    before, after = (sum(values[i] for i in worst) for values in (like, stated))
    rank = falling([abs(one) for one in effect])
    order = sorted(range(len(effect)), key=lambda i: rank[i])
    names = _labels(data, "axis")
    large = [i for i in order if abs(effect[i]) >= MIN_EFFECT * max(before, after)]
    parts = [f"{names[i]} {100 * effect[i]:+.2g} pts" for i in large[:MAX_AXES]]
    more = [f"and {len(large) - MAX_AXES} more"] if len(large) > MAX_AXES else []
    how = ", ".join([*parts, *more]) or "no axis by itself"
    return f"{how}; the risk is {percent(after)}, and {percent(before)} with deployment like training"


def _is_catastrophic(answers: Answers, outcome: str) -> bool:
    return outcome in answers.outcomes and answers.outcomes[outcome].kind == "catastrophic"


def _rates(data: Plain) -> str:
    """At which step the shift is least likely to be met by an update, or by a look."""
    parts = []
    for name, what in (("updated_first", "an update"), ("overseen_first", "oversight")):
        known = [(first, step) for step, first in enumerate(_values(data, name) or (), 1) if defined(first)]
        if known:
            first, step = min(known)
            parts.append(
                f"the chance that {what} comes before the next shift is lowest at step {step}: "
                f"{percent(first)}"
            )
    return "; ".join(parts)


def _decorrelated(data: Plain) -> str:
    change = _values(data, "decorrelated_change")
    if change is None:
        return ""
    moved = sum(abs(one) for one in change) / 2
    before, after = (compact(_values(data, name)) for name in ("risk_sd", "decorrelated_risk_sd"))
    return (
        f"with independent axes {percent(moved)} end otherwise; the risk's sd goes from {before} to {after}"
    )
