"""What the scripts of the what-if read: the diagram, the draws, the levers, and what is stated."""

import base64
import json
from array import array
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sensa.reports.number_format import defined
from sensa.reports.page.ladder import stated_scale
from sensa.reports.page.properties import WORDS
from sensa.reports.page.report import Report
from sensa.reports.review.verdict_lines import MARKS

if TYPE_CHECKING:
    from sensa.methods.what_if import Lever, WhatIf
    from sensa.properties.recomputed import Recomputed

SMALL_MOVE = 5e-4


def data(report: Report, found: "WhatIf", levers: "Sequence[Lever]") -> dict[str, Any]:
    """What scripts read; the levers are in the order of the page."""
    measure = report.catastrophic
    assert measure is not None
    p, columns = _columns(found)
    outcomes = report.answers.outcomes
    return {
        "prefix": report.prefix,
        "points": len(found.p),
        "variable": found.variable.tolist(),
        "low": found.low.tolist(),
        "high": found.high.tolist(),
        "roots": found.roots.tolist(),
        "outcomeOfRoot": list(found.outcome_of_root),
        "kinds": [outcomes[name].kind for name in found.outcomes],
        "p": p,
        "columns": columns,
        "levers": [
            {
                "name": lever.name,
                "kind": lever.kind,
                "coins": list(lever.coins),
                "off": list(lever.off),
                "now": _now(report, lever),
                "slides": lever.slides,
            }
            for lever in levers
        ],
        "stated": [outcomes[name].probability.mean for name in found.outcomes],
        "modes": [list(coins) for coins in found.modes.values()],
        "limit": report.limit,
        "measured": found.measured.tolist(),
        "properties": [_property(report, one) for one in properties(report)],
        "meeting": meeting(report),
        "lowest": stated_scale(report, measure).lowest,
    }


def properties(report: Report) -> "tuple[Recomputed, ...]":
    """The story's properties, as far as they can be judged here."""
    return () if report.result.source is None else report.result.source.recomputed


def stated(report: Report, name: str) -> str:
    """`✓ holds`: the run's verdict on a property."""
    known = {verdict.name: verdict.status for verdict in report.result.judgement.verdicts}
    if name not in known:
        return "not judged"
    return f"{MARKS[known[name]]} {WORDS.get(known[name], known[name])}"


def _property(report: Report, one: "Recomputed") -> dict[str, Any]:
    return {
        "stated": stated(report, one.property),
        "sign": one.sign,
        "left": one.left,
        "right": one.right,
        "quantile": one.quantile,
        "cases": [[case.sets, case.before] for case in one.cases],
    }


def _now(report: Report, lever: "Lever") -> float:
    """Where a slider starts: for an assumption drawn once, the probability that it holds."""
    believed = report.believed(lever.name)
    every_step = report.document is not None and (
        lever.kind == "assumption" and report.document.assumptions[lever.name].every_step
    )
    return believed if lever.kind == "assumption" and defined(believed) and not every_step else lever.now


def _columns(found: "WhatIf") -> tuple[list[float | dict[str, int]], str]:
    """A number for each draw that is the same at all points, else its column, as float32, equal ones once."""
    values: list[float | dict[str, int]] = []
    index: dict[bytes, int] = {}
    for i in range(found.draws):
        column = found.p[:, i]
        if (column == column[0]).all():
            values.append(float(column[0]))
            continue
        packed = array("f", column.tolist())
        values.append({"column": index.setdefault(packed.tobytes(), len(index))})
    return values, base64.b64encode(b"".join(index)).decode()


def meeting(report: Report) -> dict[str, Any] | None:
    """The nearest joint move to a limit of the story that it does not meet, from the result."""
    for move in report.answers.meeting:
        moved = {
            name: there
            for name, (now, there) in move.credences.items()
            if defined(now) and defined(there) and abs(there - now) >= SMALL_MOVE
        }
        if defined(move.distance) and moved:
            return {"limit": move.limit, "credences": moved}
    return None


def encoded(document: Mapping[str, Any]) -> str:
    """JSON that can stand within a script element."""
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")
