"""Two violations together, as a heat map; the diagonal is one alone."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from sensa.reports.layout import columns
from sensa.reports.number_format import percent
from sensa.reports.plots.asked import Asked, NotDrawn
from sensa.reports.plots.style import CATASTROPHE, CHARACTER, INK, figure_of, shortened, titled
from sensa.reports.plots.ticks import percent_axis

CELL, SMALL_CELL = 0.62, 0.17  # inches
FEW = 10  # assumptions whose values are written into the cells
DARK = 0.55  # of the scale: above it, text is white


def draw(asked: Asked) -> Axes:
    """The probability where both are violated (`do_both_violated`), in the lower triangle."""
    data = asked.group("pairs")
    if not data.sizes.get("assumption"):
        raise NotDrawn("the story has no assumption that can be violated")
    members = asked.members(data["outcome"].values.tolist())
    both = data["do_both_violated"].sel(outcome=members).sum("outcome", skipna=False).values
    labels = shortened(data["assumption"].values.tolist())
    size = len(labels)
    ax = asked.ax or _axes(labels)
    shown = np.where(np.tri(size, dtype=bool), both, np.nan)
    top = max(float(np.nanmax(shown)), 1e-12)
    scale = LinearSegmentedColormap.from_list("risk", ["#ffffff", CATASTROPHE])
    image = ax.imshow(shown, cmap=scale, vmin=0.0, vmax=top, interpolation="nearest")
    ax.set_xticks(range(size), labels, rotation=90)
    ax.set_yticks(range(size), labels)
    ax.tick_params(length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    if size <= FEW:
        for row, column in zip(*np.tril_indices(size), strict=True):
            value = float(shown[row, column])
            colour = "white" if value > DARK * top else INK
            ax.text(
                float(column), float(row), percent(value), ha="center", va="center", fontsize=7, color=colour
            )
    figure = ax.figure
    bar = figure.colorbar(image, ax=ax, shrink=0.7, aspect=25, pad=0.02)
    percent_axis(bar.ax.yaxis)
    bar.set_label(f"probability of {asked.said}")
    bar.outline.set_visible(False)
    part = data.attrs.get("note", "")  # of the assumptions, where not all are in the analysis
    shown_are = f"Shown are {part}" if part else ""
    how = asked.how(data.assign_attrs(note=shown_are), "Both are set to violated; on the diagonal, one alone")
    titled(ax, asked.headed("two violations together"), how, own=asked.ax is None)
    return ax


def _axes(labels: list[str]) -> Axes:
    """Axes with a cell for each pair, and room for the labels on two sides."""
    cell = CELL if len(labels) <= FEW else SMALL_CELL
    side = max(cell * len(labels), 1.2)
    room = CHARACTER * max(map(columns, labels))
    size = (max(side + room + 1.4, 4.8), side + room + 0.9)
    return figure_of(*size).add_subplot()
