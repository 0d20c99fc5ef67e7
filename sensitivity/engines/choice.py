"""Which engine answers: the exact one where diagrams suffice, else worlds of what is too large."""

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
    """The engine for these gates: `exact` or `montecarlo` as asked; or, `auto`, of each part what suffices.

    Where diagrams have the alternative of worlds they are given up sooner: an exact answer that takes a
    minute is worth waiting for only where it was asked for. Raises `EngineRefusal` if `exact` was.
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
