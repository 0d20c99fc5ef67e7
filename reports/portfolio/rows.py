"""The cells of a portfolio's dataset as plain values, one after the other."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sensa.kernels.ties import largest
from sensa.reports.number_format import UNSEEN, percent

if TYPE_CHECKING:
    import xarray as xr

Number = float | None
Places = npt.NDArray[np.int64]
Parts = Mapping[str, list[list[Any]]]  # by variable: the values of each cell
ANSWERED = "answered"
TOGETHER = 1024  # cells that are taken from the arrays at once


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
    state: str  # what the verdicts come to; empty if there are none
    verdicts: Mapping[str, tuple[str, Number, str]]  # status, margin, reason by property of the story's own

    @property
    def risk(self) -> str:
        """The probability of a catastrophe in words: 0 with an error is what no sampled world met."""
        mean, error = self.mean["catastrophic"], self.error["catastrophic"]
        return UNSEEN if mean == 0 and error else percent(mean)


def swept(data: "xr.Dataset") -> list[str]:
    """The dimensions of the sweep."""
    return [str(name) for name in data["status"].dims if name != "story"]


def numbers(data: "xr.Dataset") -> list[str]:
    """What tells cells of one story apart: names of variants, and paths of swept numbers."""
    dims = set(swept(data))
    return [str(name) for name, one in data.coords.items() if one.dims and set(one.dims) <= dims]


def chunks(data: "xr.Dataset", among: Places | None = None) -> Iterator[tuple[list[list[int]], Parts]]:
    """The same cells some at a time: their places along each dimension, and the values of each variable."""
    size, shape = data["status"].size, data["status"].shape
    places = np.arange(size) if among is None else among
    arrays = {
        str(name): variable.values.reshape(size, -1)
        for name, variable in data.data_vars.items()
        if "story" in variable.dims and str(name) != "digest"
    }
    for first in range(0, len(places), TOGETHER):
        chunk = places[first : first + TOGETHER]
        index = [axis.tolist() for axis in np.unravel_index(chunk, shape)]
        answered = bool((arrays["status"][chunk] == ANSWERED).any())
        yield index, {name: _plain(values[chunk], known=answered) for name, values in arrays.items()}


def rows(data: "xr.Dataset", among: Places | None = None) -> Iterator[Row]:
    """The cells, or those at some places, in order: the last dimension changes fastest."""
    labels, stories = labelled(data), data["story"].values.tolist()
    outputs = list(map(str, data["output"].values))
    levels = data["quantile"].values.tolist() if "quantiles" in data else []
    outcomes = list(map(str, data["outcome"].values)) if "outcome_mean" in data else []
    properties = list(map(str, data["property"].values)) if "verdict" in data else []
    nothing: dict[str, Number] = dict.fromkeys(outputs)
    for index, part in chunks(data, among):
        for i, (status,) in enumerate(part["status"]):
            story = stories[index[0][i]]
            at = {name: values[index[axis][i]] for name, (axis, values) in labels.items()}
            if status != ANSWERED:
                message = part["message"][i][0]
                yield Row(story, at, status, message, "", nothing, nothing, None, {}, {}, "", {})
                continue
            yield Row(
                story,
                at,
                status,
                part["message"][i][0],
                part["how"][i][0],
                dict(zip(outputs, part["mean"][i], strict=True)),
                dict(zip(outputs, part["error"][i], strict=True)),
                part["fail_safe_given_failure"][i][0],
                _quantiles(outputs, levels, part["quantiles"][i]) if levels else {},
                _outcomes(outcomes, part, i) if outcomes else {},
                part["state"][i][0] if "state" in part else "",
                _verdicts(properties, part, i) if properties else {},
            )


def labelled(data: "xr.Dataset") -> dict[str, tuple[int, list[Any]]]:
    """What tells cells of one story apart: by name, the axis and its values."""
    dims = list(map(str, data["status"].dims))
    return {name: (dims.index(str(data[name].dims[0])), data[name].values.tolist()) for name in numbers(data)}


def _plain(values: npt.NDArray[Any], *, known: bool) -> list[list[Any]]:
    """Values as Python's own, with None for NaN; numbers are all undefined unless `known`."""
    if values.dtype.kind == "f" and not known:
        return [[None] * values.shape[1]] * len(values)
    if values.dtype.kind == "f":
        undefined = np.isnan(values)
        values = values.astype(object)
        values[undefined] = None
    found: list[list[Any]] = values.tolist()
    return found


def _quantiles(
    outputs: Sequence[str], levels: Sequence[float], values: Sequence[Number]
) -> dict[str, dict[float, Number]]:
    n = len(levels)
    return {name: dict(zip(levels, values[n * i : n * i + n], strict=True)) for i, name in enumerate(outputs)}


def _outcomes(outcomes: Sequence[str], part: Parts, i: int) -> dict[str, tuple[Number, Number]]:
    pairs = zip(outcomes, part["outcome_mean"][i], part["outcome_error"][i], strict=True)
    return {name: (mean, error) for name, mean, error in pairs if mean is not None}


def _verdicts(properties: Sequence[str], part: Parts, i: int) -> dict[str, tuple[str, Number, str]]:
    reasons = part["reason"][i] if "reason" in part else [""] * len(properties)
    found = zip(properties, part["verdict"][i], part["margin"][i], reasons, strict=True)
    return {name: (status, margin, reason) for name, status, margin, reason in found if status}


def highest(data: "xr.Dataset", most: int | None) -> Places:
    """The places of the answered cells, or of the `most` with the highest risk if there are more."""
    answered = np.flatnonzero(data["status"].values.ravel() == ANSWERED)
    if most is not None and len(answered) > most:
        risk = data["mean"].sel(output="catastrophic").values.ravel()[answered]
        answered = answered[largest(risk.tolist(), most)]
    return answered


def unanswered(data: "xr.Dataset") -> "Counter[tuple[str, str, str]]":
    """The number of cells without numbers, by story, status and message, in the order of the cells."""
    status, message = (data[name].values.ravel() for name in ("status", "message"))
    places = np.flatnonzero(status != ANSWERED)
    stories = data["story"].values[places // (data["status"][0].size or 1)]
    return Counter(zip(stories.tolist(), status[places].tolist(), message[places].tolist(), strict=True))


def undecided(data: "xr.Dataset") -> "Counter[tuple[str, str, str]]":
    """The number of cells in which properties neither pass nor fail, by property, status and reason."""
    if "reason" not in data:
        return Counter()
    status, reason = (data[name].values.reshape(-1, data.sizes["property"]) for name in ("verdict", "reason"))
    cells, columns = np.nonzero(reason != "")
    names = data["property"].values[columns].tolist()
    return Counter(zip(names, status[cells, columns].tolist(), reason[cells, columns].tolist(), strict=True))


def counted(data: "xr.Dataset") -> str:
    """How many cells there are: `24 stories`, `1 story at 9 x 5 values`."""
    stories, *sizes = data["status"].shape
    said = f"{stories:,} {'story' if stories == 1 else 'stories'}"
    if not sizes:
        return said
    return f"{said} at {' × '.join(f'{size:,}' for size in sizes)} {'value' if sizes == [1] else 'values'}"
