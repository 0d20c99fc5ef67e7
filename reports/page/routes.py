"""Where edges of a drawing run: from box to box, as smooth curves."""

import itertools

from sensa.reports.page.layers import WIDTH, Edge, Layout

ARROW_LENGTH = 5  # the length of an arrow's head
BEND_WIDTH = 26  # of an edge within a column

Point = tuple[float, float]


def route(at: Layout, edge: Edge) -> list[Point]:
    """The start and the control points of cubic curves, three for each.

    From the right side of the first box, through the dummies, to the left of the last.
    """
    chain = at.chains[edge]
    first, last = chain[0], chain[-1]
    if at.column[first] == at.column[last]:
        x, y0, y1 = at.x(first), _middle(at, edge[0]), _middle(at, edge[1])
        return [(x, y0), (x - BEND_WIDTH, y0), (x - BEND_WIDTH, y1), (x - ARROW_LENGTH, y1)]
    if at.column[first] > at.column[last]:  # backwards: from side to side, around the top
        points = [(at.x(first), at.leaves[edge]), (at.x(last) + WIDTH + ARROW_LENGTH, at.enters[edge])]
    else:
        points = [(at.x(first) + WIDTH, at.leaves[edge])]
        for dummy in chain[1:-1]:
            points += [(at.x(dummy), at.y[dummy]), (at.x(dummy) + WIDTH, at.y[dummy])]
        points.append((at.x(last) - ARROW_LENGTH, at.enters[edge]))
    found = points[:1]
    for (a, b), (c, d) in itertools.pairwise(points):
        middle = (c - a) / 2
        found += [(a + middle, b), (c - middle, d), (c, d)]
    return found


def _middle(at: Layout, name: str) -> float:
    return at.y[name] + at.height[name] / 2
