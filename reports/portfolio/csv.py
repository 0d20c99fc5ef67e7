"""A portfolio as CSV, a line for each cell; numbers in full, undefined ones left empty."""

import csv
import io
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from sensa.reports.layout import Paper
from sensa.reports.portfolio.rows import chunks, labelled

if TYPE_CHECKING:
    import xarray as xr

VARIABLES = (
    "status", "message", "how", "mean", "error", "fail_safe_given_failure", "quantiles", "outcome_mean",
    "outcome_error", "state", "verdict", "margin", "reason",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for a formula begins so


def render(data: "xr.Dataset", paper: Paper, exit_code: int, *, everything: bool = False) -> Iterator[str]:
    """All cells, whatever `everything` says: `catastrophic`, its `…_error` and its quantiles `…_q05`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    outputs = list(map(str, data["output"].values))
    levels = data["quantile"].values.tolist() if "quantiles" in data else []
    outcomes = list(map(str, data["outcome"].values)) if "outcome_mean" in data else []
    labels, stories = labelled(data), data["story"].values.tolist()
    head = ["story", *map(text, labels), "status", "message", "how", *outputs]
    head += [f"{name}_error" for name in outputs] + ["fail_safe_given_failure"]
    head += [f"{name}_q{100 * level:02.0f}" for name in outputs for level in levels]
    head += [f"outcome.{name}" for name in outcomes] + [f"outcome.{name}_error" for name in outcomes]
    properties = list(map(str, data["property"].values)) if "verdict" in data else []
    head += ["state"] * ("state" in data)
    head += [f"verdict.{name}" for name in properties] + [f"margin.{name}" for name in properties]
    head += [f"reason.{name}" for name in properties if "reason" in data]
    writer.writerow(head)
    names = [name for name in VARIABLES if name in data]
    for index, part in chunks(data):
        messages = [[text(message)] for (message,) in part["message"]]
        columns = [messages if name == "message" else part[name] for name in names]
        for i, cell in enumerate(zip(*columns, strict=True)):
            at = (values[index[axis][i]] for axis, values in labels.values())
            named = [text(value) if isinstance(value, str) else value for value in at]
            writer.writerow([text(stories[index[0][i]]), *named, *chain.from_iterable(cell)])
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def text(value: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe comes before what would be one."""
    return f"'{value}" if value.startswith(FORMULA) else value
