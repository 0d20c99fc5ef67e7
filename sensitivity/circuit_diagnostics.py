"""Checks that need the circuit: choices that can lose all options, outcomes that never happen."""

from collections.abc import Iterator

import numpy as np

from sensa.circuit import Circuit
from sensa.defects import Defect
from sensa.engines.exact.engine import ExactEngine, compile_exact
from sensa.engines.parts import ExactPartsEngine
from sensa.engines.protocol import Engine, EngineRefusal

MAX_DIAGRAM_NODES = 200_000
MAX_SECONDS = 10.0


def errors(circuit: Circuit) -> Iterator[Defect]:
    """Cases of choices that leave no option and can happen, at least under an intervention."""
    for empty in circuit.empty:
        case = f"where `{empty.case}` apply" if empty.case else "with no rule applying"
        try:
            engine = compile_exact(
                circuit,
                roots=np.array([empty.gate], np.int32),
                node_budget=MAX_DIAGRAM_NODES,
                seconds=MAX_SECONDS,
            )
        except EngineRefusal:
            message = f"no option is left {case}, and it could not be shown that this never happens"
            yield Defect("no-option-left", empty.path, message, "leave an option that nothing excludes")
            continue
        if not engine.is_false(0):
            message = f"no option is left {case}, and that can happen"
            yield Defect("no-option-left", empty.path, message, "leave an option that nothing excludes")


def warnings(circuit: Circuit, ends: Engine | None = None) -> Iterator[Defect]:
    """Outcomes whose gates are false, whatever the numbers are.

    `ends`, if there, is an engine whose first roots are the circuit's, so that no other needs to be made.
    """
    if isinstance(ends, ExactEngine | ExactPartsEngine):
        possible = {root.outcome for i, root in enumerate(circuit.roots) if not ends.is_false(i)}
    else:
        gates = np.array(list(circuit.ended.values()), np.int32)
        try:
            engine = compile_exact(circuit, roots=gates, node_budget=MAX_DIAGRAM_NODES, seconds=MAX_SECONDS)
        except EngineRefusal:
            return
        possible = {name for i, name in enumerate(circuit.ended) if not engine.is_false(i)}
    for name in circuit.ended:
        if name not in possible:
            yield Defect(
                "impossible-outcome",
                f"outcomes.{name}",
                "can never happen, whatever the numbers",
                "see whether an outcome written before it takes all of its cases",
            )
