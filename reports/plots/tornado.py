"""What each assumption does: the probability where it holds, and where it is violated."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray

from sensa.reports.number_format import percent
from sensa.reports.plots.asked import Asked, NotDrawn
from sensa.reports.plots.style import (
    CATASTROPHE,
    INK,
    LINES_SAID,
    SUCCESS,
    axes_of,
    beside,
    probability_bars,
    rows_named,
    shortened,
    titled,
)
from sensa.reports.plots.ticks import percent_axis

BAR = 0.62
Floats = NDArray[np.float64]


def draw(asked: Asked) -> Axes:
    """Bars from today's probability to `do_violated` and to `do_holds`, the widest at the top."""
    data = asked.group("violations")
    if "assumption" not in data.dims:
        raise NotDrawn("the story has no assumption that can be violated")
    members = asked.members(data["outcome"].values.tolist())
    here = data.sel(outcome=members)
    summed = {name: here[name].sum("outcome").values for name in ("do_violated", "do_holds", "change")}
    violated, holds = summed["do_violated"], summed["do_holds"]
    now = float(np.mean(violated - summed["change"]))
    order = np.argsort(-(np.maximum(violated, holds) - np.minimum(violated, holds)), kind="stable")
    labels = shortened(data["assumption"].values[order].tolist())
    ax = axes_of(asked.ax, rows=len(labels) + 1, labels=labels, gutter=14)
    rows = np.arange(len(labels))
    ax.barh(rows, violated[order] - now, left=now, height=BAR, color=CATASTROPHE)
    ax.barh(
        rows, holds[order] - now, left=now, height=BAR, facecolor="white", edgecolor=SUCCESS, hatch="////"
    )
    _errors(ax, rows, violated[order], here["do_violated_error"].sum("outcome").values[order])
    _errors(ax, rows, holds[order], here["do_holds_error"].sum("outcome").values[order])
    ax.axvline(now, color=INK, linewidth=1)
    rows_named(ax, labels)
    ax.set_ylim(len(labels) - 0.4, -1.4)
    ax.set_xlim(left=max(0.0, ax.get_xlim()[0]), right=min(1.0, ax.get_xlim()[1]))
    percent_axis(ax.xaxis)
    ax.set_xlabel(f"probability of {asked.said}; the line is today's, {percent(now)}")
    beside(ax, -1, "if violated")
    for row, value in enumerate(violated[order]):
        beside(ax, row, percent(value))
    handles = [
        Patch(facecolor=CATASTROPHE, label="violated"),
        Patch(facecolor="white", edgecolor=SUCCESS, hatch="////", label="holds"),
    ]
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)
    titled(ax, asked.headed(f"what moves {asked.said}"), _note(asked, here), own=asked.ax is None)
    return ax


def _errors(ax: Axes, rows: NDArray[np.int64], at: Floats, error: Floats) -> None:
    seen = error > 0
    if seen.any():
        ax.errorbar(
            at[seen],
            rows[seen],
            xerr=probability_bars(at[seen], error[seen]),
            fmt="none",
            ecolor=INK,
            capsize=2,
            elinewidth=1,
        )


def _note(asked: Asked, data: xr.Dataset) -> str:
    sampled = bool((data["do_violated_error"] > 0).any())
    return asked.how(
        data, "Each assumption is set from outside, all else stays as it is", LINES_SAID * sampled
    )
