"""Orders in which to eliminate variables: greedy, the variable of the smallest new table first.

By *rows* a table's size is estimated from what excludes each other: of k variables that pairwise exclude
values, at most k + 1 joint values remain, so a table has at most the product of that over a partition into
such sets. By *fill* it is the number of pairs of neighbours not yet connected (Rose 1972; Dechter 1999,
10.1016/S0004-3702(99)00059-4).
"""

import numpy as np

from sensa.kernels.elimination.implications import Bits, exclude, has, include, members, ones
from sensa.kernels.jit import njit
from sensa.kernels.program import Floats, Ints

ROWS = 0
FILL = 1
MOST_VARIABLES = 62  # in a table


@njit()
def _missing(graph: Bits, variable: int, around: Ints, count: int) -> int:
    """The edges that eliminating a variable adds, each counted from both ends."""
    missing = 0
    for i in range(count):
        for word in range(graph.shape[1]):
            missing += ones(graph[variable, word] & ~graph[around[i], word])
        missing -= 1  # a neighbour is none of its own
    return missing


@njit()
def _log_rows(related: Bits, variables: Ints, count: int, group: Ints, size: Floats) -> float:
    """The logarithm of a bound on a table's rows, by a greedy partition of its variables."""
    groups = 0
    for i in range(count):
        group[i] = groups
        for candidate in range(groups):
            fits = True
            for j in range(i):
                if group[j] == candidate and not has(related[variables[i]], variables[j]):
                    fits = False
                    break
            if fits:
                group[i] = candidate
                break
        if group[i] == groups:
            size[groups] = 0.0
            groups += 1
        size[group[i]] += 1.0
    total = 0.0
    for i in range(groups):
        total += np.log2(size[i] + 1.0)
    return total


@njit()
def _cost(
    graph: Bits, related: Bits, variable: int, rule: int, around: Ints, group: Ints, size: Floats
) -> tuple[float, float]:
    """The cost of eliminating a variable next: 0 if no neighbours become connected by that."""
    count = members(graph[variable], around)
    missing = _missing(graph, variable, around, count)
    if missing == 0:
        return 0.0, 0.0
    rows = float(count)
    if count < MOST_VARIABLES:
        around[count] = variable
        rows = _log_rows(related, around, count + 1, group, size)
    return (rows, float(missing)) if rule == ROWS else (float(missing), rows)


@njit()
def _connect(graph: Bits, variable: int, around: Ints, count: int, others: Ints, touched: Bits) -> None:
    """Connect a variable's neighbours and remove it; `touched` gets those whose cost changes."""
    fresh = np.empty(graph.shape[1], np.uint64)
    for word in range(graph.shape[1]):
        touched[word] = graph[variable, word]
    for i in range(count):
        one = around[i]
        exclude(graph[one], variable)
        for word in range(graph.shape[1]):
            fresh[word] = graph[variable, word] & ~graph[one, word]
        exclude(fresh, one)
        for j in range(members(fresh, others)):
            include(graph[one], others[j])
            include(graph[others[j]], one)
            for word in range(graph.shape[1]):
                touched[word] |= graph[one, word] & graph[others[j], word]
    exclude(touched, variable)
    for word in range(graph.shape[1]):  # a slice takes a second to compile
        graph[variable, word] = 0


@njit()
def elimination_order(neighbours: Bits, related: Bits, ties: Ints, rule: int) -> Ints:
    """An order of all variables by one rule; of equal costs, the first in `ties` goes first.

    It is cut short before a variable whose table would have more than `MOST_VARIABLES`.
    """
    graph = neighbours.copy()
    variables = graph.shape[0]
    around, group = np.empty(variables + 1, np.int32), np.empty(variables + 1, np.int32)
    size, cost = np.empty(variables + 1), np.empty((variables, 2))
    touched = np.empty(graph.shape[1], np.uint64)
    left, order = ties.copy(), np.empty(variables, np.int32)
    others, stale = np.arange(variables + 1).astype(np.int32), variables  # whose costs are to be computed
    for done in range(variables):
        for i in range(stale):
            other = others[i]
            cost[other, 0], cost[other, 1] = _cost(graph, related, other, rule, around, group, size)
        at = _cheapest(cost, left[: variables - done])
        variable = left[at]
        count = members(graph[variable], around)
        if count >= MOST_VARIABLES:
            return order[:done]
        order[done] = variable
        for after in range(at + 1, variables - done):
            left[after - 1] = left[after]
        _connect(graph, variable, around, count, others, touched)
        stale = members(touched, others)
    return order


@njit()
def _cheapest(cost: Floats, left: Ints) -> int:
    """The place of the variable that costs least; of equal ones, the first."""
    best = 0
    for at in range(1, left.size):
        a, b = left[at], left[best]
        if cost[a, 0] < cost[b, 0] or (cost[a, 0] == cost[b, 0] and cost[a, 1] < cost[b, 1]):
            best = at
    return best
