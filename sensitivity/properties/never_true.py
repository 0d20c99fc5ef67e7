"""Nodes and outcomes that can never be true, whatever the numbers are."""

from collections.abc import Sequence

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.exact.engine import compile_exact
from sensa.engines.protocol import EngineRefusal

MAX_DIAGRAM_NODES = 50_000
MAX_SECONDS = 1.0


def never_true(circuit: Circuit, names: Sequence[str]) -> set[str]:
    """Those of the names whose gates, at all steps, are false in every world.

    By a diagram of these gates; none where it is too large. A name without a gate of its own may be true.
    """
    named = [(gate, label.split("@")[0]) for gate, label in circuit.labels.items()]
    named += [(gate, name) for name, gate in circuit.ended.items()]
    asked = [(gate, name) for gate, name in named if name in names]
    if not asked:
        return set()
    try:
        engine = compile_exact(
            circuit,
            roots=np.array([gate for gate, _ in asked], np.int32),
            node_budget=MAX_DIAGRAM_NODES,
            seconds=MAX_SECONDS,
        )
    except EngineRefusal:
        return set()
    possible = {name for i, (_, name) in enumerate(asked) if not engine.is_false(i)}
    return {name for _, name in asked} - possible
