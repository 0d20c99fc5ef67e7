"""The sign with which a gate reads each draw, by the negations above it, without a diagram."""

import numpy as np

from sensa.kernels.program import Gates, Op


def one_way(gates: Gates, root: int) -> bool:
    """Whether each draw is read with one sign only, by the negations above it."""
    return all(way != 3 for way in ways_read(gates, root).values())


def ways_read(gates: Gates, root: int) -> dict[int, int]:
    """The sign with which a gate reads each draw, by the negations above it: 1 plain, 2 negated, 3 both."""
    ways = np.zeros(gates.size, np.int8)
    ways[root] = 1
    for gate in range(root, -1, -1):
        way = int(ways[gate])
        if way:
            if gates.op[gate] == Op.NOT:
                way = (way & 1) << 1 | way >> 1
            ways[gates.args[gates.start[gate] : gates.start[gate + 1]]] |= way
    read: dict[int, int] = {}
    for reader in np.flatnonzero((gates.op == Op.COIN) & (ways > 0)):
        coin = int(gates.k[reader])
        read[coin] = read.get(coin, 0) | int(ways[reader])
    return read
