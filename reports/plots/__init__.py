"""Pictures of results, for papers: a table of kinds, from which the command, its help and docs derive.

Each kind has a module of its name with `draw(asked) -> Axes`, imported when it is used. Matplotlib is the
extra `plots`; nothing here imports it before something is drawn.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from sensa.isolation import isolate_matplotlib
from sensa.reports.plots.asked import Asked, NotDrawn
from sensa.stories.problems import unknown

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from sensa.graph import Graph

    Result = xr.DataTree | xr.Dataset

MISSING = "drawing needs Matplotlib: `pip install 'sensa-stories[plots]'`"
NO_DIRECTORY = "Matplotlib needs a directory that it can write to: name one by `MPLCONFIGDIR`"


class Plot(NamedTuple):
    """A kind of picture."""

    name: str
    shows: str
    analyses: tuple[str, ...]  # what it draws, by the names of `--analyses`
    of: bool = False  # whether it is of one outcome or kind, `--of`
    graph: bool = False  # whether it draws the story's argument, not only its results

    def __call__(self, asked: Asked) -> "Axes":
        """The picture."""
        axes: Axes = import_module(f"sensa.reports.plots.{self.name}").draw(asked)
        return axes


TABLE = (
    Plot("outcomes", "how the story ends: each outcome with its interval", ("outcomes",)),
    Plot(
        "tornado",
        "what each assumption does to a probability: where it holds, and where it is violated",
        ("outcomes", "violations"),
        of=True,
    ),
    Plot(
        "sobol",
        "which unknown number matters: first-order and total Sobol' indices",
        ("outcomes", "sobol_credence"),
        of=True,
    ),
    Plot("facts", "which unknown fact matters: the same of facts", ("outcomes", "sobol_truth"), of=True),
    Plot("pairs", "two violations together, as a heat map", ("outcomes", "pairs"), of=True),
    Plot("steps", "when the story ends, and how", ("outcomes",)),
    Plot("exceedance", "how probable a loss of each size is", ("outcomes", "exceedance")),
    Plot("convergence", "whether the sampling has settled", ("outcomes", "convergence"), of=True),
    Plot(
        "argument",
        "the argument in layers, from assumptions to outcomes",
        ("outcomes", "violations"),
        graph=True,
    ),
)
PLOTS = {row.name: row for row in TABLE}


def cache_directory() -> str:
    """Where Matplotlib keeps its list of fonts; raises `OSError` if it can write nowhere."""
    import matplotlib

    return matplotlib.get_cachedir()


def require_matplotlib() -> None:
    """Import it apart from the working directory; raise `NotDrawn` if it is missing or cannot write."""
    if find_spec("matplotlib") is None:
        raise NotDrawn(MISSING)
    try:
        isolate_matplotlib()
        cache_directory()
    except OSError:
        raise NotDrawn(NO_DIRECTORY) from None


def plot(
    result: "Result",
    kind: str,
    *,
    of: str | None = None,
    ax: "Axes | None" = None,
    graph: "Graph | None" = None,
) -> "Axes":
    """Draw a result, and return the Axes; `ax.figure` has all of it, as for `ax.figure.savefig("x.pdf")`.

    `result` is the tree of a run, or one of its groups that has all that is drawn. `kind` is a row of
    `sensa.reports.plots.TABLE`. `of` is the outcome or the kind of outcome to draw (by default
    `catastrophic`; `failure` is all but success), for the kinds that draw one. `graph`, as of a `Session`, is
    what `argument` draws. With `ax`, it is drawn there,
    else in a figure of its own whose height grows with the rows. Neither pyplot nor a window is used.

    Raises `NotDrawn`, a `ValueError`, if Matplotlib is missing, or the result lacks what is drawn.
    """
    if kind not in PLOTS:
        raise ValueError(unknown("kind of plot", kind, PLOTS))
    return _drawn(kind, Asked(result, of or "catastrophic", ax, graph))


def drawn_argument(graph: "Graph") -> "Axes":
    """The argument of a story alone, without any result; raises `NotDrawn` if Matplotlib is missing."""
    return _drawn("argument", Asked(None, "catastrophic", graph=graph))


def _drawn(kind: str, asked: Asked) -> "Axes":
    require_matplotlib()
    from sensa.reports.plots.fonts import complete
    from sensa.reports.plots.style import styled

    with styled():
        ax = PLOTS[kind](asked)
        complete(ax)
        return ax
