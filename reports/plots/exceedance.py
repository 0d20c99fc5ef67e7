"""How probable a loss of each size is: a falling curve, with its spread over the uncertain numbers."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sensa.reports.number_format import ROUNDING, compact
from sensa.reports.plots.asked import Asked, NotDrawn
from sensa.reports.plots.style import (
    CATASTROPHE,
    LINES_SAID,
    PALE,
    SOFT,
    WIDTH,
    figure_of,
    probability_bars,
    titled,
)
from sensa.reports.plots.ticks import log_percent_axis, percent_axis

Floats = NDArray[np.float64]
HEIGHT = 3.8  # inches
FEW = 30  # sizes that get a dot each
WIDE = 10.0  # the ratio of the largest to the smallest above which an axis is logarithmic
BAND = "Band: 90 % of the uncertain numbers"


def draw(asked: Asked) -> Axes:
    """`chance` by size of loss, as steps; the band is from the 5 % to the 95 % quantile."""
    data = asked.group("exceedance")
    if "size" not in data.dims:
        raise NotDrawn("the story states no loss")
    ax = asked.ax or figure_of(WIDTH, HEIGHT).add_subplot()
    kept = data.sel(size=data["size"] > 0)
    size, chance, error = (kept[name].values for name in ("size", "chance", "error"))
    if not size.size or chance.max() <= 0:
        raise NotDrawn("the story never has a loss")
    start = size[0] / 2 if _wide(size) else 0.0
    edges = np.concatenate([[start], size])
    notes = []
    if "quantiles" in kept:
        low, high = (kept["quantiles"].sel(quantile=level).values for level in (0.05, 0.95))
        if (high - low > ROUNDING).any():
            ax.fill_between(edges, _pre(low), _pre(high), step="pre", color=PALE, linewidth=0)
            notes.append(BAND)
    ax.step(edges, _pre(chance), where="pre", color=CATASTROPHE, linewidth=1.6)
    if size.size <= FEW:
        ax.plot(size, chance, linestyle="none", marker="o", markersize=3.5, color=CATASTROPHE)
    if (error > 0).any():
        reach = probability_bars(chance, error)
        ax.errorbar(size, chance, yerr=reach, fmt="none", ecolor=SOFT, capsize=2, elinewidth=1)
        notes.append(LINES_SAID)
    _axes(ax, size, chance)
    outcomes = asked.group("outcomes")
    if "loss" in outcomes:
        expected = float(outcomes["loss"])
        ax.axvline(expected, color=SOFT, linewidth=1, linestyle=":")
        notes.append(f"Dotted: the expected loss, {compact(expected)}")
    titled(ax, asked.headed("how large the loss can be"), asked.how(data, *notes), own=asked.ax is None)
    return ax


def _pre(values: Floats) -> Floats:
    """Values at the edges of steps that end at each size."""
    edges: Floats = np.concatenate([values[:1], values])
    return edges


def _wide(values: Floats) -> bool:
    positive = values[values > 0]
    return bool(positive.size and positive.max() > WIDE * positive.min())


def _axes(ax: Axes, size: Floats, chance: Floats) -> None:
    if _wide(size):
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(lambda x, _: compact(x, 1))
        ax.xaxis.set_minor_formatter(lambda x, _: "")
    else:
        ax.set_xlim(left=0)
    if _wide(chance):
        ax.set_yscale("log")
        ax.set_ylim(top=1.0)
        log_percent_axis(ax.yaxis)
    else:
        ax.set_ylim(0, 1)
        percent_axis(ax.yaxis)
    ax.grid(axis="y")
    ax.set_xlabel("loss")
    ax.set_ylabel("probability of at least this loss")
