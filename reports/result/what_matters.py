"""What matters most, side by side: violations, and unknown numbers."""

from collections.abc import Callable, Iterator, Mapping

from sensa.reports.layout import (
    MAX_COLUMNS,
    Paper,
    beside,
    columns,
    shown,
    wrapped,
)
from sensa.reports.number_format import (
    UNDEFINED,
    UNSEEN,
    compact,
    defined,
    points,
    share,
    times,
)
from sensa.reports.result import ranking
from sensa.reports.result.answers import Answers, Number
from sensa.reports.table import Column, Table

MAX_ROWS = 5
_MAX_NAME_COLUMNS = 30
_MIN_COLUMNS = 39  # columns that a block needs beside another


def matters(answers: Answers, paper: Paper, everything: bool) -> Iterator[str]:
    """Violations and unknown numbers, side by side if both fit."""
    violations = list(_violations(answers, paper, everything))
    width = max(map(columns, violations), default=0) + 4
    if violations and paper.width - width >= _MIN_COLUMNS:
        beneath = Paper(paper.width - width, paper.colour)
        yield from beside(violations, list(_drivers(answers, beneath, everything)), width)
        return
    numbers = list(_drivers(answers, paper, everything))
    yield from violations
    if violations and numbers:
        yield ""
    yield from numbers


def _violations(answers: Answers, paper: Paper, everything: bool) -> Iterator[str]:
    effects = ranking.effects(answers)
    if not effects:
        return
    before = ranking.base(answers)
    rows = effects if everything else ranking.shortlist(effects, MAX_ROWS)
    first, second = (15, 16) if any(effect.change_error for effect in rows) else (12, 9)
    risk, failing = [], []
    for effect in rows:
        base = _without(effect.catastrophic, effect.change, before.catastrophic)
        moved = _lowered(effect, base) + times(effect.catastrophic, base) + _off(effect.change_error, base)
        risk.append(moved if defined(effect.catastrophic) else UNSEEN)
        base = _without(effect.failing, effect.failing_change, before.failing)
        moved = _failing(effect.failing, base)
        moved += _off(effect.failing_change_error, base if moved.startswith("×") else 0.01)
        failing.append(moved if defined(effect.failing) else UNSEEN)
    yield from Table(
        "If violated",
        [effect.assumption for effect in rows],
        (Column("catastrophic", risk, first), Column("failing", failing, second)),
        most=_MAX_NAME_COLUMNS,
        whole=True,
    ).lines(paper)
    if len(rows) < len(effects):
        line = f"and {ranking.rest(effects, rows, ('change nothing', 'do less'))} (--verbose shows them)"
        yield from wrapped(line, paper.width)


def _without(violated: Number, change: Number, otherwise: Number) -> Number:
    """The value before the change, in the same worlds if these are sampled."""
    return violated - change if defined(violated) and defined(change) else otherwise


def _off(error: Number, unit: Number) -> str:
    """The standard error of a change, relative to the value before or in points; empty if it is 0."""
    return f" ±{compact(error / unit, 1)}" if defined(error) and error and unit else ""


def _lowered(effect: ranking.Effect, before: Number) -> str:
    """A mark if the violation makes a catastrophe less likely."""
    return "↓ " if effect.size[0] > 0 and (effect.catastrophic or 0.0) < (before or 0.0) else ""


def _failing(changed: Number, before: Number) -> str:
    """The change of failing in points; as a ratio if failing is rare."""
    if defined(changed) and defined(before) and max(changed, before) < 0.01:
        return times(changed, before)
    return points(changed, before)


def _drivers(answers: Answers, paper: Paper, everything: bool) -> Iterator[str]:
    """Unknown numbers: their shares of the catastrophic risk beside those of failing at all."""
    if "sobol_credence" not in answers.how:
        return
    drivers = ranking.drivers(answers)
    known = [head for head, part in _MOVED.items() if any(defined(part(driver)) for driver in drivers)]
    room = paper.width - sum(columns(head) + 2 for head in known)
    head = next((text for text in _HEADS if columns(text) <= room), _HEADS[-1])
    if not known:
        yield paper.paint(head, "head")
        note = answers.notes.get("sobol_credence") or "no number is uncertain"
        said = note if note.startswith("not computed") else f"{UNDEFINED}: {note}"
        yield from wrapped(shown(said, MAX_NOTE), room)
        return
    rows = drivers if everything else ranking.shortlist(drivers, MAX_ROWS)
    yield from Table(
        head,
        [ranking.short(driver.path) for driver in rows],
        [Column(head, [_share(_MOVED[head](driver)) for driver in rows]) for head in known],
        most=MAX_COLUMNS,
        whole=True,
    ).lines(paper)
    if len(rows) < len(drivers):
        yield f"and {ranking.rest(drivers, rows, ('move nothing', 'move less'))}"


MAX_NOTE = 400  # characters, with the names of numbers in it
_HEADS = ("Which unknown number moves", "Which number moves", "What moves")
_MOVED: Mapping[str, Callable[[ranking.Driver], Number]] = {
    "the risk": lambda driver: driver.catastrophic,
    "failing": lambda driver: driver.failing,
}


def _share(total: Number) -> str:
    """A share of the variance."""
    return share(total) if defined(total) else "-"
