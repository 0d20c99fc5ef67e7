"""The sweeps of `sensa.kernels.bdd.diagrams` in compiled code, for large work: `ROW_SAMPLES` at a time.

A value needs a row only until its last reader; rows are reused, so that a block stays in cache (530 rows for
17,000 nodes). In reverse, an adjoint lives as long as its node's value, so adjoints use the same rows. The
backward sweep needs high - low of each node and the modules' heads: the forward sweep writes these in order,
and the backward sweep reads them in reverse.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sensa.kernels.bdd.diagrams import Diagram, Seeds
from sensa.kernels.bdd.simd_sweeps import ROW_SAMPLES, aligned, backward_step, forward_step, saving_step
from sensa.kernels.jit import njit
from sensa.kernels.program import Floats, Ints

Steps = npt.NDArray[np.uint32]


class Rows(NamedTuple):
    """Where a sweep keeps the values of a diagram; the first `2 + coins` slots keep their own rows."""

    steps: Steps  # (node, 4): the rows of its variable, low, high and own slot, in one place for the loop
    roots: Ints


class Layout(NamedTuple):
    """A diagram and its rows."""

    coins: int
    rows: int  # enough for both
    slots: Ints  # (node, 3): its variable, low and high
    roots: Ints
    once: Rows
    lasting: Rows  # with the heads of modules kept to the end, for the backward sweep


@njit()
def _rows(variable: Ints, low: Ints, high: Ints, roots: Ints, first: int, lasting: bool) -> tuple[Ints, int]:
    """A row for each slot, free after its last reader (for heads of modules never, if `lasting`)."""
    slots = first + variable.size
    last = np.full(slots, -1, np.int64)
    for i in range(variable.size):
        last[variable[i]] = i
        last[low[i]] = i
        last[high[i]] = i
    if lasting:
        for i in range(variable.size):
            last[variable[i]] = slots
    for root in roots:
        last[root] = slots
    row = np.empty(slots, np.int32)
    for slot in range(first):  # a slice would compile the words of its error, for two seconds
        row[slot] = slot
    free = np.empty(variable.size + 1, np.int32)
    count = 0
    rows = first
    for i in range(variable.size):
        if count > 0:
            count -= 1
            row[first + i] = free[count]
        else:
            row[first + i] = rows
            rows += 1
        # after the node has its row, which must not be one that it reads
        for slot in (variable[i], low[i], high[i]):
            if slot >= first and last[slot] == i:
                free[count] = row[slot]
                count += 1
    return row, rows


def layout(diagram: Diagram) -> Layout:
    """The diagram with its rows."""
    slots = np.stack([diagram.variable, diagram.low, diagram.high], axis=1)
    first = 2 + diagram.coins

    def placed(lasting: bool) -> tuple[Rows, int]:
        arrays = diagram.variable, diagram.low, diagram.high, diagram.roots
        row, rows = _rows(*arrays, first, lasting)
        steps = np.column_stack([row[slots], row[first:]]).astype(np.uint32)
        return Rows(steps, row[diagram.roots]), rows

    (once, rows), (lasting, more) = placed(False), placed(True)
    return Layout(diagram.coins, max(rows, more), slots, diagram.roots, once, lasting)


@njit(nogil=True)
def _load(values: Floats, columns: Floats, begin: int, coins: int) -> None:
    """Load constants and a block's probabilities into the first rows; the last sample fills the row."""
    values[0] = 0.0
    values[1] = 1.0
    samples = columns.shape[1]
    whole = begin + ROW_SAMPLES <= samples
    for coin in range(coins):
        if whole:  # a loop of its own: a constant bound makes it fast
            for lane in range(ROW_SAMPLES):
                values[2 + coin, lane] = columns[coin, begin + lane]
        else:
            for lane in range(ROW_SAMPLES):
                values[2 + coin, lane] = columns[coin, min(begin + lane, samples - 1)]


@njit(nogil=True)
def _forward(plan: Layout, columns: Floats, values: Floats, result: Floats) -> None:
    steps, roots = plan.once
    samples = columns.shape[1]
    for begin in range(0, samples, ROW_SAMPLES):
        _load(values, columns, begin, plan.coins)
        for i in range(steps.shape[0]):
            forward_step(values, steps[i, 0], steps[i, 1], steps[i, 2], steps[i, 3])
        for sample in range(begin, min(begin + ROW_SAMPLES, samples)):
            for root in range(roots.size):
                result[sample, root] = values[roots[root], sample - begin]


@njit(nogil=True)
def _backward(
    plan: Layout,
    seeds: Seeds,
    columns: Floats,
    values: Floats,
    adjoints: Floats,
    saved: Floats,
    reached: npt.NDArray[np.uint8],
    totals: Floats,
    slopes: Floats,
) -> None:
    first = 2 + plan.coins
    slots = plan.slots
    steps, roots = plan.lasting
    samples = columns.shape[1]
    for begin in range(0, samples, ROW_SAMPLES):
        end = min(begin + ROW_SAMPLES, samples)
        _load(values, columns, begin, plan.coins)
        for i in range(steps.shape[0]):
            saving_step(values, saved, steps[i, 0], steps[i, 1], steps[i, 2], steps[i, 3], i)
        for c in range(seeds.start.size - 1):
            total = np.zeros(ROW_SAMPLES)
            for j in range(seeds.start[c], seeds.start[c + 1]):
                root = roots[seeds.root[j]]
                for lane in range(ROW_SAMPLES):
                    total[lane] += seeds.weight[j] * values[root, lane]
                    adjoints[root, lane] += seeds.weight[j]
                reached[plan.roots[seeds.root[j]]] = 1
            for i in range(steps.shape[0] - 1, -1, -1):
                if reached[first + i]:
                    variable, low, high, own = steps[i, 0], steps[i, 1], steps[i, 2], steps[i, 3]
                    backward_step(values, adjoints, saved, variable, low, high, own, i)
                    reached[first + i] = 0
                    reached[slots[i, 0]] = reached[slots[i, 1]] = reached[slots[i, 2]] = 1
            for sample in range(begin, end):
                totals[sample, c] = total[sample - begin]
            for coin in range(plan.coins):
                for sample in range(begin, end):
                    slopes[sample, c, coin] = adjoints[2 + coin, sample - begin]
            adjoints[:first] = 0.0


def _columns(p: Floats) -> Floats:
    """Probabilities (coins, samples), samples contiguous."""
    return np.require(p.T, np.float64, ["C", "W"])


def forward(plan: Layout, p: Floats) -> Floats:
    """The same numbers as `sensa.kernels.bdd.diagrams.forward`."""
    result = np.empty((p.shape[0], len(plan.roots)))
    _forward(plan, _columns(p), aligned(plan.rows), result)
    return result


def backward(plan: Layout, p: Floats, combinations: Seeds) -> tuple[Floats, Floats]:
    """The same numbers as `sensa.kernels.bdd.diagrams.backward`."""
    totals = np.empty((p.shape[0], combinations.size))
    slopes = np.empty((p.shape[0], combinations.size, plan.coins))
    size = len(plan.slots)
    values, adjoints, saved = aligned(plan.rows), aligned(plan.rows), aligned(size)
    reached = np.zeros(2 + plan.coins + size, np.uint8)
    _backward(plan, combinations, _columns(p), values, adjoints, saved, reached, totals, slopes)
    return totals, slopes
