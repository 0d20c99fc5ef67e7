"""A diagram where a few coins change, in several ways: what stays the same is computed once.

An intervention holds some coins at 0 or 1, an exchange gives them other probabilities. Only nodes above
these coins change, often a fifth of the diagram; and a node that tests a held coin has the value of one of
its children. All other operations are those of `sensa.kernels.bdd.diagrams`, so results are the same to the
last bit.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sensa.kernels.bdd.diagrams import Diagram, Node, blocks, fill, nodes_of, value_rows
from sensa.kernels.program import Floats, Ints


class Intervention(NamedTuple):
    """The coins that are held, 0 or 1 for each, and the slots of the nodes that depend on them."""

    coins: Ints
    values: Floats
    changed: Ints


class Exchange(NamedTuple):
    """The coins that change, their probabilities (samples, coins), and the slots that depend on them."""

    coins: Ints
    p: Floats
    changed: Ints


class _Swept(NamedTuple):
    """The values of a block of samples, and what a sweep of the changed nodes needs."""

    nodes: list[Node]
    first: int  # the slot of the first node
    rows: list[Floats]
    rests: dict[int, Floats]  # 1 - p of variables
    own: list[Floats]  # where changed nodes go

    def again(self, coins: Mapping[int, Floats], changed: Ints, certain: dict[int, bool]) -> list[Floats]:
        """The values of all slots where the `coins` (by slot) have these."""
        rows, rests, slots = self.rows.copy(), self.rests.copy(), changed.tolist()
        for slot, row in coins.items():
            rows[slot] = row
        for slot in (*coins, *slots):  # a changed node may be the head of a module, and so a variable
            rests.pop(slot, None)
        fill([self.nodes[slot - self.first] for slot in slots], rows, self.own, rests, certain)
        return rows


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
    for begin, end in blocks(diagram, len(p)):
        swept = _swept(diagram, p[begin:end])
        for i, one in enumerate(interventions):
            slots, values = (2 + one.coins).tolist(), one.values.astype(np.bool_).tolist()
            held = {slot: swept.rows[1 if true else 0] for slot, true in zip(slots, values, strict=True)}
            rows = swept.again(held, one.changed, dict(zip(slots, values, strict=True)))
            _read(diagram, rows, result[i, begin:end])
    return result


def exchanged(diagram: Diagram, p: Floats, exchanges: Sequence[Exchange]) -> Floats:
    """The roots' probabilities (exchanges, samples, roots): at `p` (samples, coins) but for its coins."""
    result = np.empty((len(exchanges), len(p), len(diagram.roots)))
    for begin, end in blocks(diagram, len(p)):
        swept = _swept(diagram, p[begin:end])
        for i, one in enumerate(exchanges):
            columns = np.ascontiguousarray(one.p[begin:end].T)
            rows = swept.again(dict(zip((2 + one.coins).tolist(), columns, strict=True)), one.changed, {})
            _read(diagram, rows, result[i, begin:end])
    return result


def _swept(diagram: Diagram, p: Floats) -> _Swept:
    nodes = nodes_of(diagram)
    rows, rests = value_rows(diagram, nodes, p)
    return _Swept(nodes, 2 + diagram.coins, rows, rests, list(np.empty((len(rows), len(p)))))


def _read(diagram: Diagram, rows: list[Floats], into: Floats) -> None:
    for column, root in enumerate(diagram.roots.tolist()):
        into[:, column] = rows[root]


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
