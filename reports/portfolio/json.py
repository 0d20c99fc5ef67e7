"""A portfolio as strict JSON, by `portfolio.schema.json`."""

from typing import TYPE_CHECKING, Any

from sensa.reports.layout import Paper
from sensa.reports.portfolio.rows import ANSWERED, Row, numbers, rows, swept
from sensa.reports.result.json import dumps

if TYPE_CHECKING:
    import xarray as xr


def render(data: "xr.Dataset", paper: Paper, exit_code: int, *, everything: bool = False) -> str:
    """All cells; nothing is left out, whatever `everything` says."""
    return dumps(
        {
            "format": data.attrs["format"],
            "exit_code": exit_code,
            "stories": data["story"].values.tolist(),
            "swept": {name: data[name].values.tolist() for name in numbers(data)},
            "dimensions": {name: data.sizes[name] for name in swept(data)},
            "seed": int(data.attrs["seed"]),
            "points": int(data.attrs["points"]),
            "cells": list(map(_cell, rows(data))),
        }
    )


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
    }
