"""A portfolio as CSV, a line for each cell; numbers in full, undefined ones left empty."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sensa.reports.layout import Paper
from sensa.reports.portfolio.rows import ANSWERED, TOGETHER, Row, numbers, rows

if TYPE_CHECKING:
    import xarray as xr

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for a formula begins so


def render(data: "xr.Dataset", paper: Paper, exit_code: int, *, everything: bool = False) -> Iterator[str]:
    """All cells, whatever `everything` says: `catastrophic`, its `…_error` and its quantiles `…_q05`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    outputs = list(map(str, data["output"].values))
    levels = data["quantile"].values.tolist() if "quantiles" in data else []
    outcomes = list(map(str, data["outcome"].values)) if "outcome_mean" in data else []
    labels = numbers(data)
    head = ["story", *map(text, labels), "status", "message", "how", *outputs]
    head += [f"{name}_error" for name in outputs] + ["fail_safe_given_failure"]
    head += [f"{name}_q{100 * level:02.0f}" for name in outputs for level in levels]
    head += [f"outcome.{name}" for name in outcomes] + [f"outcome.{name}_error" for name in outcomes]
    properties = list(map(str, data["property"].values)) if "verdict" in data else []
    head += ["state"] * ("state" in data)
    head += [f"verdict.{name}" for name in properties] + [f"margin.{name}" for name in properties]
    writer.writerow(head)
    for number, row in enumerate(rows(data), 1):
        writer.writerow([*_line(row, labels, outputs, levels, outcomes), *_judged(row, data, properties)])
        if number % TOGETHER == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _line(
    row: Row, labels: Sequence[str], outputs: Sequence[str], levels: Sequence[float], outcomes: Sequence[str]
) -> list[object]:
    at = [text(value) if isinstance(value, str) else value for value in (row.at[name] for name in labels)]
    said = [text(row.story), *at, row.status, text(row.message)]
    if row.status != ANSWERED:
        return said + [None] * (2 + (2 + len(levels)) * len(outputs) + 2 * len(outcomes))
    none = (None, None)
    return [
        *said,
        row.how,
        *(row.mean[name] for name in outputs),
        *(row.error[name] for name in outputs),
        row.share,
        *(row.quantiles[name][level] for name in outputs for level in levels),
        *(row.outcomes.get(name, none)[0] for name in outcomes),
        *(row.outcomes.get(name, none)[1] for name in outcomes),
    ]


def _judged(row: Row, data: "xr.Dataset", properties: Sequence[str]) -> list[object]:
    state = [row.state] if "state" in data else []
    statuses = [row.verdicts.get(name, (None, None))[0] for name in properties]
    return [*state, *statuses, *(row.verdicts.get(name, (None, None))[1] for name in properties)]


def text(value: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe comes before what would be one."""
    return f"'{value}" if value.startswith(FORMULA) else value
