"""Which unknown number matters: first-order and total Sobol' indices, with intervals."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray

from sensa.reports.number_format import share
from sensa.reports.plots.asked import FAILURE, LOSS, Asked, NotDrawn
from sensa.reports.plots.style import (
    CATASTROPHE,
    CONFIDENCE,
    INK,
    LINES_SAID,
    PALE,
    axes_of,
    beside,
    rows_named,
    shortened,
    titled,
)
from sensa.reports.plots.ticks import percent_axis
from sensa.reports.result.ranking import short
from sensa.stories.problems import quoted

BAR, INNER = 0.62, 0.3
Floats = NDArray[np.float64]


def draw(asked: Asked) -> Axes:
    """Bars of the total index, with the first-order index within, the largest at the top."""
    return drawn(asked, asked.group("sobol_credence"), "uncertain number", f"P({asked.said})")


def drawn(asked: Asked, data: xr.Dataset, factor: str, output: str) -> Axes:
    """The same of any layer's indices."""
    if "factor" not in data.dims:
        raise NotDrawn(f"the story has no {factor}")
    first, total, first_error, total_error = (
        _of(asked, data, name) for name in ("first", "total", "first_error", "total_error")
    )
    if not np.isfinite(total).any():
        raise NotDrawn(f"the indices of {asked.said} are not defined, as it does not vary")
    order = np.argsort(-np.nan_to_num(total, nan=-1.0), kind="stable")
    labels = shortened([short(name) for name in data["factor"].values[order].tolist()])
    ax = axes_of(asked.ax, rows=len(labels) + 1, labels=labels, gutter=8)
    rows = np.arange(len(labels))
    for values, errors, height, colour in (
        (total, total_error, BAR, PALE),
        (first, first_error, INNER, CATASTROPHE),
    ):
        ax.barh(rows, values[order], height=height, color=colour, edgecolor=CATASTROPHE, linewidth=0.5)
        seen = errors[order] > 0
        if seen.any():
            at, error = values[order][seen], CONFIDENCE * errors[order][seen]
            ax.errorbar(at, rows[seen], xerr=error, fmt="none", ecolor=INK, capsize=2, elinewidth=1)
    rows_named(ax, labels)
    ax.set_ylim(len(labels) - 0.4, -1.4)
    ax.set_xlim(left=min(0.0, ax.get_xlim()[0]))
    percent_axis(ax.xaxis)
    ax.set_xlabel(f"share of the variance of {output}")
    beside(ax, -1, "total")
    for row, value in enumerate(total[order]):
        beside(ax, row, share(value) if np.isfinite(value) else "–")
    handles = [
        Patch(facecolor=CATASTROPHE, label="first-order: alone"),
        Patch(facecolor=PALE, edgecolor=CATASTROPHE, linewidth=0.5, label="total: with interactions"),
    ]
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)
    sampled = bool((total_error > 0).any() or (first_error > 0).any())
    titled(
        ax,
        asked.headed(f"which {factor} matters"),
        asked.how(data, LINES_SAID * sampled),
        own=asked.ax is None,
    )
    return ax


def _of(asked: Asked, data: xr.Dataset, name: str) -> Floats:
    """A variable by factor: of an outcome, of a kind, or of the loss."""
    found: Floats
    known = data["outcome"].values.tolist()
    kind = "success" if asked.of == FAILURE else asked.of  # failing varies as success does
    if asked.of == LOSS and f"loss_{name}" in data:
        found = data[f"loss_{name}"].values
    elif asked.of in known:
        found = data[name].sel(outcome=asked.of).values
    elif kind not in data["kind"].values:
        raise NotDrawn(f"{quoted(asked.of)} is neither an outcome nor a kind of outcome of the story")
    else:
        found = data[f"kind_{name}"].sel(kind=kind).values
    return found
