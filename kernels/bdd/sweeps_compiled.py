"""The forward sweep of `sensa.kernels.bdd.diagrams` in compiled code: `ROW_SAMPLES` samples at a time.

A value needs a row only until its last reader; rows are reused, so that a block stays in cache (530 rows for
17,000 nodes). The backward sweep is `backward_compiled`.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sensa.kernels.bdd.diagrams import Diagram
from sensa.kernels.bdd.simd_sweeps import ROW_SAMPLES, aligned, forward_step
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
def _rows(slots: Ints, last: Ints, first: int, row: Ints, free: Ints) -> int:
    """Give each node a row that is free, and free those that it reads last; returns the number of rows."""
    count = 0
    rows = first
    for i in range(slots.shape[0]):
        if count > 0:
            count -= 1
            row[first + i] = free[count]
        else:
            row[first + i] = rows
            rows += 1
        # after the node has its row, which must not be one that it reads
        for j in range(3):
            slot = slots[i, j]
            if slot >= first and last[slot] == i:
                last[slot] = -1  # it may read the same twice
                free[count] = row[slot]
                count += 1
    return rows


def layout(diagram: Diagram) -> Layout:
    """The diagram with its rows: each free after its last reader (for heads of modules never, if lasting)."""
    slots = np.ascontiguousarray(np.stack([diagram.variable, diagram.low, diagram.high], axis=1), np.int32)
    first, nodes = 2 + diagram.coins, len(slots)

    def placed(kept: Ints) -> tuple[Rows, int]:
        last = np.full(first + nodes, -1, np.int32)
        last[slots.ravel()] = np.repeat(np.arange(nodes, dtype=np.int32), 3)  # the last value stays
        last[kept] = nodes
        row = np.arange(first + nodes, dtype=np.int32)
        rows = _rows(slots, last, first, row, np.empty(nodes + 1, np.int32))
        steps = np.column_stack([row[slots], row[first:]]).astype(np.uint32)
        return Rows(steps, row[diagram.roots]), rows

    once, rows = placed(diagram.roots)
    lasting, more = placed(np.concatenate([diagram.roots, diagram.variable]))
    return Layout(diagram.coins, max(rows, more), slots, diagram.roots, once, lasting)


@njit(no_cpython_wrapper=True, nogil=True)
def load(values: Floats, columns: Floats, block: int) -> None:
    """Load a block's probabilities into the rows of the coins."""
    for coin in range(columns.shape[0]):
        for lane in range(ROW_SAMPLES):  # a constant bound makes it fast
            values[2 + coin, lane] = columns[coin, block, lane]


@njit(nogil=True)
def _forward(steps: Steps, roots: Ints, columns: Floats, values: Floats, result: Floats) -> None:
    samples = result.shape[0]
    for block in range(columns.shape[1]):
        load(values, columns, block)
        for i in range(steps.shape[0]):
            forward_step(values, steps[i, 0], steps[i, 1], steps[i, 2], steps[i, 3])
        begin = block * ROW_SAMPLES
        for sample in range(begin, min(begin + ROW_SAMPLES, samples)):
            for root in range(roots.size):
                result[sample, root] = values[roots[root], sample - begin]


def columns_of(p: Floats) -> Floats:
    """Probabilities (coins, blocks, `ROW_SAMPLES`); the last sample fills the last block."""
    missing = -len(p) % ROW_SAMPLES
    full = np.concatenate([p, np.repeat(p[-1:], missing, axis=0)]) if missing else p
    columns = np.require(full.T, np.float64, ["C", "W"])
    return columns.reshape(p.shape[1], len(full) // ROW_SAMPLES, ROW_SAMPLES)


def values_of(rows: int) -> Floats:
    """Rows of values: 0 in the first, 1 in the second."""
    values = aligned(rows)
    values[1] = 1.0
    return values


def forward(plan: Layout, p: Floats) -> Floats:
    """The same numbers as `sensa.kernels.bdd.diagrams.forward`."""
    result = np.empty((p.shape[0], len(plan.roots)))
    _forward(plan.once.steps, plan.once.roots, columns_of(p), values_of(plan.rows), result)
    return result
