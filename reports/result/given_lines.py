"""How the story ends given an observation, beside how it ends without it."""

from collections.abc import Iterator, Mapping
from typing import Any

from sensa.reports.layout import MARKS, Paper, left, right, shown, wrapped
from sensa.reports.number_format import percent
from sensa.reports.result.answers import Answers

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
    name = min(_NAME_COLUMNS, max([len("safe, if it fails"), *(len(names[i]) + 2 for i in rows)]))
    columns = ["given", "in all", *["error"] * errors]
    yield f"{left('', name)}  {'   '.join(right(column, _CELL_COLUMNS) for column in columns)}"
    for i in rows:
        mark = (
            MARKS[answers.outcomes[names[i]].kind] if i in outcomes and names[i] in answers.outcomes else " "
        )
        cells = [percent(value(column, i)) for column in ("mean", "before", *["error"] * errors)]
        yield f"{left(shown(f'{mark} {names[i]}', name), name)}  {_joined(cells)}"
    if len(outcomes) > MAX_OUTCOMES and not everything:
        yield f"  and {len(outcomes) - MAX_OUTCOMES} more outcomes (--verbose shows them)"
    share = value("fail_safe_given_failure")
    if share is not None:
        before = None if answers.failing_safely is None else answers.failing_safely.mean
        yield f"{left('safe, if it fails', name)}  {_joined([percent(share), percent(before)])}"


def _cells(data: Mapping[str, Any]) -> Any:
    """A lookup of a variable, of one output if it has several."""

    def value(variable: str, output: int | None = None) -> float | None:
        values = data["variables"][variable]["values"]
        found: float | None = values if output is None else values[output]
        return found

    return value


def _joined(cells: list[str]) -> str:
    return "   ".join(right(cell, _CELL_COLUMNS) for cell in cells)
