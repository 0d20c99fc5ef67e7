"""Minimal sets of violated assumptions with which gates can or must be true, from decision diagrams.

The draws of other nodes are eliminated (by an existential or a universal quantifier). That needs no diagram
of its own: from the bottom of any diagram of the gates up, a node can be true if a possible result of its
test leads to a child that can be true. Every other draw is read at most once on each path down, and modules
share no draws, so that the possible values of each do not depend on the others. All draws of an assumption
are equal, as under an intervention: each is the one variable of the assumption.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from time import monotonic
from typing import Literal

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.cut_sets.minimal_sets import MAX_SECONDS, NODE_BUDGET, MinimalSets, both, least, ways_read
from sensa.engines.exact.engine import compile_gates
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.bdd.build_python import Table
from sensa.kernels.bdd.diagrams import Diagram
from sensa.kernels.bdd.zero_suppressed import Families, FamilyRefusal
from sensa.kernels.program import Gates, Op

Way = Literal["possible", "certain"]


@dataclass(frozen=True)
class Ends:
    """The possible (outcome, step) pairs of a story, of which one is true in each world, by its assumptions.

    As functions of the assumptions: `can` has those that are possible without the draws in `never`, `ever`
    with any draw. Levels of the table are assumptions, by index in `circuit.assumption_coins`.
    """

    table: Table
    order: tuple[int, ...]
    outcomes: tuple[str, ...]
    can: tuple[int, ...]
    ever: tuple[int, ...]

    def sets(
        self,
        outcomes: Collection[str],
        way: Way,
        *,
        node_budget: int = NODE_BUDGET,
        seconds: float = MAX_SECONDS,
    ) -> MinimalSets:
        """The minimal sets with which the story can end, or must, in one of these outcomes.

        It must if no other outcome is possible. Raises `EngineRefusal` beyond the budget.
        """
        families = Families(node_budget, monotonic() + seconds)
        inside = [name in outcomes for name in self.outcomes]
        if way == "possible":
            edges = [edge for edge, within in zip(self.can, inside, strict=True) if within]
        else:
            edges = [edge for edge, within in zip(self.ever, inside, strict=True) if not within]
        try:
            edge = _any(self.table, edges, families)
            return _family(self.table, edge if way == "possible" else edge ^ 1, self.order, families)
        except FamilyRefusal as stop:
            raise EngineRefusal(f"minimal sets need {stop}") from None


def ends(
    circuit: Circuit,
    diagram: Diagram,
    *,
    never: Collection[int] = (),
    node_budget: int = NODE_BUDGET,
    seconds: float = MAX_SECONDS,
) -> Ends:
    """The possible ends of the circuit's roots (the first of the diagram) as functions of the assumptions.

    The draws in `never` count as false for what is possible. Raises `EngineRefusal` beyond the
    budget.
    """
    budget = Families(node_budget, monotonic() + seconds)
    place = places(circuit)
    order = _order(diagram, place)
    table = Table(len(order))
    wanted = [True] * len(circuit.roots)
    try:
        ever = _reached(diagram, wanted, place, order, (), table, budget)
        can = _reached(diagram, wanted, place, order, never, table, budget) if never else ever
    except FamilyRefusal as stop:
        raise EngineRefusal(f"what violations lead to needs {stop}") from None
    names = tuple(root.outcome for root in circuit.roots)
    return Ends(table, tuple(order), names, tuple(can), tuple(ever))


def violations(
    circuit: Circuit,
    root: int,
    way: Way,
    *,
    never: Collection[int] = (),
    node_budget: int = NODE_BUDGET,
    seconds: float = MAX_SECONDS,
) -> MinimalSets:
    """The minimal sets of violated assumptions with which a gate can or must be true if the others hold.

    An assumption is violated or holds as under an intervention: at all its draws. The draws in `never` are
    false. Facts have an assumption's index in `circuit.assumption_coins`, and False for violated.
    Draws that are read with one sign only are eliminated before the diagram is built. Raises `EngineRefusal`
    beyond the budget.
    """
    until = monotonic() + seconds
    families = Families(node_budget, until)
    place = places(circuit)
    gates = settled(circuit.gates, root, way, place, never)
    steps = [-1 if coin.step is None else coin.step for coin in circuit.coins] if circuit.steps[1:] else []
    diagram = compile_gates(
        gates,
        np.array([root], np.int32),
        coins=len(circuit.coins),
        steps=steps,
        node_budget=node_budget,
        seconds=seconds,
    ).diagram
    order = _order(diagram, place)
    table = Table(len(order))
    try:
        (edge,) = _reached(diagram, [way == "possible"], place, order, (), table, families)
        return _family(table, edge if way == "possible" else edge ^ 1, order, families)
    except FamilyRefusal as stop:
        raise EngineRefusal(f"minimal sets need {stop}") from None


def places(circuit: Circuit) -> dict[int, int]:
    """The assumption of each draw, by its index in `circuit.assumption_coins`."""
    return {coin: i for i, coins in enumerate(circuit.assumption_coins.values()) for coin in coins}


def settled(gates: Gates, root: int, way: Way, place: Mapping[int, int], never: Collection[int]) -> Gates:
    """The gates with constants, best or worst, for draws that a root reads with one sign only.

    Draws that have a `place` are kept; those in `never` are false.
    """
    op = gates.op.copy()
    ways = ways_read(gates, root)
    for gate in np.flatnonzero(gates.op == Op.COIN).tolist():
        coin = int(gates.k[gate])
        if coin in never:
            op[gate] = Op.FALSE
        elif coin not in place and ways.get(coin) in (1, 2):
            op[gate] = Op.TRUE if (ways[coin] == 1) == (way == "possible") else Op.FALSE
    return gates._replace(op=op)


def _order(diagram: Diagram, place: Mapping[int, int]) -> list[int]:
    """The assumptions in the order in which the diagram first reads one of their draws, from the top."""
    first = 2 + diagram.coins
    read = [  # the slots that each module reads, those of its last nodes first
        dict.fromkeys(diagram.variable[start:end][::-1].tolist())
        for start, end in pairwise(diagram.modules.tolist())
    ]
    found: dict[int, None] = {}
    seen: set[int] = set()
    for slots in [*reversed(read), diagram.roots.tolist()]:
        waiting = list(slots)[::-1]
        while waiting:
            slot = waiting.pop()
            if slot < first:
                if slot - 2 in place:
                    found.setdefault(place[slot - 2])
                continue
            module = int(np.searchsorted(diagram.modules, slot - first, side="right")) - 1
            if module not in seen:
                seen.add(module)
                waiting += list(read[module])[::-1]
    return list(found)


def _reached(
    diagram: Diagram,
    wanted: Sequence[bool],
    place: Mapping[int, int],
    order: Sequence[int],
    never: Collection[int],
    table: Table,
    budget: Families,
) -> list[int]:
    """Edges for the first roots of a diagram: when each can have its wanted value."""
    first = 2 + diagram.coins
    asked = _asked(diagram, wanted)
    level = {assumption: at for at, assumption in enumerate(order)}
    can: list[dict[int, int]] = [{0: 1, 1: 0}, {0: 0, 1: 1}]  # of slots: when they can be false, or true
    slots = np.concatenate([diagram.variable, diagram.roots])
    for coin in np.unique(slots[(slots >= 2) & (slots < first)]).tolist():
        at = place.get(coin - 2)
        edge = 1 if at is None else table.node(level[at], 0, 1)
        can[1][coin] = 0 if coin - 2 in never else edge
        can[0][coin] = 1 if at is None else edge ^ 1
    variable, low, high = diagram.variable.tolist(), diagram.low.tolist(), diagram.high.tolist()
    for node, wants in enumerate(asked):
        if node & 1023 == 0 and monotonic() > budget.until:
            raise FamilyRefusal("more time")
        test_low, test_high = can[0].get(variable[node], 0), can[1].get(variable[node], 0)
        for value in (0, 1):
            if wants >> value & 1:
                below = both(table, test_low, can[value][low[node]], budget)
                above = both(table, test_high, can[value][high[node]], budget)
                can[value][first + node] = both(table, below ^ 1, above ^ 1, budget) ^ 1
    roots = diagram.roots.tolist()
    return [can[int(value)][root] for root, value in zip(roots, wanted, strict=False)]


def _asked(diagram: Diagram, wanted: Sequence[bool]) -> list[int]:
    """For each node, whether it is needed when it can be false (1), true (2), or both (3)."""
    first = 2 + diagram.coins
    asked = [0] * diagram.size
    for root, value in zip(diagram.roots.tolist(), wanted, strict=False):
        if root >= first:
            asked[root - first] |= 2 if value else 1
    variable, low, high = diagram.variable.tolist(), diagram.low.tolist(), diagram.high.tolist()
    for node in range(diagram.size - 1, -1, -1):
        if asked[node]:
            for child in (low[node], high[node]):
                if child >= first:
                    asked[child - first] |= asked[node]
            if variable[node] >= first:
                asked[variable[node] - first] = 3
    return asked


def _any(table: Table, edges: Iterable[int], budget: Families) -> int:
    none = reduce(_conjoined(table, budget), (edge ^ 1 for edge in dict.fromkeys(edges)), 1)
    return none ^ 1


def _conjoined(table: Table, budget: Families) -> Callable[[int, int], int]:
    return lambda a, b: both(table, a, b, budget)


def _family(table: Table, edge: int, order: Sequence[int], families: Families) -> MinimalSets:
    family = least(table, edge, [False] * len(order), families)
    return MinimalSets(families, family, {at: (assumption, False) for at, assumption in enumerate(order)})
