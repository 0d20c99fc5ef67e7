"""The cells of a portfolio's dataset as plain values, one after the other."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sensa.reports.result.from_tree import number

if TYPE_CHECKING:
    import xarray as xr

Number = float | None
NOT_CELLS = ("story", "output", "quantile", "outcome")
ANSWERED = "answered"


@dataclass(frozen=True)
class Row:
    """A story at some values of its numbers."""

    story: str
    at: Mapping[str, str | float]  # the values of swept numbers by path, and the name of a variant
    status: str
    message: str
    how: str
    mean: Mapping[str, Number]  # by output
    error: Mapping[str, Number]
    share: Number  # of safe failures
    quantiles: Mapping[str, Mapping[float, Number]]  # by output; empty if only means were computed
    outcomes: Mapping[str, tuple[Number, Number]]  # mean and error by name, of the story's own


def swept(data: "xr.Dataset") -> list[str]:
    """The dimensions of the sweep."""
    return [str(name) for name in data["status"].dims if name != "story"]


def numbers(data: "xr.Dataset") -> list[str]:
    """What tells cells of one story apart: names of variants, and paths of swept numbers."""
    dims = set(swept(data))
    return [str(name) for name, one in data.coords.items() if one.dims and set(one.dims) <= dims]


def rows(data: "xr.Dataset", among: Iterable[int] | None = None) -> Iterator[Row]:
    """The cells, or those at some places, in order: the last dimension changes fastest."""
    shape = data["status"].shape
    dims = list(map(str, data["status"].dims))
    labels = {
        name: (dims.index(str(data[name].dims[0])), data[name].values.tolist()) for name in numbers(data)
    }
    stories = data["story"].values.tolist()
    arrays = {str(name): variable.values for name, variable in data.data_vars.items()}
    outputs = list(map(str, data["output"].values))
    for place in range(data["status"].size) if among is None else among:
        index = tuple(map(int, np.unravel_index(place, shape)))
        quantiles = {}
        if "quantiles" in arrays:
            for output, values in zip(outputs, arrays["quantiles"][index], strict=True):
                quantiles[output] = dict(
                    zip(data["quantile"].values.tolist(), map(number, values), strict=True)
                )
        yield Row(
            str(stories[index[0]]),
            {name: values[index[axis]] for name, (axis, values) in labels.items()},
            str(arrays["status"][index]),
            str(arrays["message"][index]),
            str(arrays["how"][index]),
            dict(zip(outputs, map(number, arrays["mean"][index]), strict=True)),
            dict(zip(outputs, map(number, arrays["error"][index]), strict=True)),
            number(arrays["fail_safe_given_failure"][index]),
            quantiles,
            _outcomes(data, arrays, index),
        )


def _outcomes(
    data: "xr.Dataset", arrays: Mapping[str, Any], index: tuple[int, ...]
) -> dict[str, tuple[Number, Number]]:
    if "outcome_mean" not in arrays:
        return {}
    pairs = zip(
        map(str, data["outcome"].values),
        map(number, arrays["outcome_mean"][index]),
        map(number, arrays["outcome_error"][index]),
        strict=True,
    )
    return {name: (mean, error) for name, mean, error in pairs if mean is not None}


def counted(data: "xr.Dataset") -> str:
    """How many cells there are: `24 stories`, `1 story at 9 x 5 values`."""
    stories, *sizes = data["status"].shape
    said = f"{stories:,} {'story' if stories == 1 else 'stories'}"
    return said + (f" at {' × '.join(f'{size:,}' for size in sizes)} values" if sizes else "")
