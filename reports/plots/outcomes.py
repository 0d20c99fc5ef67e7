"""How the story ends: a bar for each outcome, with its 90 % interval."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sensa.reports.number_format import ROUNDING, between, count, percent
from sensa.reports.plots.asked import Asked
from sensa.reports.plots.style import COLOURS, INK, axes_of, beside, marked, rows_named, shortened, titled
from sensa.reports.plots.ticks import percent_axis

BAR = 0.62
Floats = NDArray[np.float64]


def draw(asked: Asked) -> Axes:
    """Bars of `mean` by outcome; lines from the 5 % to the 95 % quantile over the uncertain numbers."""
    data = asked.group("outcomes")
    names, kinds = data["outcome"].values.tolist(), data["kind"].values.tolist()
    mean = data["mean"].values
    low, high, interval = _interval(asked, data)
    labels = [marked(name, kind) for name, kind in zip(shortened(names), kinds, strict=True)]
    values = [_value(*row) for row in zip(mean, low, high, strict=True)]
    ax = axes_of(asked.ax, rows=len(names), labels=labels, gutter=max(map(len, values)))
    rows = np.arange(len(names))
    ax.barh(rows, mean, height=BAR, color=[COLOURS[kind] for kind in kinds])
    drawn = high > low
    if drawn.any():
        ax.errorbar(
            mean[drawn],
            rows[drawn],
            xerr=[(mean - low)[drawn].clip(0), (high - mean)[drawn].clip(0)],
            fmt="none",
            ecolor=INK,
            elinewidth=1,
            capsize=3,
        )
    rows_named(ax, labels)
    ax.set_xlim(0, 1)
    percent_axis(ax.xaxis)
    ax.set_xlabel("probability")
    for row, value in enumerate(values):
        beside(ax, row, value)
    titled(ax, asked.headed("how it ends"), asked.how(data, interval), own=asked.ax is None)
    return ax


def _value(mean: float, low: float, high: float) -> str:
    ends = between(percent(low), percent(high)) if high > low else ""
    return percent(mean) + (f" ({ends})" if ends else "")


def _interval(asked: Asked, data: xr.Dataset) -> tuple[Floats, Floats, str]:
    """The ends of the intervals, and what they are of: the uncertain numbers, else the sampling."""
    low, high = (data["quantiles"].sel(quantile=level).values for level in (0.05, 0.95))
    if (high - low > ROUNDING).any():
        points = asked.attributes.get("spread_points")
        at = f", at {count(points)} points" if points else ""
        return low, high, f"Lines: 90 % intervals over the uncertain numbers{at}"
    low, high = data["low"].values, data["high"].values
    return low, high, "Lines: 95 % intervals of the sampling" if (high > low).any() else ""
