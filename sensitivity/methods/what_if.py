"""What a reader needs to recompute a story with other credences: its diagram, and what can be moved.

Outcome probabilities are sums over a decision diagram, one step for each node, so that any program can
compute them for other draws: `value = (1 - p) * low + p * high`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sensa.circuit import Circuit, Coin
from sensa.engines.capabilities import DiagramEngine
from sensa.engines.exact.engine import ExactEngine
from sensa.kernels.program import Floats, Ints
from sensa.methods.settable_nodes import opened
from sensa.session import Session

MAX_NODES = 10_000
WORK = 2_500_000  # nodes times parameter values in one sweep: some 20 ms in a browser
MAX_NUMBERS = 24_000  # of parameter values times draws that vary
MAX_POINTS = 1024
SAMPLED = "worlds were sampled, so there is no diagram to compute with"
NO_DIAGRAM = "it needs a diagram in which every number can move, and that one exceeds the budget"

LeverKind = Literal["assumption", "safeguard", "event"]


@dataclass(frozen=True)
class Lever:
    """An assumption, a safeguard or an event whose draws can be set.

    A value sets all `coins`: an assumption's probability at every step, whatever its cases and challenges;
    a safeguard's power; an event's chance where it can happen. Off also sets those of `off` to 0: false
    alarms and leaks. Events with several chances can only be set off (`slides` is false).
    """

    name: str
    kind: LeverKind
    coins: tuple[int, ...]
    off: tuple[int, ...]
    now: float  # mean over the coins and the parameter values
    slides: bool = True


@dataclass(frozen=True)
class WhatIf:
    """The diagram of how a story ends, with the draws' probabilities at some parameter values.

    `variable`, `low`, `high`, `roots` and `measured` are slots as in `sensa.kernels.bdd.diagrams`: 0, 1, the
    draws, the nodes. `p` (points, draws) has one row if the draws' means determine all means, which are then
    exact; else some of the run's parameter values, rounded to float32, a point of each replicate after the
    other, so that the first few are evenly spread too.
    """

    draws: int
    variable: Ints
    low: Ints
    high: Ints
    roots: Ints
    measured: Ints  # of further gates that were asked for
    outcome_of_root: tuple[int, ...]
    outcomes: tuple[str, ...]
    p: Floats
    levers: tuple[Lever, ...]
    modes: Mapping[str, tuple[int, ...]]  # draws that are 0 where a failure mode never occurs

    @property
    def nodes(self) -> int:
        """The size of the diagram."""
        return len(self.variable)

    @property
    def exact(self) -> bool:
        """Whether means are exact rather than over points."""
        return len(self.p) == 1


def what_if(session: Session, gates: Sequence[int] = ()) -> WhatIf | str:
    """The diagram and its levers; or, as a text, why there is none.

    `gates` are of further events to compute, of a session whose circuit has a draw for every chance, and of
    a story whose worlds are exact.
    """
    if not gates and session.ends.way != "exact":
        return SAMPLED
    made = opened(session)
    roots = [*(root.gate for root in made.circuit.roots), *gates]
    engine = made.diagram(roots) if gates else made.diagram_ends
    if not isinstance(engine, ExactEngine):
        return NO_DIAGRAM
    diagram, circuit = engine.diagram, made.circuit
    if diagram.size > MAX_NODES:
        return f"its diagram has {diagram.size:,} nodes, and a page carries at most {MAX_NODES:,}"
    p = _probabilities(made, engine)
    outcomes = len(circuit.roots)
    place = {name: i for i, name in enumerate(made.outcomes)}
    levers = [*_assumptions(circuit, p), *_others(circuit, p, "safeguard"), *_others(circuit, p, "event")]
    return WhatIf(
        diagram.coins,
        diagram.variable,
        diagram.low,
        diagram.high,
        diagram.roots[:outcomes],
        diagram.roots[outcomes : outcomes + len(gates)],
        tuple(place[root.outcome] for root in circuit.roots),
        tuple(made.outcomes),
        p,
        tuple(lever for lever in levers if _moves(engine, lever)),
        _modes(session, circuit),
    )


def _probabilities(session: Session, engine: DiagramEngine) -> Floats:
    """The draws' means (1, draws) if these are enough, else the first points of every replicate."""
    if session.mean_p is not None:
        return session.mean_p
    replicates = session.settings.replicates
    varying = max(len(session.circuit.parameters), 1)
    most = min(MAX_POINTS, WORK // max(engine.size, 1), MAX_NUMBERS // varying)
    points = 1 << max((most // replicates).bit_length() - 1, 2)
    p = np.stack([block.p for block in session.points.blocks(points)], axis=1)
    rounded: Floats = p.reshape(-1, p.shape[2]).astype(np.float32).astype(np.float64)
    return rounded


def _assumptions(circuit: Circuit, p: Floats) -> list[Lever]:
    return [
        Lever(name, "assumption", coins, (), float(p[:, list(coins)].mean()))
        for name, coins in circuit.assumption_coins.items()
        if coins
    ]


def _others(circuit: Circuit, p: Floats, kind: LeverKind) -> list[Lever]:
    """Safeguards or events, in the order of their draws."""
    table = f"{kind}s."
    by_node: dict[str, list[tuple[int, Coin]]] = {}
    for i, coin in enumerate(circuit.coins):
        if coin.draw.startswith(table):
            by_node.setdefault(coin.node, []).append((i, coin))
    return [_lever(name, kind, coins, p) for name, coins in by_node.items()]


def _lever(name: str, kind: LeverKind, coins: Sequence[tuple[int, Coin]], p: Floats) -> Lever:
    main = tuple(i for i, coin in coins if not coin.alone)
    slides = bool(main) and len({coin.path for _, coin in coins if not coin.alone}) == 1
    set_off = tuple(i for i, _ in coins)
    return Lever(name, kind, main, set_off, float(p[:, list(main or set_off)].mean()), slides)


def _moves(engine: DiagramEngine, lever: Lever) -> bool:
    """Whether any outcome depends on the lever."""
    return bool(np.isin([*lever.coins, *lever.off], engine.coins_read).any())


def _modes(session: Session, circuit: Circuit) -> dict[str, tuple[int, ...]]:
    of = session.graph.modes
    return {
        mode: tuple(i for i, coin in enumerate(circuit.coins) if of.get(coin.node) == mode)
        for mode in dict.fromkeys(of.values())
    }
