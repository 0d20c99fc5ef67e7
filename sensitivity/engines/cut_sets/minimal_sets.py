"""All minimal sets of facts that make a gate true, from decision diagrams, without listing them.

A literal is a draw with its result. If the gate is monotone in every draw, increasing or decreasing, its
minimal sets are its minimal cut sets (Rauzy 1993, 10.1016/0951-8320(93)90060-C); else its prime implicants
(Coudert and Madre 1992). Sets of only violated assumptions are in `sensa.engines.cut_sets.violation_sets`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from time import monotonic

import numpy as np

from sensa.engines.exact.engine import compile_gates
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.bdd.build_python import Table
from sensa.kernels.bdd.diagrams import Diagram
from sensa.kernels.bdd.zero_suppressed import (
    EMPTY,
    MAX_STATES,
    UNIT,
    Families,
    FamilyRefusal,
    by_size,
    likeliest,
    primes,
)  # fmt: skip
from sensa.kernels.program import Floats, Gates, Op

NODE_BUDGET = 2_000_000
MAX_SECONDS = 30.0
MIN_PROBABILITY = 1e-300  # stands for probability 0 in the ordering
Fact = tuple[int, bool]  # a draw (or an assumption) and its value


@dataclass(frozen=True)
class MinimalSets:
    """A family of minimal sets; `facts` has the meaning of each variable of the family."""

    families: Families
    family: int
    facts: Mapping[int, Fact]
    inner: Mapping[int, int] = field(default_factory=dict)  # variables for families, innermost first
    coherent: bool = True  # whether these are minimal cut sets, not prime implicants

    def by_size(self, *, seconds: float = MAX_SECONDS) -> list[int]:
        """The numbers of sets with 0, 1, 2, … members. Raises `EngineRefusal` when out of time."""
        until = monotonic() + seconds
        sizes: dict[int, list[int]] = {}
        try:
            for variable, family in self.inner.items():
                sizes[variable] = by_size(self.families, family, sizes, until)
            return by_size(self.families, self.family, sizes, until)
        except FamilyRefusal as stop:
            raise EngineRefusal(f"counting minimal sets needs {stop}") from None

    def count(self) -> int:
        """The number of sets."""
        return sum(self.by_size())

    def likeliest(
        self, p: Sequence[float] | Floats, *, steps: int = MAX_STATES
    ) -> Iterator[tuple[float, tuple[Fact, ...]]]:
        """Yield sets with their probability, in descending order; `p` has the probability of each draw.

        Members count as independent. Sets with impossible members come last, those with the fewest first.
        Raises `EngineRefusal` after `steps` steps of the search.
        """
        chance = {
            variable: float(p[index]) if value else 1.0 - float(p[index])
            for variable, (index, value) in self.facts.items()
        }
        for weight, members in self._first(
            {one: log(max(q, MIN_PROBABILITY)) for one, q in chance.items()}, steps
        ):
            cannot = any(chance[member] <= 0 for member in members)
            yield 0.0 if cannot else exp(weight), tuple(sorted(self.facts[member] for member in members))

    def smallest(self, most: int) -> Iterator[tuple[Fact, ...]]:
        """The sets of at most `most` members, the smallest first. Raises as `likeliest`."""
        for weight, members in self._first(dict.fromkeys(self.facts, -1.0), MAX_STATES):
            if -weight > most:
                return
            yield tuple(sorted(self.facts[member] for member in members))

    def single(self) -> tuple[Fact, ...]:
        """The facts that suffice alone. Empty if nothing is needed."""
        return tuple(facts[0] for facts in self.smallest(1) if facts)

    def _first(self, weight: Mapping[int, float], steps: int) -> Iterator[tuple[float, tuple[int, ...]]]:
        try:
            yield from likeliest(self.families, self.family, weight, self.inner, most=steps)
        except FamilyRefusal as stop:
            raise EngineRefusal(f"the next minimal set needs {stop}") from None


def minimal_sets(
    gates: Gates,
    root: int,
    coins: int,
    *,
    node_budget: int = NODE_BUDGET,
    seconds: float = MAX_SECONDS,
) -> MinimalSets:
    """The minimal sets of draws that make a gate true. Raises `EngineRefusal` beyond the budget."""
    until = monotonic() + seconds
    families = Families(node_budget, until)
    diagram = compile_gates(
        gates, np.array([root], np.int32), coins=coins, node_budget=node_budget, seconds=seconds
    ).diagram
    try:
        found = _of_unate(Layers(diagram), families, one_way(gates, root))
        return found or _of_any(Layers(diagram), families)
    except FamilyRefusal as stop:
        raise EngineRefusal(f"minimal sets need {stop}") from None


def cut_sets(
    gates: Gates,
    root: int,
    events: Sequence[bool],
    *,
    node_budget: int = NODE_BUDGET,
    seconds: float = MAX_SECONDS,
) -> MinimalSets:
    """The minimal sets of events that make a gate true if no other event happens.

    `events` says which value of each draw is an event. If more events can make the gate false again, these
    are its minimal p-cuts, and their supersets need not make it true. Raises `EngineRefusal` beyond the
    budget.
    """
    families = Families(node_budget, monotonic() + seconds)
    diagram = compile_gates(
        gates, np.array([root], np.int32), coins=len(events), node_budget=node_budget, seconds=seconds
    ).diagram
    try:
        table, edge, order = Layers(diagram).whole(families)
        family = least(table, edge, [bool(events[coin]) for coin in order], families)
    except FamilyRefusal as stop:
        raise EngineRefusal(f"minimal sets need {stop}") from None
    return MinimalSets(families, family, {at: (coin, bool(events[coin])) for at, coin in enumerate(order)})


def one_way(gates: Gates, root: int) -> bool:
    """Whether each draw is read with one sign only, by the negations above it."""
    return all(way != 3 for way in ways_read(gates, root).values())


def ways_read(gates: Gates, root: int) -> dict[int, int]:
    """The sign with which a gate reads each draw, by the negations above it: 1 plain, 2 negated, 3 both."""
    ways = np.zeros(gates.size, np.int8)
    ways[root] = 1
    for gate in range(root, -1, -1):
        way = int(ways[gate])
        if way:
            if gates.op[gate] == Op.NOT:
                way = (way & 1) << 1 | way >> 1
            ways[gates.args[gates.start[gate] : gates.start[gate + 1]]] |= way
    read: dict[int, int] = {}
    for reader in np.flatnonzero((gates.op == Op.COIN) & (ways > 0)):
        coin = int(gates.k[reader])
        read[coin] = read.get(coin, 0) | int(ways[reader])
    return read


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
            high = both(table, test, edges[self.high[node]], families)
            low = both(table, test ^ 1, edges[self.low[node]], families)
            edges[self.first + node] = both(table, high ^ 1, low ^ 1, families) ^ 1
        return table, edges[self.root], list(level)


def both(table: Table, a: int, b: int, families: Families) -> int:
    """The edge to "a and b" within the budget of these families. Raises `FamilyRefusal`."""
    edge = table.conjunction(a, b, families.most, families.until)
    if edge < 0:
        raise FamilyRefusal(f"more than {families.most:,} nodes, or more time")
    return edge


def _of_unate(layers: Layers, families: Families, known: bool) -> MinimalSets | None:
    """Minimal cut sets if the function is monotone in each variable (certain if `known`), else None."""
    wanted: dict[int, int] = {layers.root: 1}  # slots of modules' heads, and their sign
    plan: list[tuple[int, int, list[int], dict[int, int]]] = []
    facts: dict[int, Fact] = {}
    number: dict[int, int] = {}
    if layers.root < layers.first:
        return _of_one(layers.root, families)
    for module in reversed(range(len(layers.modules) - 1)):
        start, end = layers.modules[module], layers.modules[module + 1]
        heads = [slot for slot in wanted if start <= layers.node(slot) < end]
        for head in heads:
            nodes = layers.below([head])
            ways = signs(layers, nodes, families, known)
            if 0 in ways.values():
                return None
            plan.append((head, wanted[head], nodes, ways))
            for slot, sign in ways.items():
                way = sign * wanted[head]
                number.setdefault(slot, len(number))
                if slot < layers.first:
                    if facts.setdefault(number[slot], (slot - 2, way > 0)) != (slot - 2, way > 0):
                        return None
                elif wanted.setdefault(slot, way) != way:
                    return None
    family: dict[int, int] = {}
    inner: dict[int, int] = {}
    for head, way, nodes, ways in reversed(plan):
        family[head] = _cut_sets(layers, nodes, way, ways, number, families)
        if head != layers.root:
            inner[number[head]] = family[head]
    return MinimalSets(families, family[layers.root], facts, inner)


def _of_one(slot: int, families: Families) -> MinimalSets:
    """The sets of a constant, or of a draw."""
    if slot < 2:
        return MinimalSets(families, UNIT if slot else EMPTY, {})
    return MinimalSets(families, families.node(0, EMPTY, UNIT), {0: (slot - 2, True)})


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
        if both(table, low, high ^ 1, families) == 0:
            sign = 1
        else:
            sign = -1 if both(table, high, low ^ 1, families) == 0 else 0
        found[slot] = sign if found.get(slot, sign) == sign else 0
    return {slot: found[slot] for slot in order}


def _cut_sets(
    layers: Layers,
    nodes: list[int],
    way: int,
    ways: dict[int, int],
    number: dict[int, int],
    families: Families,
) -> int:
    """The minimal sets of a head, or of its negation where `way` is -1."""
    offset = min(number[slot] for slot in ways)
    place = {slot: offset + at for at, slot in enumerate(ways)}
    assert all(place[slot] == number[slot] for slot in ways)
    sets = {0: EMPTY, 1: UNIT} if way > 0 else {0: UNIT, 1: EMPTY}
    for node in nodes:
        slot = layers.variable[node]
        low, high = sets[layers.low[node]], sets[layers.high[node]]
        if ways[slot] * way < 0:
            low, high = high, low
        sets[layers.first + node] = families.node(number[slot], low, families.without(high, low))
    return sets[layers.first + nodes[-1]]


def _of_any(layers: Layers, families: Families) -> MinimalSets:
    """Prime implicants."""
    table, edge, order = layers.whole(families)
    facts = {2 * level + value: (coin, bool(value)) for level, coin in enumerate(order) for value in (0, 1)}
    return MinimalSets(families, primes(table, edge, families), facts, coherent=False)


def least(table: Table, edge: int, events: Sequence[bool], families: Families) -> int:
    """The minimal sets of levels whose events make a function true if no others happen."""
    sets: dict[int, int] = {0: EMPTY, 1: UNIT}
    waiting = [edge]
    while waiting:
        at = waiting[-1]
        node, negated = at >> 1, at & 1
        children = [] if at in sets else [table.low[node] ^ negated, table.high[node] ^ negated]
        need = [child for child in children if child not in sets]
        if need:
            waiting += need
            continue
        waiting.pop()
        if children:
            level = table.level[node]
            happens, not_so = children[events[level]], children[not events[level]]
            rest = sets[not_so]
            sets[at] = families.node(level, rest, families.without(sets[happens], rest))
    return sets[edge]
