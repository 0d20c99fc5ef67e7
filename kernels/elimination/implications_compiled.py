"""The implications in compiled code; see `implications`."""

import numpy as np

from sensa.kernels.elimination.implications import Bits, no_members, readers
from sensa.kernels.jit import njit
from sensa.kernels.program import Ints


def implications(left: Ints, right: Ints) -> tuple[Bits, Bits]:
    """The same as `implications.implications`."""
    variables = len(left)
    start, reader = readers(left, right)
    implied, related = no_members(2 * variables, 2 * variables), no_members(variables, variables)
    value, queue = np.full(variables, -1, np.int32), np.empty(variables, np.int32)
    _propagate(left, right, start, reader, value, queue, implied, related)
    return implied, related


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
