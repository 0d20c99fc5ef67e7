"""The tables of diagrams and families in compiled code: their nodes, each once, and computed pairs.

Both are open addressing with linear probing. `unique` has the number of the node at each place, and 0 where
there is none; the caller enlarges a table before it is full.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from sensa.kernels.jit import njit
from sensa.kernels.program import Ints

Keys = npt.NDArray[np.uint64]
Counters = npt.NDArray[np.int64]

NODES = 0  # the place of the number of nodes in the counters
NO_PAIR = np.uint64(0xFFFFFFFFFFFFFFFF)


@njit(inline="always")
def mixed(a: Any, b: Any, c: Any) -> Any:
    """A hash of three numbers."""
    z = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15)
    z ^= np.uint64(b) * np.uint64(0xBF58476D1CE4E5B9)
    z ^= np.uint64(c) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(29)
    z *= np.uint64(0xD1B54A32D192ED03)
    return z ^ (z >> np.uint64(32))


@njit(inline="always")
def found_or_added(
    variable: Ints, low: Ints, high: Ints, unique: Ints, counters: Counters, x: Any, below: Any, above: Any
) -> Any:
    """The number of a node, which is created if needed; -1 if the tables are full."""
    mask = np.uint64(unique.size - 1)
    place = mixed(x, below, above) & mask
    while unique[place] != 0:
        i = unique[place]
        if variable[i] == x and low[i] == below and high[i] == above:
            return i
        place = (place + np.uint64(1)) & mask
    i = counters[NODES]
    if i == variable.size:
        return -1
    variable[i] = x
    low[i] = below
    high[i] = above
    unique[place] = i
    counters[NODES] = i + 1
    return i


@njit()
def fill(variable: Ints, low: Ints, high: Ints, unique: Ints, first: int, nodes: int) -> None:
    """Fill an empty table with the nodes from `first` on."""
    mask = np.uint64(unique.size - 1)
    for i in range(first, nodes):
        place = mixed(variable[i], low[i], high[i]) & mask
        while unique[place] != 0:
            place = (place + np.uint64(1)) & mask
        unique[place] = i


@njit(inline="always")
def place_of(keys: Keys, key: Any) -> Any:
    """The position of a pair in the memo, or the free one where it belongs."""
    mask = np.uint64(keys.size - 1)
    place = mixed(key, 0, 0) & mask
    while keys[place] != key and keys[place] != NO_PAIR:
        place = (place + np.uint64(1)) & mask
    return place


@njit()
def move_pairs(old_keys: Keys, old_kept: Ints, keys: Keys, kept: Ints) -> None:
    """Fill a larger memo with the pairs of another."""
    for i in range(old_keys.size):
        if old_keys[i] != NO_PAIR:
            place = place_of(keys, old_keys[i])
            keys[place] = old_keys[i]
            kept[place] = old_kept[i]
