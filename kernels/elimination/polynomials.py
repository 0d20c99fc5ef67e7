"""Numbering of polynomials, so that equal ones are one node of an arithmetic circuit.

Two nodes are taken for the same polynomial if they have the same *fingerprint*: their values modulo 2^31 - 1
at four random points. Different polynomials of degree d have the same with a chance of at most (d / 2^31)^4
(Schwartz 1980, 10.1145/322217.322225; Zippel 1979), below 1e-25 for a pair at degree 1,000. The points are
fixed, so that a circuit is always the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

PRIME = (1 << 31) - 1
POINTS = 4
ZERO, ONE = 0, 1  # the first two nodes are constants, then come the leaves

Prints = npt.NDArray[np.uint64]  # (nodes, points)
Nodes = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]
Print = tuple[int, ...]
CountsReaders = Callable[[Nodes, Nodes, Nodes, int, Nodes], None]


class Numbering(Protocol):
    """Numbered polynomials, which grow; node `i` is the sum of the products `start[i]` on.

    A product is of the nodes `left` and `right`; constants and leaves have none.
    """

    def products(self, left: Nodes, right: Nodes) -> Nodes:
        """The nodes of these products."""
        ...

    def sums(self, terms: Nodes, start: Places) -> Nodes:
        """The nodes of the sums of `terms[start[i] : start[i + 1]]`."""
        ...

    def arrays(self) -> tuple[Nodes, Nodes, Nodes]:
        """`start`, `left` and `right`."""
        ...


@dataclass(frozen=True)
class Numbers:
    """The numbers in plain Python; made by `numbers`."""

    prints: list[Print]
    start: list[int]
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    known: dict[Print, int] = field(default_factory=dict)

    def products(self, left: Nodes, right: Nodes) -> Nodes:
        """The nodes of these products."""
        found = []
        for one, other in zip(left.tolist(), right.tolist(), strict=True):
            factors = zip(self.prints[one], self.prints[other], strict=True)
            value = tuple(a * b % PRIME for a, b in factors)
            found.append(self._node(value, [one], [other]))
        return np.array(found, np.int64)

    def sums(self, terms: Nodes, start: Places) -> Nodes:
        """The nodes of the sums of `terms[start[i] : start[i + 1]]`."""
        listed, found = terms.tolist(), []
        for begin, end in pairwise(start.tolist()):
            of = listed[begin:end]
            columns = zip(*(self.prints[term] for term in of), strict=True)
            value = tuple(sum(column) % PRIME for column in columns)
            found.append(self._node(value, of, [ONE] * len(of)))
        return np.array(found, np.int64)

    def arrays(self) -> tuple[Nodes, Nodes, Nodes]:
        """`start`, `left` and `right`."""
        start, left, right = (np.array(part, np.int64) for part in (self.start, self.left, self.right))
        return start, left, right

    def _node(self, value: Print, left: Sequence[int], right: Sequence[int]) -> int:
        node = self.known.setdefault(value, len(self.prints))
        if node == len(self.prints):
            self.prints.append(value)
            self.left.extend(left)
            self.right.extend(right)
            self.start.append(len(self.left))
        return node


def numbers(leaves: Prints) -> Numbers:
    """The constants and these leaves; of equal leaves, the first is found."""
    prints = [(0,) * POINTS, (1,) * POINTS, *map(tuple, leaves.tolist())]
    made = Numbers(prints, [0] * (len(prints) + 1))
    for node, value in enumerate(prints):
        made.known.setdefault(value, node)
    return made


def count_readers(start: Nodes, left: Nodes, right: Nodes, leaves: int, readers: Nodes) -> None:
    """Count who reads each node, from the top down: 1 for a sum that can absorb it, 2 for others."""
    begins, one, other, counted = (part.tolist() for part in (start, left, right, readers))
    for node in range(len(counted) - 1, leaves - 1, -1):
        if counted[node] > 0:
            for edge in range(begins[node], begins[node + 1]):
                counted[one[edge]] += 1 if other[edge] == ONE else 2
                counted[other[edge]] += 2
    readers[:] = counted


def kept(
    arrays: tuple[Nodes, Nodes, Nodes], top: int, leaves: int, count: CountsReaders = count_readers
) -> tuple[Nodes, Nodes, Nodes, Nodes]:
    """The part of these numbers that `top` reads, with products that only one sum reads written into it.

    Returns the new number of each node (-1: gone), where its products begin, and these, for the nodes
    after constants and leaves.
    """
    start, left, right = arrays
    size = len(start) - 1
    readers = np.zeros(size, np.int64)
    readers[top] = 2
    count(start, left, right, leaves, readers)
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
