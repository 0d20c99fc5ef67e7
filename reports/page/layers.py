"""The argument in layers: columns by kind, few crossings, boxes near what they are joined to.

Sugiyama's method (Sugiyama, Tagawa and Toda 1981, 10.1109/TSMC.1981.4308636): columns by kind and, within
events and safeguards, by the longest path; barycentres over dummies, and exchanges of neighbours (Gansner
et al. 1993, 10.1109/32.221135), from several starts; then positions by relaxation.
"""

import itertools
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

RANKS = {
    "quantity": 0,
    "challenge": 0,
    "assumption": 1,
    "choice": 2,
    "event": 3,
    "safeguard": 4,
    "outcome": 5,
}
CHAINED = ("event", "safeguard")  # kinds whose own edges make further columns
WIDTH, GAP_X, GAP_Y = 160, 44, 14
MIN_PORT_DISTANCE = 12  # least distance between two edges at the side of a box
SWEEPS, PATIENCE, EXCHANGES, RELAXATIONS = 24, 4, 8, 30
STARTS = 8  # shuffled orders to start from,
MAX_PLACES = 2000  # or as many as have so many boxes and dummies together
PULL_SHARE = 0.4  # how far a box moves towards its neighbours in a step

Edge = tuple[str, str]
Key = str | tuple[str, str, int]  # a box, or the dummy of an edge in a column
Chain = tuple[Key, ...]


@dataclass(frozen=True)
class Layout:
    """Places of boxes and edges; `y` and `height` have dummies too."""

    columns: Sequence[tuple[int, int]]  # rank of the kind, depth within it
    column: Mapping[Key, int]
    y: Mapping[Key, float]
    height: Mapping[Key, float]
    chains: Mapping[Edge, Chain]
    leaves: Mapping[Edge, float]  # where an edge leaves its first box
    enters: Mapping[Edge, float]
    crossings: int

    @property
    def width(self) -> float:
        """The width of the drawing."""
        return len(self.columns) * (WIDTH + GAP_X) - GAP_X

    @property
    def total_height(self) -> float:
        """The height of the drawing."""
        return max((self.y[key] + self.height[key] for key in self.y), default=0.0)

    def x(self, key: Key) -> float:
        """The left end of a box."""
        return float(self.column[key] * (WIDTH + GAP_X))


def layout(kinds: Mapping[str, str], edges: Sequence[Edge], heights: Mapping[str, float]) -> Layout:
    """Lay out boxes of these kinds and heights; edges run from left to right, or within a column."""
    edges = list(dict.fromkeys(edge for edge in edges if edge[0] != edge[1]))
    depths = _depths(kinds, edges)
    columns = sorted({(RANKS[kinds[name]], depths[name]) for name in kinds})
    column: dict[Key, int] = {name: columns.index((RANKS[kinds[name]], depths[name])) for name in kinds}
    height: dict[Key, float] = {name: _with_ports(name, heights[name], edges) for name in kinds}
    layers: list[list[Key]] = [[name for name in kinds if column[name] == c] for c in range(len(columns))]
    chains = _chains(edges, column, height, layers)
    near = _neighbours(chains.values())
    fixed = {c for c, key in enumerate(columns) if key[0] == RANKS["outcome"]}  # in the order they are read
    layers, found = _ordered(layers, near, column, chains, fixed)
    y = _placed(layers, near, height)
    leaves, enters = _ports(chains, column, y, height)
    return Layout(columns, column, y, height, chains, leaves, enters, found)


def _depths(kinds: Mapping[str, str], edges: Sequence[Edge]) -> dict[str, int]:
    """The longest path to each node within its kind; edges that close a cycle do not count."""
    inner: dict[str, list[str]] = {name: [] for name in kinds}
    for a, b in edges:
        if kinds[a] == kinds[b] and kinds[a] in CHAINED:
            inner[b].append(a)
    depths: dict[str, int] = {}
    for start in kinds:  # without recursion, as chains may be long
        stack, open_ = [start], set()
        while stack:
            name = stack[-1]
            waiting = [a for a in inner[name] if a not in depths and a not in open_]
            if name in depths or not waiting:
                known = [depths[a] for a in inner[name] if a in depths]
                depths.setdefault(name, 1 + max(known) if known else 0)
                open_.discard(stack.pop())
            else:
                open_.add(name)
                stack += waiting[:1]
    return depths


