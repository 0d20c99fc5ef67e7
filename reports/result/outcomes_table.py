"""The first tables of a report: how the story ends, and when."""

from collections.abc import Iterator

from sensa.kernels.ties import falling
from sensa.reports.layout import (
    MARKS,
    Paper,
    bar,
    binned,
    columns,
    left,
    right,
    shown,
    sparkline,
    wrapped,
)
from sensa.reports.number_format import (
    UNDEFINED,
    between,
    compact,
    count,
    interval,
    percent,
)
from sensa.reports.result.answers import Answers, Measure

MAX_OUTCOMES = 8
MAX_PHASES = 6
_MAX_NAME_COLUMNS = 30


def outcomes(answers: Answers, paper: Paper, everything: bool) -> Iterator[str]:
    """The probability of each outcome, with its interval and a bar."""
    if not answers.outcomes:
        return
    most = None if everything else MAX_OUTCOMES
    rows = list(answers.outcomes.items())[:most]
    name = min(_MAX_NAME_COLUMNS, max([len("safe, if it fails"), *(len(n) + 2 for n, _ in rows)]))
    head = f"{left('How it ends', name)}  {right('mean', 10)}   {left('90 % interval', 22)}"
    yield paper.paint(head.rstrip(), "head")
    room = paper.width - name - 39
    for outcome, answer in rows:
        measure = answer.probability
        low, high = measure.between()
        drawn = bar(low or 0.0, measure.mean or 0.0, high or 0.0, room)
        label = paper.paint(left(shown(f"{MARKS[answer.kind]} {outcome}", name), name), answer.kind)
        yield f"{label}  {_cells(measure)}  {paper.paint(drawn, answer.kind)}"
    if len(rows) < len(answers.outcomes):
        yield f"  and {len(answers.outcomes) - len(rows)} more (--verbose shows them)"
    if answers.failing_safely is not None:
        note = answers.notes.get("failing_safely", "") if answers.failing_safely.mean is None else ""
        label = left("safe, if it fails", name)
        yield (
            f"{label}  {UNDEFINED}: {shown(note, paper.width - name - 15)}"
            if note
            else (f"{label}  {_cells(answers.failing_safely)}")
        )
    if answers.loss is not None:
        ends = between(*map(compact, answers.loss.between()))
        yield f"{left('expected loss', name)}  {right(compact(answers.loss.mean), 10)}   {ends}"


def _cells(measure: Measure) -> str:
    return f"{right(percent(measure.mean), 10)}   {left(interval(*measure.between()), 22)}"


def steps(answers: Answers, paper: Paper) -> Iterator[str]:
    """When it ends: one sparkline for each way to fail, and the likeliest step."""
    steps = len(answers.phases)
    failing = [(n, o) for n, o in answers.outcomes.items() if o.kind != "success" and o.probability.mean]
    if steps < 2 or not failing:
        return
    name = min(_MAX_NAME_COLUMNS, max(len(n) for n, _ in failing) + 2)
    room = min(40, paper.width - name - 40)
    shortest = len(binned([0.0] * steps, room))
    head = f"When it ends, over {count(steps)} steps"
    if shortest < steps:
        head += f" ({-(-steps // room)} to a mark)"
    ended = _by_phase(answers)
    fits = ended and columns(head) + columns(ended) + 2 <= paper.width
    yield paper.paint(head, "head") + (f"; {ended}" if fits else "")
    for outcome, answer in failing[:MAX_OUTCOMES]:
        values = [value or 0.0 for value in answer.by_step]
        top = falling(values).index(0)
        phase = f", {shown(answers.phases[top], 20)}" if answers.phases[top] else ""
        label = paper.paint(left(shown(f"{MARKS[answer.kind]} {outcome}", name), name), answer.kind)
        drawn = paper.paint(left(sparkline(values, room), shortest), answer.kind)
        yield f"{label}  {drawn}  most at step {top + 1}{phase}: {percent(values[top])}"
    if ended and not fits:
        yield from wrapped(ended, paper.width, "  ")


def _by_phase(answers: Answers) -> str:
    """The probability of a catastrophe by the end of each phase; empty for a single phase."""
    risk, phases = answers.cumulative.get("catastrophic", ()), answers.phases
    ends = [i for i in range(len(phases)) if i + 1 == len(phases) or phases[i + 1] != phases[i]]
    if len(ends) < 2 or not risk:
        return ""
    parts = [f"{shown(phases[i], 20)} {percent(risk[i])}" for i in ends[:MAX_PHASES]]
    if len(ends) > MAX_PHASES:
        parts += ["…", f"{shown(phases[ends[-1]], 20)} {percent(risk[ends[-1]])}"]
    return f"catastrophe by the end of {', '.join(parts)}"
