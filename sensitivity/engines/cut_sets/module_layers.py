"""A diagram of one root, module by module: the order of its variables, and the direction of each."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sensa.kernels.bdd.build_python import Table
from sensa.kernels.bdd.diagrams import Diagram
from sensa.kernels.bdd.zero_suppressed import EMPTY, UNIT, Families, conjunction

Lookup = Sequence[int] | Mapping[int, int]


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
        return top_down(after)

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


def top_down(after: Mapping[int, Collection[int]]) -> list[int]:
    """The variables of a diagram, each before those that its nodes' children test."""
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


def rises(level: Lookup, low: Lookup, high: Lookup, first: int, node: int) -> bool:
    """Whether a node whose test has one direction is true rather than false where its test is true.

    `level` has the place of a node's test in the order; node i has the slot `first + i`, 0 and 1 are the
    constants. In a reduced diagram different slots are different functions, so a walk down two children that
    never meet ends where they differ.
    """
    without, with_it = low[node], high[node]
    while without >= first or with_it >= first:
        one, other = without - first, with_it - first
        levels = [level[each] if each >= 0 else math.inf for each in (one, other)]
        top = min(levels)
        below = low[one] if levels[0] == top else without, low[other] if levels[1] == top else with_it
        above = high[one] if levels[0] == top else without, high[other] if levels[1] == top else with_it
        without, with_it = below if below[0] != below[1] else above
    return with_it == 1


@dataclass(frozen=True)
class PlainNodes:
    """Nodes of one module, children first, and the slots that they test, from the top of the diagram down."""

    nodes: list[int]
    tests: list[int]


class PlainModules:
    """The modules of a diagram in plain Python; `known`: it is known to be monotone in each draw."""

    def __init__(self, diagram: Diagram, families: Families, *, known: bool = False) -> None:
        self.families = families
        self._layers, self._known = Layers(diagram), known
        self._nodes: dict[int, PlainNodes] = {}

    def values(self, happens: Sequence[bool]) -> list[int]:
        """The value of each slot while no event happens."""
        layers = self._layers
        found = [0, 1, *(int(not each) for each in happens)]
        for variable, low, high in zip(layers.variable, layers.low, layers.high, strict=True):
            found.append(found[high] if found[variable] else found[low])
        return found

    def below(self, head: int) -> PlainNodes:
        """The nodes of a module that its head (a slot) reaches."""
        if head not in self._nodes:
            nodes = self._layers.below([head])
            self._nodes[head] = PlainNodes(nodes, self._layers.order(nodes))
        return self._nodes[head]

    def tests(self, nodes: PlainNodes) -> list[int]:
        """The slots that the nodes test, in the order of the diagram."""
        return nodes.tests

    def ways(self, nodes: PlainNodes) -> list[int]:
        """The direction of each test: 1, -1, or 0 for both."""
        known = signs(self._layers, nodes.nodes, self.families, self._known)
        return [known[slot] for slot in nodes.tests]

    def family(self, nodes: PlainNodes, negated: bool, falls: Sequence[bool], numbers: Sequence[int]) -> int:
        """The minimal sets of the head, or of its negation; `falls`: tests whose event is to be false."""
        layers, families = self._layers, self.families
        down = dict(zip(nodes.tests, falls, strict=True))
        number = dict(zip(nodes.tests, numbers, strict=True))
        sets = {0: UNIT, 1: EMPTY} if negated else {0: EMPTY, 1: UNIT}
        for node in nodes.nodes:
            slot = layers.variable[node]
            rest, with_it = sets[layers.low[node]], sets[layers.high[node]]
            if down[slot]:
                rest, with_it = with_it, rest
            sets[layers.first + node] = families.node(number[slot], rest, families.without(with_it, rest))
        return sets[layers.first + nodes.nodes[-1]]


def signs(layers: Layers, nodes: list[int], families: Families, known: bool) -> dict[int, int]:
    """The direction of each variable (slot) in these nodes, in their order: 1, -1, or 0 for both.

    If every variable is `known` to have one direction, one node of each shows it.
    """
    order = layers.order(nodes)
    rank = {slot: at for at, slot in enumerate(order)}
    found: dict[int, int] = {}
    if known:
        level = {node: rank[layers.variable[node]] for node in nodes}
        for node in nodes:
            slot = layers.variable[node]
            if slot not in found:
                found[slot] = 1 if rises(level, layers.low, layers.high, layers.first, node) else -1
        return {slot: found[slot] for slot in order}
    table = Table(len(order))
    edges = {0: 0, 1: 1}
    for node in nodes:
        slot, low, high = layers.variable[node], edges[layers.low[node]], edges[layers.high[node]]
        edges[layers.first + node] = table.node(rank[slot], low, high)
        if conjunction(table, low, high ^ 1, families) == 0:
            sign = 1
        else:
            sign = -1 if conjunction(table, high, low ^ 1, families) == 0 else 0
        found[slot] = sign if found.get(slot, sign) == sign else 0
    return {slot: found[slot] for slot in order}
