"""Which values of two variables exclude each other, by unit propagation through conjunctions.

A *literal* is `2 * variable + negated`. Variable v is the conjunction of the literals `left[v]` and
`right[v]`, or a leaf, where these are -1. Sets of literals or variables are rows of bits.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from sensa.kernels.program import Ints

Bits = npt.NDArray[np.uint64]
WORD = 64


def no_members(rows: int, size: int) -> Bits:
    """Empty sets of members below `size`."""
    return np.zeros((rows, (size + WORD - 1) // WORD), np.uint64)


def as_bits(sets: Iterable[int], size: int) -> Bits:
    """The rows of sets of members below `size` that are the bits of Python's whole numbers."""
    width = 8 * ((size + WORD - 1) // WORD)
    packed = b"".join(members.to_bytes(width, "little") for members in sets)
    return np.frombuffer(packed, "<u8").astype(np.uint64).reshape(-1, width // 8)


def as_integers(rows: Bits) -> list[int]:
    """Each row as one whole number."""
    return [int.from_bytes(row.tobytes(), "little") for row in rows.astype("<u8")]


def readers(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """The conjunctions that read each variable: those of v are `reader[start[v] : start[v + 1]]`."""
    gates = np.flatnonzero(left >= 0)
    read = np.concatenate([left[gates], right[gates]]) >> 1
    order = np.argsort(read, kind="stable")
    start = np.searchsorted(read[order], np.arange(len(left) + 1))
    return start.astype(np.int32), np.tile(gates, 2)[order].astype(np.int32)


def implications(left: Ints, right: Ints) -> tuple[Bits, Bits]:
    """The literals that follow from each literal, and the variables some value of which each one excludes."""
    start, reader = readers(left, right)
    return _propagated(left.tolist(), right.tolist(), start.tolist(), reader.tolist())


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


def _propagated(left: list[int], right: list[int], start: list[int], reader: list[int]) -> tuple[Bits, Bits]:
    size = len(left)
    near = [
        ([v] if left[v] >= 0 else []) + reader[start[v] : start[v + 1]] for v in range(size)
    ]  # the conjunctions that a value may decide something through
    implied, related = [0] * (2 * size), [0] * size
    for first in range(2 * size):
        value = {first >> 1: 1 - (first & 1)}
        queue = [first >> 1]
        for variable in queue:
            for gate in near[variable]:
                for literal in _follows(value, gate, left[gate], right[gate]):
                    if literal >> 1 not in value:
                        value[literal >> 1] = 1 - (literal & 1)
                        queue.append(literal >> 1)
        source = first >> 1
        for variable in queue[1:]:
            implied[first] |= 1 << (2 * variable + 1 - value[variable])
            related[source] |= 1 << variable
            related[variable] |= 1 << source
    return as_bits(implied, 2 * size), as_bits(related, size)


def _follows(value: dict[int, int], gate: int, a: int, b: int) -> tuple[int, ...]:
    """The literals that follow from the values of a conjunction and of what it reads."""
    x, y, here = value.get(a >> 1), value.get(b >> 1), value.get(gate)
    x = x if x is None else x ^ (a & 1)
    y = y if y is None else y ^ (b & 1)
    if x == 0 or y == 0:
        return (2 * gate + 1,)
    if x == 1 and y == 1:
        return (2 * gate,)
    if here == 1:
        return a, b
    if here == 0 and x == 1:
        return (b ^ 1,)
    if here == 0 and y == 1:
        return (a ^ 1,)
    return ()
