"""Which values of two variables exclude each other, by unit propagation through conjunctions.

A *literal* is `2 * variable + negated`. Variable v is the conjunction of the literals `left[v]` and
`right[v]`, or a leaf, where these are -1. Sets of literals or variables are rows of bits.
"""

import numpy as np
import numpy.typing as npt

from sensa.kernels.jit import njit
from sensa.kernels.program import Ints

Bits = npt.NDArray[np.uint64]
WORD = 64


def no_members(rows: int, size: int) -> Bits:
    """Empty sets of members below `size`."""
    return np.zeros((rows, (size + WORD - 1) // WORD), np.uint64)


def readers(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """The conjunctions that read each variable: those of v are `reader[start[v] : start[v + 1]]`."""
    gates = np.flatnonzero(left >= 0)
    read = np.concatenate([left[gates], right[gates]]) >> 1
    order = np.argsort(read, kind="stable")
    start = np.searchsorted(read[order], np.arange(len(left) + 1))
    return start.astype(np.int32), np.tile(gates, 2)[order].astype(np.int32)


def implications(left: Ints, right: Ints) -> tuple[Bits, Bits]:
    """The literals that follow from each literal, and the variables some value of which each one excludes."""
    variables = len(left)
    start, reader = readers(left, right)
    implied, related = no_members(2 * variables, 2 * variables), no_members(variables, variables)
    value, queue = np.full(variables, -1, np.int32), np.empty(variables, np.int32)
    _propagate(left, right, start, reader, value, queue, implied, related)
    return implied, related


def neighbours(left: Ints, right: Ints, joined: npt.NDArray[np.bool_]) -> Bits:
    """The graph of `joined` variables that have a table in common: each conjunction with what it reads."""
    found = no_members(len(left), len(left))
    gates = np.flatnonzero(left >= 0)
    sides = gates, left[gates] >> 1, right[gates] >> 1
    for one in sides:
        for other in sides:
            if one is not other:
                bit = joined[other].astype(np.uint64) << (other & (WORD - 1)).astype(np.uint64)
                np.bitwise_or.at(found, (one, other // WORD), bit)
    return found


@njit()
def _propagate(
    left: Ints, right: Ints, start: Ints, reader: Ints, value: Ints, queue: Ints, implied: Bits, related: Bits
) -> None:
    """Fill `implied` and `related`; `value` is -1 wherever it is not known, before and after."""
    one = np.uint64(1)
    for first in range(2 * left.size):
        source = first >> 1
        value[source] = 1 - (first & 1)
        queue[0] = source
        known, done = 1, 0
        while done < known:
            variable = queue[done]
            done += 1
            for i in range(start[variable] - 1, start[variable + 1]):
                gate = variable if i < start[variable] else reader[i]
                a, b = left[gate], right[gate]
                if a < 0:
                    continue
                x, y, here = value[a >> 1], value[b >> 1], value[gate]
                x = x if x < 0 else x ^ (a & 1)
                y = y if y < 0 else y ^ (b & 1)
                follows, also = -1, -1
                if x == 0 or y == 0:
                    follows = 2 * gate + 1
                elif x == 1 and y == 1:
                    follows = 2 * gate
                elif here == 1:
                    follows, also = a, b
                elif here == 0 and x == 1:
                    follows = b ^ 1
                elif here == 0 and y == 1:
                    follows = a ^ 1
                while follows >= 0:
                    if value[follows >> 1] < 0:
                        value[follows >> 1] = 1 - (follows & 1)
                        queue[known] = follows >> 1
                        known += 1
                    follows, also = also, -1
        for i in range(known):
            variable = queue[i]
            if i > 0:
                literal = 2 * variable + 1 - value[variable]
                implied[first, literal >> 6] |= one << np.uint64(literal & 63)
                related[source, variable >> 6] |= one << np.uint64(variable & 63)
                related[variable, source >> 6] |= one << np.uint64(source & 63)
            value[variable] = -1
