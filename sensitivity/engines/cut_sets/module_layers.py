"""A diagram of one root, module by module: the order of its variables, and the direction of each."""

from collections.abc import Sequence

import numpy as np

from sensa.kernels.bdd.build_python import Table
from sensa.kernels.bdd.diagrams import Diagram
from sensa.kernels.bdd.zero_suppressed import Families, conjunction


class Layers:
    """A diagram of one root, module by module, with the order of each module's variables."""

    def __init__(self, diagram: Diagram) -> None:
        self.coins = diagram.coins
        self.first = 2 + diagram.coins
        self.variable = diagram.variable.tolist()
        self.low = diagram.low.tolist()
        self.high = diagram.high.tolist()
        self.root = int(diagram.roots[0])
        self.modules = diagram.modules.tolist()

    def node(self, slot: int) -> int:
        """The node in a slot; negative for a coin or constant."""
        return slot - self.first

    def module(self, node: int) -> int:
        """The first node of a node's module."""
        return int(np.searchsorted(self.modules, node, side="right")) - 1

    def below(self, slots: Sequence[int]) -> list[int]:
        """The nodes of one module that these slots reach, children first."""
        seen: set[int] = set()
        waiting = [self.node(slot) for slot in slots]
        while waiting:
            node = waiting.pop()
            if node >= 0 and node not in seen:
                seen.add(node)
                waiting += [self.node(self.low[node]), self.node(self.high[node])]
        return sorted(seen)

    def order(self, nodes: Sequence[int]) -> list[int]:
        """The variables (slots) of a module's nodes, from the top of the diagram down."""
        after: dict[int, set[int]] = {self.variable[node]: set() for node in nodes}
        inside = set(nodes)
        for node in nodes:
            for child in (self.node(self.low[node]), self.node(self.high[node])):
                if child in inside:
                    after[self.variable[node]].add(self.variable[child])
        waits = dict.fromkeys(after, 0)
        for children in after.values():
            for child in children:
                waits[child] += 1
        ready = sorted((slot for slot, number in waits.items() if not number), reverse=True)
        found = []
        while ready:
            slot = ready.pop()
            found.append(slot)
            for child in sorted(after[slot]):
                waits[child] -= 1
                if not waits[child]:
                    ready.append(child)
        return found

    def whole(self, families: Families) -> tuple[Table, int, list[int]]:
        """One diagram of all modules: its table, the root's edge, and the coin at each level."""
        order: list[int] = []
        needed: list[tuple[list[int], list[int]]] = []
        waiting = [self.root]
        while waiting:
            slot = waiting.pop()
            if slot < self.first:
                order += [slot - 2] if slot >= 2 else []
                continue
            nodes = self.below([slot])
            variables = self.order(nodes)
            needed.append((nodes, variables))
            waiting += reversed(variables)
        level = {coin: at for at, coin in enumerate(dict.fromkeys(order))}
        table = Table(len(level))
        edges = {0: 0, 1: 1} | {2 + coin: table.node(at, 0, 1) for coin, at in level.items()}
        for node in sorted({node for nodes, _ in needed for node in nodes}):
            test = edges[self.variable[node]]
            high = conjunction(table, test, edges[self.high[node]], families)
            low = conjunction(table, test ^ 1, edges[self.low[node]], families)
            edges[self.first + node] = conjunction(table, high ^ 1, low ^ 1, families) ^ 1
        return table, edges[self.root], list(level)


def signs(layers: Layers, nodes: list[int], families: Families, known: bool) -> dict[int, int]:
    """The direction of each variable (slot) in these nodes, in their order: 1, -1, or 0 for both.

    If every variable is `known` to have one direction, one node of each shows it.
    """
    order = layers.order(nodes)
    rank = {slot: at for at, slot in enumerate(order)}
    table = Table(len(order))
    edges = {0: 0, 1: 1}
    found: dict[int, int] = {}
    for node in nodes:
        slot, low, high = layers.variable[node], edges[layers.low[node]], edges[layers.high[node]]
        edges[layers.first + node] = table.node(rank[slot], low, high)
        if known and slot in found:
            continue
        if conjunction(table, low, high ^ 1, families) == 0:
            sign = 1
        else:
            sign = -1 if conjunction(table, high, low ^ 1, families) == 0 else 0
        found[slot] = sign if found.get(slot, sign) == sign else 0
    return {slot: found[slot] for slot in order}
