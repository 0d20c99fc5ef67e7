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


@njit()
def has(row: Bits, member: int) -> bool:
    """Whether a set has this member."""
    return bool((row[member >> 6] >> np.uint64(member & 63)) & np.uint64(1))


@njit()
def include(row: Bits, member: int) -> None:
    """Add a member to a set."""
    row[member >> 6] |= np.uint64(1) << np.uint64(member & 63)


@njit()
def exclude(row: Bits, member: int) -> None:
    """Remove a member from a set."""
    row[member >> 6] &= ~(np.uint64(1) << np.uint64(member & 63))


@njit()
def members(row: Bits, found: Ints) -> int:
    """Write the members of a set, in order, and return how many there are."""
    count = 0
    for word in range(row.size):
        rest = row[word]
        while rest:
            lowest = rest & (~rest + np.uint64(1))
            found[count] = word * WORD + ones(lowest - np.uint64(1))
            count += 1
            rest ^= lowest
    return count


@njit()
def ones(word: np.uint64) -> np.int64:
    """The number of ones in a word."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit()
def readers(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """The conjunctions that read each variable: those of v are `reader[start[v] : start[v + 1]]`."""
    start = np.zeros(left.size + 1, np.int32)
    for gate in range(left.size):
        if left[gate] >= 0:
            start[(left[gate] >> 1) + 1] += 1
            start[(right[gate] >> 1) + 1] += 1
    for variable in range(left.size):
        start[variable + 1] += start[variable]
    reader, place = np.empty(start[-1], np.int32), start.copy()
    for gate in range(left.size):
        if left[gate] >= 0:
            for literal in (left[gate], right[gate]):
                reader[place[literal >> 1]] = gate
                place[literal >> 1] += 1
    return start, reader


@njit()
def _consequences(a: int, b: int, gate: int, value: Ints) -> tuple[int, int]:
    """The literals that follow at one conjunction of `a` and `b`, -1 for none; values are -1 if unknown."""
    left, right, here = value[a >> 1], value[b >> 1], value[gate]
    if left >= 0:
        left ^= a & 1
    if right >= 0:
        right ^= b & 1
    if left == 0 or right == 0:
        return 2 * gate + 1, -1
    if left == 1 and right == 1:
        return 2 * gate, -1
    if here == 1:
        return a, b
    if here == 0 and left == 1:
        return b ^ 1, -1
    if here == 0 and right == 1:
        return a ^ 1, -1
    return -1, -1


@njit()
def implications(left: Ints, right: Ints) -> Bits:
    """The literals that follow from each literal, (literals, words)."""
    variables = left.size
    start, reader = readers(left, right)
    implied = np.zeros((2 * variables, (2 * variables + WORD - 1) // WORD), np.uint64)
    value = np.full(variables, -1, np.int32)
    queue = np.empty(variables, np.int32)
    for first in range(2 * variables):
        value[first >> 1] = 1 - (first & 1)
        queue[0] = first >> 1
        known, done = 1, 0
        while done < known:
            variable = queue[done]
            done += 1
            for i in range(start[variable] - 1, start[variable + 1]):
                gate = variable if i < start[variable] else reader[i]
                if left[gate] < 0:
                    continue
                for literal in _consequences(left[gate], right[gate], gate, value):
                    if literal >= 0 and value[literal >> 1] < 0:
                        value[literal >> 1] = 1 - (literal & 1)
                        queue[known] = literal >> 1
                        known += 1
        for i in range(known):
            variable = queue[i]
            if i > 0:
                include(implied[first], 2 * variable + 1 - value[variable])
            value[variable] = -1
    return implied


@njit()
def excluding(implied: Bits) -> Bits:
    """The variables some value of which a variable's value excludes, or the other way round."""
    variables = implied.shape[0] // 2
    found = np.zeros((variables, (variables + WORD - 1) // WORD), np.uint64)
    literals = np.empty(2 * variables, np.int32)
    for literal in range(2 * variables):
        for i in range(members(implied[literal], literals)):
            include(found[literal >> 1], literals[i] >> 1)
            include(found[literals[i] >> 1], literal >> 1)
    return found


@njit()
def neighbours(left: Ints, right: Ints) -> Bits:
    """The graph of variables that have a table in common: each conjunction with what it reads."""
    variables = left.size
    found = np.zeros((variables, (variables + WORD - 1) // WORD), np.uint64)
    for gate in range(variables):
        if left[gate] >= 0:
            a, b = left[gate] >> 1, right[gate] >> 1
            for one, other in ((gate, a), (gate, b), (a, b)):
                include(found[one], other)
                include(found[other], one)
    return found
