"""Numbering of polynomials, so that equal ones are one node of an arithmetic circuit.

Two nodes are taken for the same polynomial if they have the same *fingerprint*: their values modulo 2^31 - 1
at four random points. Different polynomials of degree d have the same with a chance of at most (d / 2^31)^4
(Schwartz 1980, 10.1145/322217.322225; Zippel 1979), below 1e-25 for a pair at degree 1,000. The points are
fixed, so that a circuit is always the same.
"""

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from sensa.kernels.jit import njit

PRIME = (1 << 31) - 1
POINTS = 4
ZERO, ONE = 0, 1  # the first two nodes are constants, then come the leaves

Scalar = TypeVar("Scalar", np.uint64, np.int64)
Prints = npt.NDArray[np.uint64]  # (nodes, points)
Nodes = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]


class Pool(NamedTuple):
    """Nodes, and a table that finds them by fingerprint; node `i` is the sum of the products `start[i]` on.

    A product is of the nodes `left` and `right`; constants and leaves have none. Arrays have room to grow.
    """

    used: npt.NDArray[np.int64]  # nodes and products so far
    prints: Prints
    start: Nodes
    left: Nodes
    right: Nodes
    found: Nodes  # hash table of nodes, -1 where free; its size is a power of two


def pool(leaves: Prints) -> Pool:
    """A pool of the constants and these leaves."""
    prints = np.zeros((2 + len(leaves), POINTS), np.uint64)
    prints[ONE] = 1
    prints[2:] = leaves
    none = np.empty(0, np.int64)
    made = Pool(np.array([len(prints), 0]), prints, np.zeros(len(prints) + 1, np.int64), none, none, none)
    return with_room(made, len(prints), 0)


def with_room(old: Pool, nodes: int, products: int) -> Pool:
    """The pool with room for as many further nodes and products."""
    used, edges = (int(count) for count in old.used)
    prints, start, left, right, found = old[1:]
    if used + nodes > len(prints):
        size = 2 * (used + nodes)
        prints, start = _longer(prints, size), _longer(start, size + 1)
    if edges + products > len(left):
        size = 2 * (edges + products)
        left, right = _longer(left, size), _longer(right, size)
    if 2 * (used + nodes) > len(found):
        found = np.full(1 << (4 * (used + nodes)).bit_length(), -1, np.int64)
        nothing = np.zeros(1, np.int64)
        work = np.empty(POINTS, np.uint64)
        _number(old.used, prints, start, left, right, found, nothing, nothing, nothing, work, nothing)
    return Pool(old.used, prints, start, left, right, found)


def _longer(array: npt.NDArray[Scalar], size: int) -> npt.NDArray[Scalar]:
    grown = np.empty((size, *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


def products(pool: Pool, left: Nodes, right: Nodes) -> Nodes:
    """The nodes of these products; the pool must have room."""
    return _numbered(pool, left, right, np.arange(len(left) + 1))


def sums(pool: Pool, terms: Nodes, start: Places) -> Nodes:
    """The nodes of the sums of `terms[start[i] : start[i + 1]]`; the pool must have room."""
    return _numbered(pool, terms, np.empty(0, np.int64), start)


def _numbered(pool: Pool, left: Nodes, right: Nodes, start: Places) -> Nodes:
    result = np.empty(len(start) - 1, np.int64)
    _number(*pool, left, right, start, np.empty(POINTS, np.uint64), result)
    return result


@njit(inline="always")
def _place(found: Nodes, prints: Prints, wanted: Prints) -> np.int64:
    """The place of a fingerprint in the table, or the free place where it belongs."""
    key = ((wanted[0] << np.uint64(31)) ^ wanted[1]) * np.uint64(0x9E3779B97F4A7C15)
    place = np.int64(key >> np.uint64(20)) & (found.size - 1)
    while found[place] >= 0:
        same = 0
        for point in range(POINTS):
            same += prints[found[place], point] == wanted[point]
        if same == POINTS:
            break
        place = (place + 1) & (found.size - 1)
    return place


@njit()
def _number(
    used: Nodes,
    prints: Prints,
    start: Nodes,
    left: Nodes,
    right: Nodes,
    found: Nodes,
    new_left: Nodes,
    new_right: Nodes,
    new_start: Nodes,
    wanted: Prints,
    result: Nodes,
) -> None:
    """The numbers of sums of products, of which those that are not in the pool are added to it.

    Without `new_right` they are sums of nodes; with no sums at all, the table is filled with the nodes that
    are there.
    """
    prime, adding = np.uint64(PRIME), new_start.size > 1
    for i in range(new_start.size - 1 if adding else used[0]):
        for point in range(POINTS):
            if adding:
                wanted[point] = 0
                for edge in range(new_start[i], new_start[i + 1]):
                    factor = prints[new_right[edge], point] if new_right.size else np.uint64(1)
                    wanted[point] += prints[new_left[edge], point] * factor % prime
                wanted[point] %= prime
            else:
                wanted[point] = prints[i, point]
        place = _place(found, prints, wanted)
        if not adding:
            found[place] = i if found[place] < 0 else found[place]  # of equal leaves, the first
            continue
        if found[place] < 0:
            node = used[0]
            for point in range(POINTS):
                prints[node, point] = wanted[point]
            for edge in range(new_start[i], new_start[i + 1]):
                left[used[1]] = new_left[edge]
                right[used[1]] = new_right[edge] if new_right.size else ONE
                used[1] += 1
            start[node + 1] = used[1]
            found[place] = node
            used[0] += 1
        result[i] = found[place]


def kept(pool: Pool, top: int, leaves: int) -> tuple[Nodes, Nodes, Nodes, Nodes]:
    """The part of the pool that `top` reads, with products that only one sum reads written into it.

    Returns the new number of each node (-1: gone), where its products begin, and these, for the nodes
    after constants and leaves.
    """
    size, products = (int(count) for count in pool.used)
    start, left, right = pool.start[: size + 1], pool.left[:products], pool.right[:products]
    readers = np.zeros(size, np.int64)
    readers[top] = 2
    _count_readers(start, left, right, leaves, readers)
    width = np.diff(start)
    stays = (readers > 0) & ~((readers == 1) & (width == 1))
    stays[:leaves] = True
    number = np.where(stays, np.cumsum(stays) - 1, -1)
    edges = np.flatnonzero(np.repeat(stays, width))
    one, other = left[edges], right[edges]
    absorbed = np.flatnonzero(number[one] < 0)
    within = start[one[absorbed]]
    one[absorbed], other[absorbed] = left[within], right[within]
    ends = np.cumsum(width[leaves:][stays[leaves:]])
    return number, np.append(0, ends), number[one], number[other]


@njit()
def _count_readers(start: Nodes, left: Nodes, right: Nodes, leaves: int, readers: Nodes) -> None:
    """Count who reads each node, from the top down: 1 for a sum that can absorb it, 2 for others."""
    for node in range(readers.size - 1, leaves - 1, -1):
        if readers[node] > 0:
            for edge in range(start[node], start[node + 1]):
                readers[left[edge]] += 1 if right[edge] == ONE else 2
                readers[right[edge]] += 2
