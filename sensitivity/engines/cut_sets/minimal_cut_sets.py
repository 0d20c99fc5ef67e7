"""All minimal sets of facts that make a gate true, from decision diagrams, without listing them.

A literal is a draw with its result. If the gate is monotone in every draw, increasing or decreasing, its
minimal sets are its minimal cut sets (Rauzy 1993, 10.1016/0951-8320(93)90060-C); else its prime implicants
(Coudert and Madre 1992). Sets of only violated assumptions are in `sensa.engines.cut_sets.violation_sets`.

The minimal sets of each module are found alone. Above it the module is one event: that it no longer has the
value that it has while nothing happens. No part of a minimal set of its events brings that about, so that the
minimal sets of the whole are those above with, for each such event, one of the module's own.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol, TypeVar

import numpy as np

from sensa.engines.cut_sets.module_layers import Layers, PlainModules
from sensa.engines.cut_sets.read_signs import one_way
from sensa.engines.cut_sets.set_family import MAX_SECONDS, NODE_BUDGET, MinimalSets
from sensa.engines.exact.engine import compile_gates
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.bdd.diagrams import Diagram
from sensa.kernels.bdd.zero_suppressed import EMPTY, UNIT, Counted, Families, FamilyRefusal, primes
from sensa.kernels.program import Gates
from sensa.kernels.work_clock import clock

MAX_IMPLICANT_NODES = 500_000  # of prime implicants, which plain Python finds, some 300 bytes a node
MAX_PLAIN_NODES = 10_000  # of a diagram, and of its families, up to which plain Python does the work
Nodes = TypeVar("Nodes")


class Modules(Protocol[Nodes]):
    """The modules of a diagram of one root; heads and tests are slots."""

    @property
    def families(self) -> Counted:
        """The table of the modules' families."""

    def values(self, happens: Sequence[bool]) -> Sequence[int]:
        """The value of each slot while no event happens; `happens` has the value of each draw's event."""

    def below(self, head: int) -> Nodes:
        """The nodes of a module that its head reaches."""

    def tests(self, nodes: Nodes) -> Sequence[int]:
        """What the nodes test, in the order of the diagram."""

    def ways(self, nodes: Nodes) -> Sequence[int]:
        """The direction of each test: 1, -1, or 0 for both."""

    def family(self, nodes: Nodes, negated: bool, falls: Sequence[bool], numbers: Sequence[int]) -> int:
        """The minimal sets of the head, or of its negation.

        Of each test, `falls` says whether its event is that it is false, and `numbers` has its variable.
        """


def minimal_sets(
    gates: Gates,
    root: int,
    coins: int,
    *,
    node_budget: int = NODE_BUDGET,
    seconds: float = MAX_SECONDS,
) -> MinimalSets:
    """The minimal sets of draws that make a gate true. Raises `EngineRefusal` beyond the budget."""
    until = clock() + seconds
    diagram = _diagram(gates, root, coins, node_budget, seconds)
    try:
        if one_way(gates, root):
            return _solved(diagram, None, node_budget, until)
        families = Families(min(node_budget, MAX_IMPLICANT_NODES), until)
        events = _events(PlainModules(diagram, families), diagram)
        return (
            _implicants(diagram, families) if events is None else _solved(diagram, events, node_budget, until)
        )
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
    until = clock() + seconds
    diagram = _diagram(gates, root, len(events), node_budget, seconds)
    try:
        return _solved(diagram, events, node_budget, until)
    except FamilyRefusal as stop:
        raise EngineRefusal(f"minimal sets need {stop}") from None


def _diagram(gates: Gates, root: int, coins: int, node_budget: int, seconds: float) -> Diagram:
    roots = np.array([root], np.int32)
    return compile_gates(
        gates, roots, coins=coins, node_budget=node_budget, seconds=seconds, rewrite=True
    ).diagram


def _solved(diagram: Diagram, events: Sequence[bool] | None, most: int, until: float) -> MinimalSets:
    """The minimal sets of these events, or of the directions of a function known to be monotone.

    Small work is done without compiled code; both ways give the same sets.
    """
    if diagram.size <= MAX_PLAIN_NODES:
        try:
            families = Families(min(most, MAX_PLAIN_NODES), until)
            return _of_modules(PlainModules(diagram, families, known=True), diagram, events)
        except FamilyRefusal:
            if most <= MAX_PLAIN_NODES or clock() > until:
                raise
    from sensa.engines.cut_sets.compiled_modules import CompiledModules
    from sensa.kernels.bdd.zero_suppressed_compiled import CompiledFamilies

    return _of_modules(CompiledModules(diagram, CompiledFamilies(most, until)), diagram, events)


def _of_modules(modules: Modules[Nodes], diagram: Diagram, events: Sequence[bool] | None) -> MinimalSets:
    root, first = int(diagram.roots[0]), 2 + diagram.coins
    happens = events or _events(modules, diagram)
    assert happens is not None
    if root < first:
        return _of_one(root, happens)
    value = modules.values(happens)
    number: dict[int, int] = {}  # of the slots that are tested
    plan: list[tuple[int, Nodes]] = []
    waiting = {root}
    for start, end in reversed(list(pairwise(diagram.modules.tolist()))):
        for head in [slot for slot in waiting if start <= slot - first < end]:
            nodes = modules.below(head)
            plan.append((head, nodes))
            waiting.remove(head)
            waiting.update(slot for slot in modules.tests(nodes) if slot >= first)
            for slot in modules.tests(nodes):
                number.setdefault(slot, len(number))
    family: dict[int, int] = {}
    for head, nodes in reversed(plan):
        tests = modules.tests(nodes)
        negated = head != root and bool(value[head])
        falls = [bool(value[slot]) for slot in tests]
        family[head] = modules.family(nodes, negated, falls, [number[slot] for slot in tests])
    facts = {at: (slot - 2, happens[slot - 2]) for slot, at in number.items() if slot < first}
    inner = {number[head]: found for head, found in family.items() if head != root}
    return MinimalSets(modules.families, family[root], facts, inner)


def _events(modules: Modules[Nodes], diagram: Diagram) -> list[bool] | None:
    """Whether the function rises with each draw, if it is monotone in each of them, else None."""
    root, first = int(diagram.roots[0]), 2 + diagram.coins
    way = {root: 1}  # of slots
    for start, end in reversed(list(pairwise(diagram.modules.tolist()))):
        for head in [slot for slot in way if start <= slot - first < end]:
            nodes = modules.below(head)
            for slot, sign in zip(modules.tests(nodes), modules.ways(nodes), strict=True):
                if not sign or way.setdefault(slot, sign * way[head]) != sign * way[head]:
                    return None
    return [way.get(2 + coin, 1) > 0 for coin in range(diagram.coins)]


def _of_one(slot: int, happens: Sequence[bool]) -> MinimalSets:
    """The sets of a constant, or of a draw."""
    families = Families(1 << 10, math.inf)
    if slot < 2 or not happens[slot - 2]:
        return MinimalSets(families, UNIT if slot else EMPTY, {})
    return MinimalSets(families, families.node(0, EMPTY, UNIT), {0: (slot - 2, True)})


def _implicants(diagram: Diagram, families: Families) -> MinimalSets:
    """Prime implicants."""
    table, edge, order = Layers(diagram).whole(families)
    facts = {2 * level + value: (coin, bool(value)) for level, coin in enumerate(order) for value in (0, 1)}
    return MinimalSets(families, primes(table, edge, families), facts, coherent=False)
