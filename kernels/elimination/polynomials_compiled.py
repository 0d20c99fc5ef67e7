"""Polynomials numbered in compiled code; see `polynomials`."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from sensa.kernels.elimination.polynomials import ONE, POINTS, PRIME, Nodes, Places, Prints
from sensa.kernels.elimination.polynomials import Numbers as Plain
from sensa.kernels.jit import njit

Scalar = TypeVar("Scalar", np.uint64, np.int64)


class Numbers:
    """The same as `polynomials.Numbers`, from which it begins; arrays have room to grow."""

    def __init__(self, plain: Plain) -> None:
        self._used = np.array([len(plain.prints), len(plain.left)])  # nodes and products so far
        self._prints = np.array(plain.prints, np.uint64)
        self._start, self._left, self._right = plain.arrays()
        self._found = np.empty(0, np.int64)  # hash table of nodes, -1 where free; its size is a power of two
        self._make_room(len(plain.prints), 0)

    def products(self, left: Nodes, right: Nodes) -> Nodes:
        """The nodes of these products."""
        self._make_room(len(left), len(left))
        return self._numbered(left, right, np.arange(len(left) + 1))

    def sums(self, terms: Nodes, start: Places) -> Nodes:
        """The nodes of the sums of `terms[start[i] : start[i + 1]]`."""
        self._make_room(len(start) - 1, len(terms))
        return self._numbered(terms, np.empty(0, np.int64), start)

    def arrays(self) -> tuple[Nodes, Nodes, Nodes]:
        """`start`, `left` and `right`."""
        size, products = (int(count) for count in self._used)
        return self._start[: size + 1], self._left[:products], self._right[:products]

    def _make_room(self, nodes: int, products: int) -> None:
        """Room for as many further nodes and products."""
        used, edges = (int(count) for count in self._used)
        if used + nodes > len(self._prints):
            size = 2 * (used + nodes)
            self._prints, self._start = _longer(self._prints, size), _longer(self._start, size + 1)
        if edges + products > len(self._left):
            size = 2 * (edges + products)
            self._left, self._right = _longer(self._left, size), _longer(self._right, size)
        if 2 * (used + nodes) > len(self._found):
            self._found = np.full(1 << (4 * (used + nodes)).bit_length(), -1, np.int64)
            nothing = np.zeros(1, np.int64)
            self._number(nothing, nothing, nothing, nothing)

    def _numbered(self, left: Nodes, right: Nodes, start: Places) -> Nodes:
        result = np.empty(len(start) - 1, np.int64)
        self._number(left, right, start, result)
        return result

    def _number(self, left: Nodes, right: Nodes, start: Places, result: Nodes) -> None:
        known = self._used, self._prints, self._start, self._left, self._right, self._found
        _number(*known, left, right, start, np.empty(POINTS, np.uint64), result)


def _longer(array: npt.NDArray[Scalar], size: int) -> npt.NDArray[Scalar]:
    grown = np.empty((size, *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


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


@njit()
def count_readers(start: Nodes, left: Nodes, right: Nodes, leaves: int, readers: Nodes) -> None:
    """Count who reads each node, from the top down: 1 for a sum that can absorb it, 2 for others."""
    for node in range(readers.size - 1, leaves - 1, -1):
        if readers[node] > 0:
            for edge in range(start[node], start[node + 1]):
                readers[left[edge]] += 1 if right[edge] == ONE else 2
                readers[right[edge]] += 2
