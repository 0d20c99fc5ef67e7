"""A module's gates as conjunctions of two literals over its leaves: what variable elimination starts from."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sensa.engines.exact.modules import Module
from sensa.engines.exact.network import AND, FALSE, TRUE, Network
from sensa.kernels.program import Ints

NEVER, ALWAYS = -1, -2  # heads that are constant


class BinaryGates(NamedTuple):
    """Variables: the leaves, then conjunctions; a literal is `2 * variable + negated`."""

    leaves: int
    left: Ints  # -1 for a leaf
    right: Ints
    heads: tuple[int, ...]  # literals, or `NEVER`, or `ALWAYS`

    @property
    def size(self) -> int:
        """The number of variables."""
        return len(self.left)

    def reads(self) -> npt.NDArray[np.bool_]:
        """Which leaves each head reads (heads, leaves)."""
        below = np.zeros((self.size + 1, self.leaves), np.bool_)
        below[: self.leaves] = np.eye(self.leaves, dtype=np.bool_)
        for gate in range(self.leaves, self.size):
            below[gate] = below[self.left[gate] >> 1] | below[self.right[gate] >> 1]
        return np.asarray(below[[head >> 1 if head >= 0 else -1 for head in self.heads]])


class _Writer:
    """Conjunctions while they are written, with the constant as variable 0. Equal ones become one."""

    def __init__(self, leaves: int) -> None:
        self.left = [-1] * (1 + leaves)
        self.right = [-1] * (1 + leaves)
        self.known: dict[tuple[int, int], int] = {}

    def conjunction(self, a: int, b: int) -> int:
        a, b = min(a, b), max(a, b)
        if a == FALSE or a ^ 1 == b:
            return FALSE
        if a in (TRUE, b):
            return b
        if (a, b) not in self.known:
            self.known[a, b] = 2 * len(self.left)
            self.left.append(a)
            self.right.append(b)
        return self.known[a, b]

    def all(self, literals: Sequence[int]) -> int:
        """A chain in the order given, so that gates with the same beginning share it."""
        found = TRUE
        for literal in literals:
            found = self.conjunction(found, literal)
        return found

    def at_least(self, k: int, literals: Sequence[int]) -> int:
        """By counting: `wanted[j]` is "at least j of the literals so far"."""
        wanted = [TRUE] + [FALSE] * k
        for literal in literals:
            for j in range(k, 0, -1):
                more = self.conjunction(literal, wanted[j - 1])
                wanted[j] = self.conjunction(wanted[j] ^ 1, more ^ 1) ^ 1
        return wanted[k]


def binary_gates(network: Network, module: Module, negated: Sequence[bool]) -> BinaryGates:
    """The module's gates; `negated` says which leaves stand for their negation."""
    leaves = len(module.leaves)
    writer = _Writer(leaves)
    signs = zip(module.leaves, negated, strict=True)
    place = {leaf: 2 * (1 + i) ^ turned for i, (leaf, turned) in enumerate(signs)}
    for node in module.inner:
        args = [place[arg >> 1] ^ (arg & 1) for arg in network.args[node]]
        conjunctive = network.kind[node] == AND
        place[node] = writer.all(args) if conjunctive else writer.at_least(network.k[node], args)
    constant = {FALSE: NEVER, TRUE: ALWAYS}
    heads = [place[head >> 1] ^ (head & 1) for head in module.heads]
    arrays = (np.array(side[1:], np.int32) for side in (writer.left, writer.right))
    left, right = (np.where(side < 0, -1, side - 2).astype(np.int32) for side in arrays)
    return BinaryGates(leaves, left, right, tuple(constant.get(head, head - 2) for head in heads))
