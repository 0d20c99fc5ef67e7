"""A portfolio as strict JSON, by `portfolio.schema.json`, with a cell on each line."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from sensa.reports.layout import Paper
from sensa.reports.portfolio.rows import ANSWERED, TOGETHER, Row, numbers, rows, swept
from sensa.reports.result.json import dumps

if TYPE_CHECKING:
    import xarray as xr


def render(data: "xr.Dataset", paper: Paper, exit_code: int, *, everything: bool = False) -> Iterator[str]:
    """All cells; nothing is left out, whatever `everything` says."""
    document = {
        "format": data.attrs["format"],
        "exit_code": exit_code,
        "stories": data["story"].values.tolist(),
        "swept": {name: data[name].values.tolist() for name in numbers(data)},
        "dimensions": {name: data.sizes[name] for name in swept(data)},
        "seed": int(data.attrs["seed"]),
        "points": int(data.attrs["points"]),
        "cells": [],
    }
    start, _, end = dumps(document).partition('"cells": []')
    yield f'{start}"cells": ['
    encode = json.JSONEncoder(sort_keys=True, allow_nan=False).encode
    cells, between = rows(data), "\n"
    while some := [encode(_cell(row)) for row in islice(cells, TOGETHER)]:
        yield between + ",\n".join(some)
        between = ",\n"
    yield f"\n ]{end}"


def _cell(row: Row) -> dict[str, Any]:
    base: dict[str, Any] = {"story": row.story, "at": dict(row.at), "status": row.status}
    if row.status != ANSWERED:
        return base | {"message": row.message}
    return base | {
        "how": row.how,
        "mean": dict(row.mean),
        "error": dict(row.error),
        "fail_safe_given_failure": row.share,
        "quantiles": {
            name: {f"{level:g}": value for level, value in levels.items()}
            for name, levels in row.quantiles.items()
        },
        "outcomes": {name: {"mean": mean, "error": error} for name, (mean, error) in row.outcomes.items()},
        **({"state": row.state} if row.state else {}),
        "properties": {
            name: {"status": status, "margin": margin, **({"reason": reason} if reason else {})}
            for name, (status, margin, reason) in row.verdicts.items()
        },
    }
