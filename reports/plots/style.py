"""How pictures look: few colours, each with one meaning and a sign beside it, and room for every label."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

from sensa.reports.layout import MARKS, columns, named_apart, wrapped
from sensa.reports.plots.fonts import USUAL

Floats = NDArray[np.float64]
INK, SOFT, LINES = "#1b1d1f", "#565b61", "#dcd9d1"
CATASTROPHE, SAFE, SUCCESS = "#b3360f", "#7f8790", "#1766a6"
PALE = "#f3d9cc"  # an interval or a share of what is catastrophic
COLOURS = {"catastrophic": CATASTROPHE, "fail_safe": SAFE, "success": SUCCESS}
SALT = "sensa"  # the same file each time
CONFIDENCE = 1.96  # standard errors of a 95 % interval
LINES_SAID = "Lines: 95 % intervals of the sampling"
ROW, FRAME = 0.24, 1.5  # inches: a row; around the rows
WIDTH, PLOT_WIDTH = 6.5, 3.4  # of a column of text; of the axes at least
CHARACTER = 0.074  # inches, of a label
HEAD_CHARACTER, NOTE_CHARACTER = 0.096, 0.066
LONGEST = 36  # characters of a label
STYLE: dict[Any, Any] = {
    "font.family": ["sans-serif"],
    "font.sans-serif": [USUAL],
    "font.size": 8.5,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.labelsize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": LINES,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "pdf.fonttype": 42,
    "savefig.dpi": 200,
    "svg.hashsalt": SALT,
    "text.color": INK,
    "text.parse_math": False,  # a story's `$` is a dollar
    "xtick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.color": SOFT,
    "ytick.labelcolor": INK,
}


def probability_bars(values: Floats, errors: Floats) -> Floats:
    """How far 95 % intervals reach below and above probabilities (2, n), cut at 0 and 1."""
    reach = CONFIDENCE * np.nan_to_num(errors)
    return np.stack(
        [np.minimum(reach, values.clip(min=0.0)), np.minimum(reach, (1.0 - values).clip(min=0.0))]
    )


@contextmanager
def styled() -> Iterator[None]:
    """Draw in our style, whatever Matplotlib is set to outside."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def axes_of(ax: Axes | None, *, rows: float, labels: Sequence[str], gutter: float = 0.0) -> Axes:
    """Axes to draw rows into: those given, or a figure that has room for the rows and their labels.

    `rows` counts rows, `gutter` is the characters of a column right of the axes.
    """
    if ax is not None:
        return ax
    longest = max((columns(line) for label in labels for line in label.split("\n")), default=0)
    width = max(WIDTH, PLOT_WIDTH + CHARACTER * (longest + gutter) + 0.4)
    return figure_of(width, FRAME + ROW * rows).add_subplot()


def figure_of(width: float, height: float) -> Figure:
    """A figure with room for all that is drawn, of so many inches."""
    return Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.06))


def titled(ax: Axes, title: str, note: str, *, own: bool) -> None:
    """Set what stands above and below: across the figure if it is our own, else at the axes."""
    figure = ax.figure
    if not own or not isinstance(figure, Figure):
        ax.set_title(title)
        ax.set_xlabel("\n".join(filter(None, (ax.get_xlabel(), note))))
        return
    width = float(figure.get_size_inches()[0]) - 0.2
    head = wrapped(title, int(width / HEAD_CHARACTER))
    figure.suptitle("\n".join(head), x=0.1 / width, ha="left", fontsize=10, fontweight="bold")
    lines = wrapped(note, int(width / NOTE_CHARACTER))
    figure.supxlabel("\n".join(lines), x=0.1 / width, ha="left", fontsize=7.5, color=SOFT)
    figure.set_size_inches(width + 0.2, figure.get_size_inches()[1] + 0.15 * (len(head) + len(lines)))


def marked(name: str, kind: str) -> str:
    """A label with the sign of its kind of outcome."""
    return f"{MARKS[kind]} {name}"


def shortened(names: Sequence[str], most: int = LONGEST) -> list[str]:
    """Names that fit, cut in the middle; longer where two would read alike."""
    return named_apart(names, most)


def rows_named(ax: Axes, labels: Sequence[str]) -> None:
    """Name the rows, the first at the top."""
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")


def beside(ax: Axes, row: float, text: str) -> None:
    """Write a value right of the axes, at a row."""
    ax.annotate(
        text,
        (1.0, row),
        xycoords=ax.get_yaxis_transform(),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        annotation_clip=False,
    )
