"""Orders in which to eliminate variables: greedy, the variable of the smallest new table first.

By *rows* a table's size is estimated from what excludes each other: of k variables that pairwise exclude
values, at most k + 1 joint values remain, so a table has at most the product of that over a partition into
such sets. By *fill* it is the number of pairs of neighbours not yet connected (Rose 1972; Dechter 1999,
10.1016/S0004-3702(99)00059-4).
"""

from collections.abc import Iterator
from math import inf, prod

import numpy as np

from sensa.kernels.elimination.implications import Bits, as_integers
from sensa.kernels.program import Ints

ROWS = 0
FILL = 1
MOST_VARIABLES = 256  # in a table
MOST_GROUPS = 32  # of variables that exclude each other's values: more are more rows than any budget

Cost = tuple[float, float]


def elimination_order(neighbours: Bits, related: Bits, ties: Ints, rule: int) -> Ints:
    """An order of the variables in `ties` by one rule; of equal costs, the first there goes first.

    It is cut short before a variable whose table would have more than `MOST_VARIABLES`.
    """
    order = _order(as_integers(neighbours), as_integers(related), ties.tolist(), rule)
    return np.array(order, np.int32)


def _order(graph: list[int], related: list[int], left: list[int], rule: int) -> list[int]:
    costs = {variable: _price(graph, related, variable, rule) for variable in left}
    order = []
    while left:
        variable = min(left, key=costs.__getitem__)
        near = list(_members(graph[variable]))
        if len(near) >= MOST_VARIABLES:
            break
        left.remove(variable)
        order.append(variable)
        stale = graph[variable]  # whose costs change: the neighbours, and who is next to a new pair
        for neighbour in near:
            graph[neighbour] &= ~(1 << variable)
        for i, neighbour in enumerate(near):
            for other in near[i + 1 :]:
                if not graph[neighbour] >> other & 1:
                    graph[neighbour] |= 1 << other
                    graph[other] |= 1 << neighbour
                    stale |= graph[neighbour] & graph[other]
        graph[variable] = 0
        for other in _members(stale & ~(1 << variable)):
            costs[other] = _price(graph, related, other, rule)
    return order


def _price(graph: list[int], related: list[int], variable: int, rule: int) -> Cost:
    """The cost of eliminating a variable next: 0 if no neighbours become connected by that.

    The bound on rows is by a greedy partition of the table's variables.
    """
    own = graph[variable]
    near = list(_members(own))
    missing = sum((own & ~graph[neighbour]).bit_count() for neighbour in near) - len(near)
    rows = inf
    if not missing:
        rows = 0.0
    elif len(near) < MOST_VARIABLES:
        groups: list[int] = []
        for member in [*near, variable]:
            others = ~related[member]
            at = next((i for i, group in enumerate(groups) if not group & others), len(groups))
            groups[at : at + 1] = [(groups[at] if at < len(groups) else 0) | 1 << member]
        if len(groups) <= MOST_GROUPS:
            rows = prod((1.0 + group.bit_count() for group in groups), start=1.0)
    return (rows, float(missing)) if rule == ROWS else (float(missing), rows)


def _members(bits: int) -> Iterator[int]:
    """The members of a set, in order."""
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1
