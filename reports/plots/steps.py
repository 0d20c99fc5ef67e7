"""When the story ends, and how: the probability of each outcome at each step."""

import itertools

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sensa.reports.plots.asked import Asked, NotDrawn
from sensa.reports.plots.ends import LABEL, name_ends
from sensa.reports.plots.style import COLOURS, LINES, SOFT, WIDTH, figure_of, marked, shortened, titled
from sensa.reports.plots.ticks import log_percent_axis, percent_axis

Floats = NDArray[np.float64]
MARKERS = {"catastrophic": "^", "fail_safe": "o", "success": "s"}
DASHES = ("-", "--", ":", "-.")
HEIGHT = 3.2  # inches, of the axes
NONE_SAID = "A step at which an outcome cannot be is left out"
WIDE = 10.0  # the ratio of the largest to the smallest above which the axis is logarithmic


def draw(asked: Asked) -> Axes:
    """A line for each outcome, `by_step`, named at its end; logarithmic where they differ much in size."""
    data = asked.group("outcomes")
    steps, by_step = data["step"].values, data["by_step"].values
    if len(steps) < 2:
        raise NotDrawn("the story has one step, so that all ends come at once")
    names, kinds = data["outcome"].values.tolist(), data["kind"].values.tolist()
    ax = asked.ax or _axes(len(names))
    tops = by_step.max(axis=1)
    log = float(tops.max()) > WIDE * float(tops[tops > 0].min())
    seen: dict[str, itertools.cycle[str]] = {kind: itertools.cycle(DASHES) for kind in set(kinds)}
    for values, kind in zip(by_step, kinds, strict=True):
        ax.plot(
            steps,
            np.where(values > 0, values, np.nan),
            color=COLOURS[kind],
            linestyle=next(seen[kind]),
            marker=MARKERS[kind],
            markersize=4,
            markerfacecolor="white" if kind == "fail_safe" else COLOURS[kind],
            linewidth=1.3,
        )
    if log:
        ax.set_yscale("log")
        log_percent_axis(ax.yaxis)
    else:
        ax.set_ylim(bottom=0)
        percent_axis(ax.yaxis)
    ax.grid(axis="y")
    ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    ax.set_xlabel("step")
    ax.set_ylabel("probability of ending so at the step")
    _phases(ax, data["phase"].values.tolist())
    labels = [marked(name, kind) for name, kind in zip(shortened(names), kinds, strict=True)]
    tints = [SOFT if kind == "fail_safe" else COLOURS[kind] for kind in kinds]
    name_ends(ax, list(zip(labels, map(_last, by_step), tints, strict=True)))
    titled(ax, asked.headed("when it ends"), asked.how(data, NONE_SAID), own=asked.ax is None)
    return ax


def _axes(outcomes: int) -> Axes:
    size = (WIDTH, max(HEIGHT, LABEL * outcomes) + 1.0)
    return figure_of(*size).add_subplot()


def _last(values: Floats) -> float:
    """The last value that is drawn; 0 if none is."""
    drawn = values[values > 0]
    return float(drawn[-1]) if drawn.size else 0.0


def _phases(ax: Axes, phases: list[str]) -> None:
    """Separate the phases, and name them above."""
    start = 0
    for phase, run in itertools.groupby(phases):
        count = len(list(run))
        if start:
            ax.axvline(start + 0.5, color=LINES, linewidth=1)
        if phase:
            middle = start + (count + 1) / 2
            ax.annotate(
                phase,
                (middle, 1.0),
                xycoords=ax.get_xaxis_transform(),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                color=SOFT,
                annotation_clip=False,
            )
        start += count
