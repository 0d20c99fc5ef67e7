"""A diagram under several interventions: what one leaves alone is computed once.

An intervention holds some coins at 0 or 1. Only nodes above these coins change, often a fifth of the
diagram; and a node that tests one of them has the value of one of its children. All other operations are
those of `sensa.kernels.bdd.diagrams`, so results are the same to the last bit.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sensa.kernels.bdd.diagrams import Diagram, blocks, fill, nodes_of, value_rows
from sensa.kernels.program import Floats, Ints


class Intervention(NamedTuple):
    """The coins that are held, 0 or 1 for each, and the slots of the nodes that depend on them."""

    coins: Ints
    values: Floats
    changed: Ints


def above(diagram: Diagram, coins: Ints) -> Ints:
    """The slots of the nodes that depend on any of these coins, in topological order."""
    reached = bytearray(2 + diagram.coins + diagram.size)
    for coin in coins.tolist():
        reached[2 + coin] = 1
    found = []
    for slot, variable, low, high in nodes_of(diagram):
        if reached[variable] or reached[low] or reached[high]:
            reached[slot] = 1
            found.append(slot)
    return np.array(found, np.int32)


def forward(diagram: Diagram, p: Floats, interventions: Sequence[Intervention]) -> Floats:
    """The roots' probabilities (interventions, samples, roots) at `p` (samples, coins), none of them NaN."""
    result = np.empty((len(interventions), len(p), len(diagram.roots)))
    nodes, roots, first = nodes_of(diagram), diagram.roots.tolist(), 2 + diagram.coins
    for begin, end in blocks(diagram, len(p)):
        common, rests = value_rows(diagram, nodes, p[begin:end])
        own = list(np.empty((len(common), end - begin)))
        for i, one in enumerate(interventions):
            rows, changed = common.copy(), one.changed.tolist()
            certain = dict(zip((2 + one.coins).tolist(), one.values.astype(np.bool_).tolist(), strict=True))
            for slot, true in certain.items():
                rows[slot] = rows[1 if true else 0]
            kept = rests.copy()
            for slot in changed:
                kept.pop(slot, None)  # the head of a module
            fill([nodes[slot - first] for slot in changed], rows, own, kept, certain)
            for column, root in enumerate(roots):
                result[i, begin:end, column] = rows[root]
    return result


def together(diagram: Diagram, interventions: Sequence[Intervention]) -> Diagram:
    """One diagram for all interventions, with the roots of each in turn; it has the common nodes once."""
    first, roots = 2 + diagram.coins, []
    parts = [np.stack([diagram.variable, diagram.low, diagram.high])]
    slots = total = first + diagram.size
    for one in interventions:
        stands = np.arange(slots, dtype=np.int32)  # the slot whose value each slot has
        stands[2 + one.coins] = one.values.astype(np.int32)
        variable, low, high = parts[0][:, one.changed - first]
        certain = stands[variable] < 2
        stands[one.changed[certain]] = np.where(stands[variable] == 1, high, low)[certain]
        while not np.array_equal(stands, further := stands[stands]):
            stands = further
        others = one.changed[~certain]
        place = np.arange(slots, dtype=np.int32)
        place[others] = total + np.arange(len(others))
        moved = place[stands]
        parts.append(moved[parts[0][:, others - first]])
        roots.append(moved[diagram.roots])
        total += len(others)
    variable, low, high = np.concatenate(parts, axis=1)
    modules = np.array([0, total - first], np.int32)
    return Diagram(diagram.coins, variable, low, high, np.concatenate(roots), modules)
