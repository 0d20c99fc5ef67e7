"""The argument in layers, from what is assumed to how it ends, tinted by what violations do."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, PathPatch
from matplotlib.path import Path

from sensa.reports.layout import MARKS
from sensa.reports.number_format import ROUNDING, percent, times
from sensa.reports.page.layers import GAP_X, WIDTH, Edge, Layout, layout
from sensa.reports.page.routes import ARROW_LENGTH, route
from sensa.reports.page.wrapping import wrapped
from sensa.reports.plots.asked import Asked, NotDrawn
from sensa.reports.plots.style import CATASTROPHE, COLOURS, INK, SAFE, SOFT, figure_of, titled
from sensa.showing.graph_text import drawn, edges_of

INCH = 100  # units of the layout
LINE, PAD, MARGIN = 15, 12, 34
MAX_TINT = 0.4
HEADS = {0: "Challenges", 1: "Assumptions", 2: "Choices", 3: "Events", 4: "Safeguards", 5: "Outcomes"}
TINTED = "The redder an assumption, the more its violation raises the risk, by the factor shown"
DASHED = "Dashed: read one step later"


def draw(asked: Asked) -> Axes:
    """Boxes in columns by kind, joined where one reads the other."""
    if asked.graph is None:
        raise NotDrawn("the argument is not in a result: give the story")
    kinds = dict(drawn(asked.graph))
    edges: dict[Edge, bool] = {}
    for a, b, later in edges_of(asked.graph):
        edges[a, b] = edges.get((a, b), True) and later
    below, tints = _below(asked, kinds)
    lines = {name: [*wrapped(name.replace("_", " ")), *below.get(name, ())] for name in kinds}
    at = layout(kinds, list(edges), {name: LINE * len(rows) + PAD for name, rows in lines.items()})
    size = (at.width + 2 * MARGIN) / INCH, (at.total_height + 2 * MARGIN) / INCH + 0.4
    ax = asked.ax or figure_of(*size).add_subplot()
    ax.set_axis_off()
    ax.set_aspect("equal")
    ax.set_xlim(-MARGIN, at.width + MARGIN)
    ax.set_ylim(at.total_height + PAD, -MARGIN)
    _heads(ax, at)
    for edge, later in edges.items():
        if edge in at.chains:
            _edge(ax, at, edge, later=later)
    for name, kind in kinds.items():
        _box(ax, at, name, kind, lines[name], tints.get(name, 0.0))
    note = f"{DASHED}." if asked.result is None else asked.how(asked.group("violations"), TINTED, DASHED)
    titled(ax, asked.headed("the argument"), note, own=asked.ax is None)
    return ax


def _below(asked: Asked, kinds: Mapping[str, str]) -> tuple[dict[str, list[str]], dict[str, float]]:
    """What is written below names: outcomes' probabilities, factors of the risk; and tints."""
    if asked.result is None:
        return {}, {}
    outcomes, below = asked.group("outcomes"), {}
    for name, kind, mean in zip(*(outcomes[k].values for k in ("outcome", "kind", "mean")), strict=True):
        below[str(name)] = [f"{MARKS[kind]} {percent(float(mean))}"]
    data = asked.group("violations")
    if "assumption" not in data.dims:
        return below, {}
    members = asked.members(data["outcome"].values.tolist())
    violated = data["do_violated"].sel(outcome=members).sum("outcome")
    now = float((violated - data["change"].sel(outcome=members).sum("outcome"))[0])
    grown = dict(zip(data["assumption"].values.tolist(), (violated - now).values.tolist(), strict=True))
    most = max(*grown.values(), ROUNDING)
    below |= {name: [times(now + more, now)] for name, more in grown.items() if name in kinds}
    return below, {name: MAX_TINT * max(more, 0.0) / most for name, more in grown.items()}


def _heads(ax: Axes, at: Layout) -> None:
    seen: set[int] = set()
    for i, (rank, _) in enumerate(at.columns):
        head = "… that follow" if rank in seen else HEADS[rank]
        seen.add(rank)
        ax.text(i * (WIDTH + GAP_X), -PAD, head, color=SOFT, fontsize=8)


def _edge(ax: Axes, at: Layout, edge: Edge, *, later: bool) -> None:
    points = route(at, edge)
    codes = [Path.MOVETO, *[Path.CURVE4] * (len(points) - 1)]
    style = "--" if later else "-"
    ax.add_patch(PathPatch(Path(points, codes), fill=False, edgecolor=SAFE, linewidth=0.8, linestyle=style))
    x, y = points[-1]
    head: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 7, "linewidth": 0, "color": SAFE}
    head |= {"shrinkA": 0, "shrinkB": 0}
    back = ARROW_LENGTH if x >= points[-2][0] else -ARROW_LENGTH
    ax.add_patch(FancyArrowPatch((x - 0.1 * back, y), (x + back, y), **head))


def _box(ax: Axes, at: Layout, name: str, kind: str, lines: Sequence[str], tint: float) -> None:
    x, y, height = at.x(name), at.y[name], at.height[name]
    corner = 12 if kind == "event" else 3
    shape = f"round,pad=0,rounding_size={corner}"
    frame: dict[str, Any] = {"boxstyle": shape, "linewidth": 0.8, "edgecolor": SOFT, "facecolor": "white"}
    ax.add_patch(FancyBboxPatch((x, y), WIDTH, height, zorder=2, **frame))
    if tint:
        shade: dict[str, Any] = {"boxstyle": shape, "linewidth": 0, "facecolor": CATASTROPHE, "alpha": tint}
        ax.add_patch(FancyBboxPatch((x, y), WIDTH, height, zorder=3, **shade))
    colour = next((COLOURS[k] for k, mark in MARKS.items() if lines[-1].startswith(mark)), None)
    if kind == "outcome" and colour is not None:
        ax.add_patch(FancyBboxPatch((x, y), 5, height, boxstyle="square,pad=0", color=colour, zorder=3))
    written: dict[str, Any] = {"va": "center", "color": INK, "fontsize": 8, "linespacing": 1.25, "zorder": 4}
    ax.text(x + 11, y + height / 2, "\n".join(lines), **written)
