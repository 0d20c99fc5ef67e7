"""The choice of the engine: exact if diagrams fit the budget, else sampled worlds for parts that do not.

An answer of an exact engine is `exact` if it follows from the means of the numbers too, as
`sensa.session.Session.how` decides; else the numbers are sampled (`parameters-sampled`).
"""

from collections.abc import Callable
from typing import Literal

from sensa.circuit import Circuit
from sensa.engines.exact.engine import MAX_SECONDS, NODE_BUDGET, compile_exact
from sensa.engines.montecarlo.engine import MAX_TRIED_NODES, MAX_TRYING_SECONDS, compile_sampled
from sensa.engines.protocol import Engine
from sensa.kernels.program import Ints

Choice = Literal["auto", "exact", "montecarlo"]


def choose(
    circuit: Circuit,
    roots: Ints,
    choice: Choice = "auto",
    *,
    seed: int = 0,
    node_budget: int = NODE_BUDGET,
    seconds: float = MAX_SECONDS,
    progress: Callable[[int, int], None] | None = None,
) -> Engine:
    """The engine for these gates: `exact`, `montecarlo`, or with `auto` exact diagrams where they fit.

    With `auto`, diagrams have a smaller budget, since worlds are the alternative: only `exact` waits a
    minute for an exact answer. Raises `EngineRefusal` if `exact` does not fit its budget.
    """
    if choice == "exact":
        return compile_exact(
            circuit, roots=roots, node_budget=node_budget, seconds=seconds, progress=progress
        )
    tried = min(node_budget, MAX_TRIED_NODES) if choice == "auto" else 0
    patience = min(seconds, MAX_TRYING_SECONDS)
    return compile_sampled(
        circuit, roots=roots, seed=seed, node_budget=tried, seconds=patience, progress=progress
    )
