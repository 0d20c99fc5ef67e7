"""The possible ends of a story as functions of its violated assumptions, from a decision diagram.

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
from typing import Literal

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.cut_sets.set_family import MAX_SECONDS, NODE_BUDGET, MinimalSets
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.bdd.build_python import Table
from sensa.kernels.bdd.diagrams import Diagram
from sensa.kernels.bdd.zero_suppressed import Families, FamilyRefusal, conjunction, minimal_solutions
from sensa.kernels.work_clock import clock

Way = Literal["possible", "certain"]


@dataclass(frozen=True)
class PossibleEnds:
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
        families = Families(node_budget, clock() + seconds)
        inside = [name in outcomes for name in self.outcomes]
        if way == "possible":
            edges = [edge for edge, within in zip(self.can, inside, strict=True) if within]
        else:
            edges = [edge for edge, within in zip(self.ever, inside, strict=True) if not within]
        try:
            edge = _any(self.table, edges, families)
            return family_of(self.table, edge if way == "possible" else edge ^ 1, self.order, families)
        except FamilyRefusal as stop:
            raise EngineRefusal(f"minimal sets need {stop}") from None


def possible_ends(
    circuit: Circuit,
    diagram: Diagram,
    *,
    never: Collection[int] = (),
    node_budget: int = NODE_BUDGET,
    seconds: float = MAX_SECONDS,
) -> PossibleEnds:
    """The possible ends of the circuit's roots (the first of the diagram) as functions of the assumptions.

    The draws in `never` count as false for what is possible. Raises `EngineRefusal` beyond the
    budget.
    """
    budget = Families(node_budget, clock() + seconds)
    place = places(circuit)
    order = assumption_order(diagram, place)
    table = Table(len(order))
    wanted = [True] * len(circuit.roots)
    try:
        ever = reached(diagram, wanted, place, order, (), table, budget)
        can = reached(diagram, wanted, place, order, never, table, budget) if never else ever
    except FamilyRefusal as stop:
        raise EngineRefusal(f"what violations lead to needs {stop}") from None
    names = tuple(root.outcome for root in circuit.roots)
    return PossibleEnds(table, tuple(order), names, tuple(can), tuple(ever))


def places(circuit: Circuit) -> dict[int, int]:
    """The assumption of each draw, by its index in `circuit.assumption_coins`."""
    return {coin: i for i, coins in enumerate(circuit.assumption_coins.values()) for coin in coins}


def assumption_order(diagram: Diagram, place: Mapping[int, int]) -> list[int]:
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


def reached(
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
        if node & 1023 == 0 and clock() > budget.until:
            raise FamilyRefusal("more time")
        test_low, test_high = can[0].get(variable[node], 0), can[1].get(variable[node], 0)
        for value in (0, 1):
            if wants >> value & 1:
                below = conjunction(table, test_low, can[value][low[node]], budget)
                above = conjunction(table, test_high, can[value][high[node]], budget)
                can[value][first + node] = conjunction(table, below ^ 1, above ^ 1, budget) ^ 1
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
    return lambda a, b: conjunction(table, a, b, budget)


def family_of(table: Table, edge: int, order: Sequence[int], families: Families) -> MinimalSets:
    """The minimal sets of violated assumptions that make a function of them true."""
    family = minimal_solutions(table, edge, [False] * len(order), families)
    return MinimalSets(families, family, {at: (assumption, False) for at, assumption in enumerate(order)})
