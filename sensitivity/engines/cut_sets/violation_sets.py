"""Minimal sets of violated assumptions with which a gate can or must be true, from a diagram of that gate."""

from collections.abc import Collection, Mapping

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.cut_sets.possible_ends import Way, assumption_order, family_of, places, reached
from sensa.engines.cut_sets.read_signs import ways_read
from sensa.engines.cut_sets.set_family import MAX_SECONDS, NODE_BUDGET, MinimalSets
from sensa.engines.exact.engine import compile_gates
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.bdd.build_python import Table
from sensa.kernels.bdd.zero_suppressed import Families, FamilyRefusal
from sensa.kernels.program import Gates, Op
from sensa.kernels.work_clock import clock


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
    until = clock() + seconds
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
    order = assumption_order(diagram, place)
    table = Table(len(order))
    try:
        (edge,) = reached(diagram, [way == "possible"], place, order, (), table, families)
        return family_of(table, edge if way == "possible" else edge ^ 1, order, families)
    except FamilyRefusal as stop:
        raise EngineRefusal(f"minimal sets need {stop}") from None


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
