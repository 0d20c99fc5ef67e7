"""Whether the sampling has settled: an answer from fewer samples, up to all of them."""

from typing import Any

from matplotlib.axes import Axes

from sensa.reports.number_format import count, percent
from sensa.reports.plots.asked import Asked, NotDrawn
from sensa.reports.plots.ends import name_ends
from sensa.reports.plots.style import (
    COLOURS,
    INK,
    LINES_SAID,
    SOFT,
    WIDTH,
    figure_of,
    probability_bars,
    titled,
)
from sensa.reports.plots.ticks import percent_axis
from sensa.stories.problems import listed, quoted

EXACT = "The mean is exact, quantiles over the uncertain numbers are sampled"
HEIGHT = 3.8  # inches
SHOWN = ((0.05, "5 % quantile"), (0.5, "median"), (0.95, "95 % quantile"))


def draw(asked: Asked) -> Axes:
    """The mean, and quantiles over the uncertain numbers, by the number of samples, with 95 % intervals."""
    data = asked.group("convergence")
    if "count" not in data.dims:
        raise NotDrawn(str(data.attrs.get("note", "nothing is sampled")))
    known = data["output"].values.tolist()
    if asked.of not in known:
        raise NotDrawn(f"there is no outcome {quoted(asked.of)}: one of {listed(known)}")
    here = data.sel(output=asked.of)
    counts = here["count"].values
    ax = asked.ax or figure_of(WIDTH, HEIGHT).add_subplot()
    colour = COLOURS.get(asked.of, INK)
    places = [("mean", here["mean"].values, here["error"].values, colour, "s")]
    spread = here["quantiles"].sel(quantile=0.95).values - here["quantiles"].sel(quantile=0.05).values
    if (spread > 0).any():
        for level, label in SHOWN:
            there = here.sel(quantile=level)
            places.append((label, there["quantiles"].values, there["quantiles_error"].values, SOFT, "o"))
    for _, values, errors, tint, marker in places:
        bars: dict[str, Any] = {"capsize": 2.5, "elinewidth": 1, "markersize": 4, "linewidth": 1.2}
        reach = probability_bars(values, errors)
        ax.errorbar(counts, values, yerr=reach, color=tint, marker=marker, **bars)
    ax.set_xscale("log")
    ax.set_xticks(counts, [count(int(n)) for n in counts], minor=False)
    ax.set_xticks([], minor=True)
    ax.set_ylim(bottom=max(0.0, ax.get_ylim()[0]))
    percent_axis(ax.yaxis)
    ax.grid(axis="y")
    ax.set_xlabel(str(data.attrs.get("counted", "samples")))
    ax.set_ylabel(f"probability of {asked.said}")
    named = [(f"{label} {percent(values[-1])}", values[-1], tint) for label, values, _, tint, _ in places]
    name_ends(ax, named)
    said = f"{EXACT}. {LINES_SAID}." if data.attrs["how"] == "exact" else asked.how(data, LINES_SAID)
    titled(ax, asked.headed("whether the sampling has settled"), said, own=asked.ax is None)
    return ax
