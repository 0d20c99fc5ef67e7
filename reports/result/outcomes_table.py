"""The first tables of a report: how the story ends, and when."""

from collections.abc import Callable, Iterator, Sequence

from sensa.kernels.ties import falling
from sensa.reports.layout import (
    MARKS,
    NARROW,
    Paper,
    binned,
    columns,
    left,
    named,
    named_apart,
    sparkline,
    wrapped,
)
from sensa.reports.number_format import (
    NOT_ESTIMATED,
    UNDEFINED,
    UNSEEN,
    between,
    compact,
    count,
    defined,
    percent,
)
from sensa.reports.result.answers import Answers, Measure, Number
from sensa.reports.table import Column, Table

MAX_OUTCOMES = 8
MAX_PHASES = 6
MAX_PHASE_COLUMNS = 20
MIN_SPARK_COLUMNS, MAX_SPARK_COLUMNS = 8, 40
_MAX_NAME_COLUMNS = 30
SAFE, _LOSS = "safe, if it fails", "expected loss"


def outcomes(answers: Answers, paper: Paper, everything: bool) -> Iterator[str]:
    """The probability of each outcome, with its interval and a bar."""
    if not answers.outcomes:
        return
    kept = dict(list(answers.outcomes.items())[: None if everything else MAX_OUTCOMES])
    names = [f"{MARKS[answer.kind]} {outcome}" for outcome, answer in kept.items()]
    cells = [_cells(answer.probability) for answer in kept.values()]
    safely, loss = answers.failing_safely, answers.loss
    note = answers.notes.get("failing_safely", "") if safely is not None and safely.mean is None else ""
    if safely is not None and not note:
        names, cells = [*names, SAFE], [*cells, _cells(safely)]
    if loss is not None:
        names, cells = [*names, _LOSS], [*cells, _cells(loss, compact)]
    yield from Table(
        "How it ends",
        names,
        (
            Column("mean", [mean for mean, _ in cells], 10),
            Column(" 90 % interval", [f" {ends}" for _, ends in cells], 23, words=True),
        ),
        styles=[answer.kind for answer in kept.values()],
        bars=[_bar(answer.probability) for answer in kept.values()],
        least=len(SAFE),
        most=_MAX_NAME_COLUMNS,
        whole=True,
    ).lines(paper)
    if note:
        yield from wrapped(f"{SAFE}  {UNDEFINED}: {note}", paper.width, "  ")
    unclear = [
        name for name, answer in kept.items() if answer.probability.blurred and _cells(answer.probability)[1]
    ]
    if unclear:
        said = f"the 90 % interval of {', '.join(unclear)} is mostly sampling error"
        yield from wrapped(f"Note: {said}; a larger `--samples` takes more worlds", paper.width, "  ", "  ")
    if of_outcomes := answers.notes.get("outcomes"):
        yield from wrapped(f"Note: {of_outcomes}", paper.width, "  ", "  ")
    if len(kept) < len(answers.outcomes):
        yield from wrapped(
            f"and {len(answers.outcomes) - len(kept)} more outcomes (--verbose shows them)",
            paper.width,
            "  ",
            "  ",
        )


def _cells(measure: Measure, said: Callable[[Number], str] = percent) -> tuple[str, str]:
    low, high = measure.between()
    if measure.unseen and measure.bounds is not None:
        return UNSEEN, f"at most {said(measure.bounds[1])} (95 %)"
    if defined(low) and defined(high):
        return said(measure.mean), between(said(low), said(high))
    return said(measure.mean), NOT_ESTIMATED if measure.quantiles and defined(measure.mean) else ""


def _bar(measure: Measure) -> tuple[float, float, float]:
    mean = measure.mean or 0.0
    low, high = (end if defined(end) else mean for end in measure.between())
    return low, mean, high


def steps(answers: Answers, paper: Paper) -> Iterator[str]:
    """When it ends: one sparkline for each way to fail, and the likeliest step."""
    steps = len(answers.phases)
    failing = [
        (n, o)
        for n, o in answers.outcomes.items()
        if o.kind != "success" and o.probability.mean and None not in o.by_step
    ]
    if steps < 2 or not failing:
        return
    failing = failing[:MAX_OUTCOMES]
    names = named_apart([f"{MARKS[answer.kind]} {outcome}" for outcome, answer in failing], _MAX_NAME_COLUMNS)
    name = max(map(columns, names))
    said = [_likeliest(answers, answer.by_step) for _, answer in failing]
    room = min(MAX_SPARK_COLUMNS, paper.width - name - 4 - max(map(columns, said)))
    stacked = paper.width < NARROW or room < MIN_SPARK_COLUMNS
    room = min(MAX_SPARK_COLUMNS, paper.width - 2) if stacked else room
    shortest = len(binned([0.0] * steps, room))
    head = f"When it ends, over {count(steps)} steps"
    if shortest < steps:
        head += f" ({-(-steps // room)} to a mark)"
    ended = _by_phase(answers)
    fits = ended and columns(head) + columns(ended) + 2 <= paper.width
    yield paper.paint(head, "head") + (f"; {ended}" if fits else "")
    for label, (_, answer), words in zip(names, failing, said, strict=True):
        values = [value or 0.0 for value in answer.by_step]
        drawn = paper.paint(left(sparkline(values, room), shortest), answer.kind)
        if stacked:
            yield from (paper.paint(label, answer.kind), f"  {drawn}")
            yield from wrapped(words, paper.width, "  ", "  ")
        else:
            yield f"{paper.paint(left(label, name), answer.kind)}  {drawn}  {words}"
    if ended and not fits:
        yield from wrapped(ended, paper.width, "  ")


def _likeliest(answers: Answers, by_step: Sequence[Number]) -> str:
    """The likeliest step, in words."""
    values = [value or 0.0 for value in by_step]
    top = falling(values).index(0)
    phase = f", {named(answers.phases[top], MAX_PHASE_COLUMNS)}" if answers.phases[top] else ""
    return f"most at step {top + 1}{phase}: {percent(values[top])}"


def _by_phase(answers: Answers) -> str:
    """The probability of a catastrophe by the end of each phase; empty for a single phase."""
    risk, phases = answers.cumulative.get("catastrophic", ()), answers.phases
    ends = [i for i in range(len(phases)) if i + 1 == len(phases) or phases[i + 1] != phases[i]]
    if len(ends) < 2 or not risk:
        return ""
    parts = [f"{named(phases[i], MAX_PHASE_COLUMNS)} {percent(risk[i])}" for i in ends[:MAX_PHASES]]
    if len(ends) > MAX_PHASES:
        parts += ["…", f"{named(phases[ends[-1]], MAX_PHASE_COLUMNS)} {percent(risk[ends[-1]])}"]
    return f"catastrophe by the end of {', '.join(parts)}"
