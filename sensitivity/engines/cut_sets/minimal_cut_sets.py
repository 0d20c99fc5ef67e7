"""All minimal sets of facts that make a gate true, from decision diagrams, without listing them.

A literal is a draw with its result. If the gate is monotone in every draw, increasing or decreasing, its
minimal sets are its minimal cut sets (Rauzy 1993, 10.1016/0951-8320(93)90060-C); else its prime implicants
(Coudert and Madre 1992). Sets of only violated assumptions are in `sensa.engines.cut_sets.violation_sets`.
"""

from collections.abc import Sequence
from time import monotonic

import numpy as np

from sensa.engines.cut_sets.module_layers import Layers, signs
from sensa.engines.cut_sets.read_signs import one_way
from sensa.engines.cut_sets.set_family import MAX_SECONDS, NODE_BUDGET, Fact, MinimalSets
from sensa.engines.exact.engine import compile_gates
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.bdd.zero_suppressed import EMPTY, UNIT, Families, FamilyRefusal, minimal_solutions, primes
from sensa.kernels.program import Gates


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
        family = minimal_solutions(table, edge, [bool(events[coin]) for coin in order], families)
    except FamilyRefusal as stop:
        raise EngineRefusal(f"minimal sets need {stop}") from None
    return MinimalSets(families, family, {at: (coin, bool(events[coin])) for at, coin in enumerate(order)})


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
