"""The backward sweep of `sensa.kernels.bdd.diagrams` in compiled code: `ROW_SAMPLES` samples at a time.

An adjoint lives as long as its node's value, so adjoints use the same rows. The sweep needs high - low of
each node and the modules' heads: a forward sweep writes these in order, and the backward sweep reads them in
reverse. It is a module of its own since many runs only sweep forward, and need not compile this.
"""

import numpy as np
import numpy.typing as npt

from sensa.kernels.bdd.diagrams import Seeds
from sensa.kernels.bdd.simd_sweeps import ROW_SAMPLES, aligned, backward_step, saving_step
from sensa.kernels.bdd.sweeps_compiled import Layout, Steps, columns_of, load, values_of
from sensa.kernels.jit import njit
from sensa.kernels.program import Floats, Ints


@njit(nogil=True)
def _backward(
    steps: Steps,
    rows: Ints,  # of the roots
    slots: Ints,
    roots: Ints,
    seeds: Seeds,
    columns: Floats,
    values: Floats,
    adjoints: Floats,
    saved: Floats,
    reached: npt.NDArray[np.uint8],
    total: Floats,
    totals: Floats,
    slopes: Floats,
) -> None:
    coins = columns.shape[0]
    first = 2 + coins
    samples = totals.shape[0]
    for block in range(columns.shape[1]):
        begin = block * ROW_SAMPLES
        end = min(begin + ROW_SAMPLES, samples)
        load(values, columns, block)
        for i in range(steps.shape[0]):
            saving_step(values, saved, steps[i, 0], steps[i, 1], steps[i, 2], steps[i, 3], i)
        for c in range(seeds.start.size - 1):
            for lane in range(ROW_SAMPLES):
                total[lane] = 0.0
            for j in range(seeds.start[c], seeds.start[c + 1]):
                row = rows[seeds.root[j]]
                for lane in range(ROW_SAMPLES):
                    total[lane] += seeds.weight[j] * values[row, lane]
                    adjoints[row, lane] += seeds.weight[j]
                reached[roots[seeds.root[j]]] = 1
            for i in range(steps.shape[0] - 1, -1, -1):
                if reached[first + i]:
                    variable, low, high, own = steps[i, 0], steps[i, 1], steps[i, 2], steps[i, 3]
                    backward_step(values, adjoints, saved, variable, low, high, own, i)
                    reached[first + i] = 0
                    reached[slots[i, 0]] = reached[slots[i, 1]] = reached[slots[i, 2]] = 1
            for sample in range(begin, end):
                totals[sample, c] = total[sample - begin]
            for coin in range(coins):
                for sample in range(begin, end):
                    slopes[sample, c, coin] = adjoints[2 + coin, sample - begin]
            for row in range(first):
                for lane in range(ROW_SAMPLES):
                    adjoints[row, lane] = 0.0


def backward(plan: Layout, p: Floats, combinations: Seeds) -> tuple[Floats, Floats]:
    """The same numbers as `sensa.kernels.bdd.diagrams.backward`."""
    totals = np.empty((p.shape[0], combinations.size))
    slopes = np.empty((p.shape[0], combinations.size, plan.coins))
    size = len(plan.slots)
    reached = np.zeros(2 + plan.coins + size, np.uint8)
    _backward(
        plan.lasting.steps,
        plan.lasting.roots,
        plan.slots,
        plan.roots,
        combinations,
        columns_of(p),
        values_of(plan.rows),
        aligned(plan.rows),
        aligned(size),
        reached,
        np.empty(ROW_SAMPLES),
        totals,
        slopes,
    )
    return totals, slopes