def _with_ports(name: str, height: float, edges: Sequence[Edge]) -> float:
    """The height of a box, large enough for its edges to be told apart."""
    busiest = max(sum(edge[side] == name for edge in edges) for side in (0, 1)) if edges else 0
    return max(height, MIN_PORT_DISTANCE * (1 + busiest))


def _chains(
    edges: Sequence[Edge], column: dict[Key, int], height: dict[Key, float], layers: list[list[Key]]
) -> dict[Edge, Chain]:
    """Each edge with a dummy in every column that it passes; dummies join the columns and layers."""
    chains: dict[Edge, Chain] = {}
    for a, b in edges:
        passed = range(column[a] + 1, column[b])
        dummies: list[Key] = [(a, b, c) for c in passed]
        for c, dummy in zip(passed, dummies, strict=True):
            layers[c].append(dummy)
            column[dummy], height[dummy] = c, 2.0
        chains[a, b] = (a, *dummies, b)
    return chains


def _neighbours(chains: Iterable[Chain]) -> dict[Key, list[Key]]:
    near: dict[Key, list[Key]] = {}
    for chain in chains:
        for a, b in itertools.pairwise(chain):
            near.setdefault(a, []).append(b)
            near.setdefault(b, []).append(a)
    return near


def _ordered(
    layers: list[list[Key]],
    near: Mapping[Key, list[Key]],
    column: Mapping[Key, int],
    chains: Mapping[Edge, Chain],
    fixed: set[int],
) -> tuple[list[list[Key]], int]:
    """The order with the fewest crossings that sweeps find, from the order given and from shuffled ones."""
    rng = random.Random(0)
    shuffled = (
        [layer[:] if c in fixed else rng.sample(layer, len(layer)) for c, layer in enumerate(layers)]
        for _ in range(min(STARTS, MAX_PLACES // max(len(column), 1)))
    )
    best, fewest = layers, crossings(layers, chains, column)
    for start in (layers, *shuffled):
        order, found = _swept(start, near, column, chains, fixed)
        if found < fewest:
            best, fewest = order, found
        if not fewest:
            break
    return best, fewest


def _swept(
    start: list[list[Key]],
    near: Mapping[Key, list[Key]],
    column: Mapping[Key, int],
    chains: Mapping[Edge, Chain],
    fixed: set[int],
) -> tuple[list[list[Key]], int]:
    """Sweep from side to side until that takes no more crossings away."""
    layers = [list(layer) for layer in start]
    best, fewest, since = [list(layer) for layer in layers], crossings(layers, chains, column), 0
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        at = {key: i / max(len(layer) - 1, 1) for layer in layers for i, key in enumerate(layer)}
        order = range(len(layers)) if forward else reversed(range(len(layers)))
        for c in order:
            if c in fixed:
                continue
            layers[c].sort(key=_barycentre(at, near, column, c, forward=forward))
            at |= {key: i / max(len(layers[c]) - 1, 1) for i, key in enumerate(layers[c])}
        _exchange(layers, near, column, fixed)
        found = crossings(layers, chains, column)
        since += 1
        if found < fewest:
            best, fewest, since = [list(layer) for layer in layers], found, 0
        if since == PATIENCE or not fewest:
            break
    return best, fewest


def _exchange(
    layers: Sequence[list[Key]],
    near: Mapping[Key, list[Key]],
    column: Mapping[Key, int],
    fixed: set[int],
) -> None:
    """Exchange neighbours in a column as long as that takes crossings away."""
    at = {key: i for layer in layers for i, key in enumerate(layer)}
    for _ in range(EXCHANGES):
        better = False
        for c, layer in enumerate(layers):
            for i in range(len(layer) - 1 if c not in fixed else 0):
                a, b = layer[i], layer[i + 1]
                if _saved(a, b, near, column, at) > 0:
                    layer[i], layer[i + 1] = b, a
                    at[a], at[b] = i + 1, i
                    better = True
        if not better:
            return


def _saved(
    a: Key, b: Key, near: Mapping[Key, list[Key]], column: Mapping[Key, int], at: Mapping[Key, int]
) -> int:
    """How many crossings go if `a`, just above `b`, changes places with it."""
    return sum(
        (at[m] > at[n]) - (at[m] < at[n])
        for m in near.get(a, ())
        for n in near.get(b, ())
        if column[m] == column[n] != column[a]
    )


def _barycentre(
    at: Mapping[Key, float],
    near: Mapping[Key, list[Key]],
    column: Mapping[Key, int],
    c: int,
    *,
    forward: bool,
) -> Callable[[Key], float]:
    """The mean position of a key's neighbours on the side where the sweep comes from."""

    def mean(key: Key) -> float:
        xs = [at[m] for m in near.get(key, []) if column[m] != c and (column[m] < c) == forward]
        return sum(xs) / len(xs) if xs else at[key]

    return mean


def crossings(
    layers: Sequence[Sequence[Key]], chains: Mapping[Edge, Chain], column: Mapping[Key, int]
) -> int:
    """How many pairs of edges cross between two columns."""
    at = {key: i for layer in layers for i, key in enumerate(layer)}
    spans: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for chain in chains.values():
        for a, b in itertools.pairwise(chain):
            if column[a] != column[b]:
                spans.setdefault((column[a], column[b]), []).append((at[a], at[b]))
    return sum(
        (a - c) * (b - d) < 0
        for pairs in spans.values()
        for i, (a, b) in enumerate(pairs)
        for c, d in pairs[:i]
    )


def _placed(
    layers: Sequence[Sequence[Key]], near: Mapping[Key, list[Key]], height: Mapping[Key, float]
) -> dict[Key, float]:
    """The top of each box: spread over the height, then pulled towards its neighbours."""
    totals = [sum(height[key] for key in layer) + GAP_Y * (len(layer) - 1) for layer in layers]
    room = max(totals, default=0.0)
    y: dict[Key, float] = {}
    for layer, total in zip(layers, totals, strict=True):
        spare = (room - total) / max(len(layer), 1)
        top = 0.0
        for key in layer:
            y[key] = top + spare / 2
            top += height[key] + GAP_Y + spare
    for _ in range(RELAXATIONS):
        for layer in layers:
            for key in layer:
                if near.get(key):
                    middle = sum(y[m] + height[m] / 2 for m in near[key]) / len(near[key])
                    y[key] += PULL_SHARE * (middle - height[key] / 2 - y[key])
            _apart(layer, y, height, room)
    return y


def _apart(layer: Sequence[Key], y: dict[Key, float], height: Mapping[Key, float], room: float) -> None:
    """Move the boxes of a column until none overlap and all are within the height."""
    least = 0.0
    for key in layer:
        y[key] = max(y[key], least)
        least = y[key] + height[key] + GAP_Y
    most = room
    for key in reversed(layer):
        y[key] = min(y[key], most - height[key])
        most = y[key] - GAP_Y


def _ports(
    chains: Mapping[Edge, Chain],
    column: Mapping[Key, int],
    y: Mapping[Key, float],
    height: Mapping[Key, float],
) -> tuple[dict[Edge, float], dict[Edge, float]]:
    """Where each edge leaves and enters: spread over the side, in the order of the other ends."""
    leaves: dict[Edge, float] = {}
    enters: dict[Edge, float] = {}
    apart = {edge: chain for edge, chain in chains.items() if column[edge[0]] != column[edge[1]]}
    for side, ports in ((0, leaves), (1, enters)):
        for name in dict.fromkeys(edge[side] for edge in apart):
            mine = [edge for edge in apart if edge[side] == name]
            mine.sort(key=lambda edge: _middle(apart[edge][1 if side == 0 else -2], y, height))
            for i, edge in enumerate(mine):
                ports[edge] = y[name] + height[name] * (i + 1) / (len(mine) + 1)
    return leaves, enters


def _middle(key: Key, y: Mapping[Key, float], height: Mapping[Key, float]) -> float:
    return y[key] + height[key] / 2
