"""The direction in which each draw moves a gate, proven by its decision diagram."""

import numpy as np

from sensa.engines.cut_sets.module_layers import Layers, signs
from sensa.engines.cut_sets.read_signs import one_way
from sensa.engines.exact.engine import compile_gates
from sensa.kernels.bdd.zero_suppressed import Families
from sensa.kernels.program import Gates
from sensa.kernels.work_clock import clock

NODE_BUDGET = 200_000
MAX_SECONDS = 10.0


def directions(
    gates: Gates, root: int, coins: int, *, node_budget: int = NODE_BUDGET, seconds: float = MAX_SECONDS
) -> dict[int, int]:
    """For each draw that a gate depends on: 1 if the gate never falls as the draw comes true, -1 if it never
    rises, 0 if it does both. Raises `EngineRefusal` or `FamilyRefusal` beyond the budget."""
    families = Families(node_budget, clock() + seconds)
    diagram = compile_gates(
        gates, np.array([root], np.int32), coins=coins, node_budget=node_budget, seconds=seconds
    ).diagram
    layers, known = Layers(diagram), one_way(gates, root)
    found: dict[int, int] = {}
    done: set[tuple[int, int]] = set()
    waiting = [(layers.root, 1)]
    while waiting:
        slot, way = waiting.pop()
        if slot < 2 or (slot, way) in done:
            continue
        done.add((slot, way))
        if slot < layers.first:
            found[slot - 2] = way if found.get(slot - 2, way) == way else 0
            continue
        nodes = layers.below([slot])
        waiting += [(one, sign * way) for one, sign in signs(layers, nodes, families, known).items()]
    return found
