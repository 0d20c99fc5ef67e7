"""The choice of the engine: diagrams if they fit the budget, else elimination, else sampled worlds.

An answer of an exact engine is `exact` if it follows from the means of the numbers too, as
`sensa.session.Session.how` decides; else the numbers are sampled (`parameters-sampled`).
"""

from collections.abc import Callable
from functools import partial
from typing import Literal

from sensa.circuit import Circuit
from sensa.engines.elimination import budgets
from sensa.engines.exact.engine import MAX_SECONDS, NODE_BUDGET, compile_exact, target
from sensa.engines.exact.network import Network
from sensa.engines.montecarlo.engine import (
    ASKED,
    MAX_TRIED_NODES,
    MAX_TRYING_SECONDS,
    by_worlds,
    compile_sampled,
)
from sensa.engines.parts import Answers, OpenPart, compile_in_parts
from sensa.engines.protocol import Engine, EngineRefusal
from sensa.kernels.program import Ints

TRIED_NODES_PER_DRAW = 64

Choice = Literal["auto", "exact", "elimination", "montecarlo"]


def tried_nodes(draws: int) -> int:
    """The nodes that an order may create before a part is left without a diagram: more for long stories."""
    return max(MAX_TRIED_NODES, TRIED_NODES_PER_DRAW * draws)


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
    """The engine for these gates: `exact`, `elimination`, `montecarlo`, or the first that fits (`auto`).

    Diagrams have a smaller budget first, since a part without one is eliminated. What exceeds that budget too
    is sampled with `auto`; only with `exact` does it wait a minute for a diagram. Raises `EngineRefusal` if
    `exact` or `elimination` does not fit its budget.
    """
    if choice == "elimination":
        from sensa.engines.elimination.engine import compile_eliminated

        row_budget = budgets.row_budget(node_budget)
        return compile_eliminated(circuit, roots=roots, row_budget=row_budget, seconds=seconds)
    if choice == "montecarlo":
        return compile_sampled(circuit, roots=roots, seed=seed, seconds=seconds, progress=progress)
    compiled = partial(
        _in_parts,
        circuit,
        roots,
        node_budget=min(node_budget, tried_nodes(len(circuit.coins))),
        row_budget=budgets.tried_row_budget(node_budget),
        seconds=min(seconds, MAX_TRYING_SECONDS),
        progress=progress,
    )
    if choice == "auto":
        return compiled(otherwise=by_worlds([coin.draw for coin in circuit.coins], seed))
    try:
        return compiled(otherwise=_refusing)
    except EngineRefusal:
        return compile_exact(
            circuit, roots=roots, node_budget=node_budget, seconds=seconds, progress=progress, rewrite=True
        )


def _in_parts(
    circuit: Circuit,
    roots: Ints,
    *,
    otherwise: Callable[[Network], Callable[[OpenPart], Answers]],
    node_budget: int,
    row_budget: int,
    seconds: float,
    progress: Callable[[int, int], None] | None,
) -> Engine:
    """Diagrams, parts without one eliminated, and what exceeds that budget too answered by `otherwise`."""

    def answering(network: Network) -> Callable[[OpenPart], Answers]:
        from sensa.engines.elimination.engine import by_elimination

        patience = min(seconds, budgets.MAX_TRYING_SECONDS)
        return by_elimination(row_budget, patience, otherwise(network))

    return compile_in_parts(
        target(circuit, roots),
        answering,
        asked=ASKED,
        whole="montecarlo",
        node_budget=node_budget,
        seconds=seconds,
        progress=progress,
    )


def _refusing(network: Network) -> Callable[[OpenPart], Answers]:
    def refuse(open_part: OpenPart) -> Answers:
        raise EngineRefusal("neither a diagram nor elimination fits the budget")

    return refuse
