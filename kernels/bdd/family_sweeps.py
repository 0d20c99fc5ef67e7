"""Sweeps over the nodes of families and diagrams in compiled code: sets by size, the best set, a module.

Arguments are the columns of a table of families (`zero_suppressed_compiled`), or of a diagram's nodes.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from sensa.kernels.bdd.compiled_tables import Counters
from sensa.kernels.bdd.zero_suppressed import EMPTY, UNIT
from sensa.kernels.jit import njit
from sensa.kernels.program import Floats, Ints

Bools = npt.NDArray[np.bool_]


@njit()
def largest(variable: Ints, low: Ints, high: Ints, first: int, start: Counters, within: Counters) -> Any:
    """The size of the largest set of the last node, and the number of its sets as a float.

    Variable v is an event, or a module with `within[start[v] + j]` sets of j members; `first` is the index
    of the first node, which comes after the two constants.
    """
    size = np.full(variable.size + 2, -1, np.int64)
    total = np.zeros(variable.size + 2)
    size[UNIT], total[UNIT] = 0, 1.0
    for i in range(variable.size):
        below = low[i] if low[i] <= UNIT else low[i] - first + 2
        above = high[i] if high[i] <= UNIT else high[i] - first + 2
        each = 0.0
        for j in range(start[variable[i]], start[variable[i] + 1]):
            each += within[j]
        size[2 + i] = max(size[below], size[above] + start[variable[i] + 1] - start[variable[i]] - 1)
        total[2 + i] = total[below] + each * total[above]
    return size[-1], total[-1]


@njit()
def sizes(
    variable: Ints, low: Ints, high: Ints, first: int, start: Counters, within: Counters, largest: int
) -> Counters:
    """The numbers of the last node's sets with 0, 1, …, `largest` members; arguments as in `largest`."""
    kept = 1
    for v in range(start.size - 1):
        kept = max(kept, start[v + 1] - start[v])
    columns = np.zeros((kept, variable.size + 2), np.int64)  # of the last sizes, for each node
    out = np.zeros(largest + 1, np.int64)
    for size in range(largest + 1):
        column = columns[size % kept]
        column[UNIT] = 1 if size == 0 else 0
        for i in range(variable.size):
            below = low[i] if low[i] <= UNIT else low[i] - first + 2
            above = high[i] if high[i] <= UNIT else high[i] - first + 2
            begin = start[variable[i]]
            found = column[below]
            for j in range(min(size + 1, start[variable[i] + 1] - begin)):
                found += within[begin + j] * columns[(size - j) % kept, above]
            column[2 + i] = found
        out[size] = column[-1]
    return out


@njit()
def best(variable: Ints, low: Ints, high: Ints, weight: Floats, inner: Ints) -> Floats:
    """The greatest weight of a set of each node; an `inner` family's best is its variable's weight."""
    best = np.empty(variable.size)
    best[EMPTY], best[UNIT] = -np.inf, 0.0
    for i in range(2, variable.size):
        v = variable[i]
        own = best[inner[v]] if inner[v] >= 0 else weight[v]
        best[i] = max(best[low[i]], own + best[high[i]])
    return best


@njit()
def within_module(low: Ints, high: Ints, begin: int, top: int, first: int) -> Bools:
    """Whether each of a diagram's nodes from `begin` to `top` is below `top`; node 0 has the slot `first`."""
    reached = np.zeros(top + 1 - begin, np.bool_)
    reached[-1] = True
    for i in range(top, begin - 1, -1):
        if reached[i - begin]:
            for child in (low[i], high[i]):
                if child >= first:
                    reached[child - first - begin] = True
    return reached


@njit()
def values(variable: Ints, low: Ints, high: Ints, coins: Bools) -> Bools:
    """The values of a diagram's slots (`diagrams`) in one world."""
    found = np.empty(2 + coins.size + variable.size, np.bool_)
    found[0], found[1] = False, True
    for coin in range(coins.size):
        found[2 + coin] = coins[coin]
    for i in range(variable.size):
        found[2 + coins.size + i] = found[high[i]] if found[variable[i]] else found[low[i]]
    return found
