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
        _refill(prints, used, found)
    return Pool(old.used, prints, start, left, right, found)


def _longer(array: npt.NDArray[Scalar], size: int) -> npt.NDArray[Scalar]:
    grown = np.empty((size, *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


@njit()
def _place(found: Nodes, prints: Prints, wanted: Prints) -> np.int64:
    """The place of a fingerprint in the table, or the free place where it belongs."""
    mask = found.size - 1
    key = (wanted[0] << np.uint64(31)) ^ wanted[1]
    place = np.int64((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)) & mask
    while found[place] >= 0:
        node = found[place]
        if (
            prints[node, 0] == wanted[0]
            and prints[node, 1] == wanted[1]
            and prints[node, 2] == wanted[2]
            and prints[node, 3] == wanted[3]
        ):
            return place
        place = (place + 1) & mask
    return place


@njit()
def _refill(prints: Prints, used: int, found: Nodes) -> None:
    for node in range(used):
        place = _place(found, prints, prints[node])
        if found[place] < 0:  # of equal leaves, the first
            found[place] = node


@njit()
def products(pool: Pool, left: Nodes, right: Nodes) -> Nodes:
    """The nodes of these products; the pool must have room."""
    result = np.empty(left.size, np.int64)
    wanted = np.empty(POINTS, np.uint64)
    for i in range(left.size):
        for point in range(POINTS):
            product = pool.prints[left[i], point] * pool.prints[right[i], point]
            wanted[point] = product % np.uint64(PRIME)
        place = _place(pool.found, pool.prints, wanted)
        if pool.found[place] < 0:
            edge = pool.used[1]
            pool.left[edge], pool.right[edge] = left[i], right[i]
            pool.used[1] += 1
            _append(pool, place, wanted)
        result[i] = pool.found[place]
    return result


@njit()
def sums(pool: Pool, terms: Nodes, start: Nodes) -> Nodes:
    """The nodes of the sums of these terms, of which each sum's begin at `start`; the pool must have room."""
    result = np.empty(start.size, np.int64)
    wanted = np.empty(POINTS, np.uint64)
    for i in range(start.size):
        end = start[i + 1] if i + 1 < start.size else terms.size
        for point in range(POINTS):
            total = np.uint64(0)
            for at in range(start[i], end):
                total += pool.prints[terms[at], point]
            wanted[point] = total % np.uint64(PRIME)
        place = _place(pool.found, pool.prints, wanted)
        if pool.found[place] < 0:
            for at in range(start[i], end):
                edge = pool.used[1]
                pool.left[edge], pool.right[edge] = terms[at], ONE
                pool.used[1] += 1
            _append(pool, place, wanted)
        result[i] = pool.found[place]
    return result


@njit()
def _append(pool: Pool, place: int, wanted: Prints) -> None:
    """Append a node whose products have just been written."""
    node = pool.used[0]
    for point in range(POINTS):
        pool.prints[node, point] = wanted[point]
    pool.start[node + 1] = pool.used[1]
    pool.found[place] = node
    pool.used[0] = node + 1


@njit()
def kept(pool: Pool, top: int, leaves: int) -> tuple[Nodes, Nodes, Nodes, Nodes]:
    """The part of the pool that `top` reads, with products that only one sum reads written into it.

    Returns the new number of each node (-1: gone), where its products begin, and these, for the nodes
    after constants and leaves.
    """
    size = pool.used[0]
    readers = np.zeros(size, np.int64)
    readers[top] = 2
    for node in range(size - 1, leaves - 1, -1):
        if readers[node] > 0:
            begin, end = pool.start[node], pool.start[node + 1]
            for edge in range(begin, end):
                plain = pool.right[edge] == ONE
                readers[pool.left[edge]] += 1 if plain else 2  # 2: nobody can absorb it
                readers[pool.right[edge]] += 2
    number = np.full(size, -1, np.int64)
    for leaf in range(leaves):
        number[leaf] = leaf
    start = np.zeros(size + 1, np.int64)
    left, right = np.empty(pool.used[1], np.int64), np.empty(pool.used[1], np.int64)
    count, edges = leaves, 0
    for node in range(leaves, size):
        if readers[node] == 0 or (readers[node] == 1 and pool.start[node + 1] - pool.start[node] == 1):
            continue
        for edge in range(pool.start[node], pool.start[node + 1]):
            one, other = pool.left[edge], pool.right[edge]
            if number[one] < 0:
                within = pool.start[one]
                one, other = pool.left[within], pool.right[within]
            left[edges], right[edges] = number[one], number[other]
            edges += 1
        number[node] = count
        count += 1
        start[count - leaves] = edges
    return number, start[: count - leaves + 1].copy(), left[:edges].copy(), right[:edges].copy()
