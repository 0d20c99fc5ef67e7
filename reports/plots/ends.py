"""Names at the ends of lines, instead of a legend."""

import itertools
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

LABEL = 0.17  # inches: the height of a name
FRAME = 1.2  # above and below the axes


def name_ends(ax: Axes, named: Sequence[tuple[str, float, str]]) -> None:
    """Write each name in its colour right of the axes, at the height of its line's end.

    `named` has names, last values and colours. Names that would overlap are moved apart.
    """
    figure = ax.figure
    inches = float(figure.get_size_inches()[1]) if isinstance(figure, Figure) else 4.0
    low, high = ax.get_ylim()
    ends = np.array([end for _, end, _ in named])
    if ax.get_yscale() == "log":
        low, high, ends = np.log(low), np.log(high), np.log(np.maximum(ends, low))
    places = apart(((ends - low) / (high - low)).tolist(), LABEL / (inches - FRAME))
    for y, (name, _, colour) in zip(places, named, strict=True):
        ax.annotate(
            name,
            (1.0, y),
            xycoords="axes fraction",
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            annotation_clip=False,
        )


def apart(at: Sequence[float], gap: float) -> list[float]:
    """Places at least a gap apart, in the same order, moved up and then down from 1."""
    places = [float(y) for y in at]
    order = sorted(range(len(places)), key=lambda i: places[i])
    for i, j in itertools.pairwise(order):
        places[j] = max(places[j], places[i] + gap)
    if order:
        places[order[-1]] = min(places[order[-1]], 1.0)
    for i, j in itertools.pairwise(reversed(order)):
        places[j] = min(places[j], places[i] - gap)
    return places
