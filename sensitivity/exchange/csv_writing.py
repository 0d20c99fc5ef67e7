"""Answers and samples as CSV, which spreadsheets and R open."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from sensa.exchange.spreadsheets import safe, written

COLUMNS = ("analysis", "variable", "at", "value")


def answers(tree: xr.DataTree) -> str:
    """Every number of a result, a row each: its analysis, its variable, where, and the value.

    `at` has the coordinates as `outcome=harm; step=2`. What is not defined is left empty.
    """
    return written(
        [COLUMNS, *(row for name in tree.children for row in _rows(name, tree[name].to_dataset()))]
    )


def _rows(analysis: str, data: xr.Dataset) -> Iterable[Sequence[Any]]:
    for name, variable in data.data_vars.items():
        labels = [
            [f"{dim}={value}" for value in (data[dim].values if dim in data.coords else range(size))]
            for dim, size in zip(variable.dims, variable.shape, strict=True)
        ]
        for index in np.ndindex(variable.shape):
            at = "; ".join(of[i] for of, i in zip(labels, index, strict=True))
            yield analysis, str(name), at, _plain(variable.values[index])


def samples(paths: Sequence[str], theta: Any, outcomes: Sequence[str], q: Any) -> str:
    """A row for each sample: the value of each uncertain number, then the probability of each outcome.

    Shapes: `theta` (samples, numbers), `q` (samples, outcomes).
    """
    head = [*map(safe, paths), *(f"P({name})" for name in outcomes)]
    rows = ([*map(_plain, numbers), *map(_plain, ends)] for numbers, ends in zip(theta, q, strict=True))
    return written([head, *rows])


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(value)
    return safe(value) if isinstance(value, str) else value
