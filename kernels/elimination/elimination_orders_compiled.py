"""The orders of elimination in compiled code; see `elimination_orders`."""

import numpy as np

from sensa.kernels.elimination.elimination_orders import MOST_GROUPS, MOST_VARIABLES, ROWS
from sensa.kernels.elimination.implications import Bits
from sensa.kernels.jit import njit
from sensa.kernels.program import Floats, Ints


def elimination_order(neighbours: Bits, related: Bits, ties: Ints, rule: int) -> Ints:
    """The same as `elimination_orders.elimination_order`."""
    variables = len(neighbours)
    order, lists = np.empty(len(ties), np.int32), np.empty((3, variables + 1), np.int32)
    groups, sizes = np.empty((MOST_GROUPS, neighbours.shape[1]), np.uint64), np.empty(MOST_GROUPS)
    costs = np.empty((variables, 2))
    done = _order(neighbours.copy(), related, rule, ties.copy(), lists, groups, sizes, costs, order)
    return order[:done]


@njit(no_cpython_wrapper=True)
def _ones(word: np.uint64) -> np.int64:
    """The number of ones in a word."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(no_cpython_wrapper=True)
def _members(row: Bits, lists: Ints, at: int) -> int:
    """Write the members of a set to a list, in order, and return how many there are."""
    count = 0
    for word in range(row.size):
        rest = row[word]
        while rest:
            others = rest & (rest - np.uint64(1))
            lists[at, count] = 64 * word + _ones((rest ^ others) - np.uint64(1))
            count += 1
            rest = others
    return count


@njit(no_cpython_wrapper=True)
def _price(
    graph: Bits,
    related: Bits,
    variable: int,
    rule: int,
    lists: Ints,
    groups: Bits,
    sizes: Floats,
    costs: Floats,
) -> None:
    """The cost of eliminating a variable next: 0 if no neighbours become connected by that.

    The bound on rows is by a greedy partition of the table's variables.
    """
    count, filled = _members(graph[variable], lists, 0), 0
    for word in range(graph.shape[1]):  # only these words of a set are looked at
        lists[1, filled] = word
        filled += graph[variable, word] != 0 or word == variable >> 6
    missing = -count  # a neighbour is none of its own
    for i in range(count):
        for at in range(filled):
            word = lists[1, at]
            missing += _ones(graph[variable, word] & ~graph[lists[0, i], word])
    rows = np.inf
    if missing > 0 and count < MOST_VARIABLES:
        lists[0, count] = variable
        rows = _bound(related, lists, count + 1, filled, groups, sizes)
    rows = rows if missing > 0 else 0.0
    costs[variable, 0] = rows if rule == ROWS else float(missing)
    costs[variable, 1] = float(missing) if rule == ROWS else rows


@njit(inline="always")
def _bound(related: Bits, lists: Ints, count: int, filled: int, groups: Bits, sizes: Floats) -> float:
    """The bound on the rows of a table of these variables, members of these words."""
    one, some = np.uint64(1), 0
    for i in range(count):
        member, group = lists[0, i], 0
        while group < some:
            apart = np.uint64(0)
            for at in range(filled):
                apart |= groups[group, at] & ~related[member, lists[1, at]]
            if not apart:
                break
            group += 1
        if group == MOST_GROUPS:
            return np.inf
        if group == some:
            sizes[group] = 1.0
            for at in range(filled):
                groups[group, at] = 0
            some += 1
        for at in range(filled):
            if lists[1, at] == member >> 6:
                groups[group, at] |= one << np.uint64(member & 63)
        sizes[group] += 1.0
    rows = 1.0
    for group in range(some):
        rows *= sizes[group]
    return rows


@njit(inline="always")
def _connected(graph: Bits, a: int, b: int, rule: int, costs: Floats) -> None:
    """Count a new pair off what is missing at the neighbours of both."""
    fill = 1 if rule == ROWS else 0
    for word in range(graph.shape[1]):
        rest = graph[a, word] & graph[b, word]
        while rest:
            others = rest & (rest - np.uint64(1))
            variable = 64 * word + _ones((rest ^ others) - np.uint64(1))
            costs[variable, fill] -= 2.0
            if costs[variable, fill] == 0.0:
                costs[variable, 1 - fill] = 0.0
            rest = others


@njit()
def _order(
    graph: Bits,
    related: Bits,
    rule: int,
    left: Ints,
    lists: Ints,
    groups: Bits,
    sizes: Floats,
    costs: Floats,
    order: Ints,
) -> int:
    """Write the order and return its length; `left` are the variables by `ties`, the rest room to work in."""
    one, words, stale = np.uint64(1), graph.shape[1], left.size
    for i in range(stale):
        lists[2, i] = left[i]
    for done in range(left.size):
        for i in range(stale):
            _price(graph, related, lists[2, i], rule, lists, groups, sizes, costs)
        at = 0
        for i in range(1, left.size - done):
            a, b = left[i], left[at]
            if costs[a, 0] < costs[b, 0] or (costs[a, 0] == costs[b, 0] and costs[a, 1] < costs[b, 1]):
                at = i
        variable = left[at]
        count = _members(graph[variable], lists, 2)
        if count >= MOST_VARIABLES:
            return done
        order[done] = variable
        for i in range(at + 1, left.size - done):
            left[i - 1] = left[i]
        for i in range(count):
            neighbour = lists[2, i]
            graph[neighbour, variable >> 6] &= ~(one << np.uint64(variable & 63))
            for j in range(i + 1, count):
                other = lists[2, j]
                if not (graph[neighbour, other >> 6] >> np.uint64(other & 63)) & one:
                    graph[neighbour, other >> 6] |= one << np.uint64(other & 63)
                    graph[other, neighbour >> 6] |= one << np.uint64(neighbour & 63)
                    _connected(graph, neighbour, other, rule, costs)
        for word in range(words):
            graph[variable, word] = 0
        stale = count
    return left.size
