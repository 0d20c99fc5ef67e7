"""How the story ends given an observation, beside how it ends without it."""

from collections.abc import Iterator, Mapping
from typing import Any

from sensa.reports.layout import MARKS, Paper, wrapped
from sensa.reports.number_format import percent
from sensa.reports.result.answers import Answers
from sensa.reports.result.outcomes_table import SAFE
from sensa.reports.table import Column, Table

MAX_OUTCOMES = 8
_NAME_COLUMNS, _CELL_COLUMNS = 30, 10


def given(answers: Answers, data: Mapping[str, Any], paper: Paper, everything: bool) -> Iterator[str]:
    """The section of `sensa run --given`: outcomes, then kinds; errors where there are any."""
    text, value = str(data["coordinates"]["given"]["values"]), _cells(data)
    head = f"Given {text} ({percent(value('probability'))}): an observation, not an intervention"
    for line in wrapped(head, paper.width):
        yield paper.paint(line, "head")
    names, of = (data["coordinates"][key]["values"] for key in ("output", "of"))
    outcomes = [i for i, kind in enumerate(of) if kind == "outcome"]
    rows = [*(outcomes if everything else outcomes[:MAX_OUTCOMES]), *range(len(outcomes), len(names))]
    errors = any(value("error", i) for i in rows)
    shown = {"given": "mean", "in all": "before", **({"error": "error"} if errors else {})}
    labels = [f"{_mark(answers, names[i]) if i in outcomes else ' '} {names[i]}" for i in rows]
    cells = [[percent(value(variable, i)) for i in rows] for variable in shown.values()]
    share = value("fail_safe_given_failure")
    if share is not None:
        before = None if answers.failing_safely is None else answers.failing_safely.mean
        labels.append(SAFE)
        last = (percent(share), percent(before), "")
        cells = [[*column, text] for column, text in zip(cells, last, strict=False)]
    yield from Table(
        "",
        labels,
        [Column(head, column, _CELL_COLUMNS) for head, column in zip(shown, cells, strict=True)],
        least=len(SAFE),
        most=_NAME_COLUMNS,
        whole=True,
        gap="   ",
        style="",
    ).lines(paper)
    if len(outcomes) > MAX_OUTCOMES and not everything:
        yield f"  and {len(outcomes) - MAX_OUTCOMES} more outcomes (--verbose shows them)"


def _mark(answers: Answers, outcome: str) -> str:
    return MARKS[answers.outcomes[outcome].kind] if outcome in answers.outcomes else " "


def _cells(data: Mapping[str, Any]) -> Any:
    """A lookup of a variable, of one output if it has several."""

    def value(variable: str, output: int | None = None) -> float | None:
        values = data["variables"][variable]["values"]
        found: float | None = values if output is None else values[output]
        return found

    return value
