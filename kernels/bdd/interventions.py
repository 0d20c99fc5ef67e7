"""Plain sweeps of a diagram under several interventions: what one leaves alone is computed once.

An intervention holds some coins at 0 or 1. Only nodes above these coins change, often a fifth of the
diagram; and a node that tests one of them has the value of one of its children. All other operations are
those of `sensa.kernels.bdd.diagrams`, so results are the same to the last bit.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sensa.kernels.bdd.diagrams import Diagram, Node, blocks, fill, nodes_of, value_rows
from sensa.kernels.program import Floats, Ints

MIN_SAMPLES = 256  # with fewer, sweeping all interventions side by side takes less


class Intervention(NamedTuple):
    """The coins that are held, 0 or 1 for each, and the nodes that depend on them."""

    coins: Ints
    values: Floats
    changed: list[Node]


def above(diagram: Diagram, coins: Ints) -> list[Node]:
    """The nodes that depend on any of these coins, in topological order."""
    first = 2 + diagram.coins
    reached = bytearray(first + diagram.size)
    for coin in coins.tolist():
        reached[2 + coin] = 1
    found = []
    for node in nodes_of(diagram):
        slot, variable, low, high = node
        if reached[variable] or reached[low] or reached[high]:
            reached[slot] = 1
            found.append(node)
    return found


def forward(diagram: Diagram, p: Floats, interventions: Sequence[Intervention]) -> Floats:
    """The roots' probabilities (interventions, samples, roots) at `p` (samples, coins), none of them NaN."""
    result = np.empty((len(interventions), len(p), len(diagram.roots)))
    nodes, roots = nodes_of(diagram), diagram.roots.tolist()
    for begin, end in blocks(diagram, len(p)):
        rows, rests = value_rows(diagram, nodes, p[begin:end])
        own = list(np.empty((len(rows), end - begin)))
        for i, one in enumerate(interventions):
            changed = _changed(one, rows, rests, own) if len(one.coins) else rows
            for column, root in enumerate(roots):
                result[i, begin:end, column] = changed[root]
    return result


def _changed(
    one: Intervention, rows: list[Floats], rests: dict[int, Floats], own: list[Floats]
) -> list[Floats]:
    """The rows of all slots under an intervention; `own` has room for those that change."""
    rows = rows.copy()
    certain = {2 + coin: value == 1.0 for coin, value in zip(one.coins.tolist(), one.values, strict=True)}
    for slot, true in certain.items():
        rows[slot] = rows[1 if true else 0]
    gone = {node[0] for node in one.changed}
    kept = {variable: rest for variable, rest in rests.items() if variable not in gone}
    fill(one.changed, rows, own, kept, certain)
    return rows
