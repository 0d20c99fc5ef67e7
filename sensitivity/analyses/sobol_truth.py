"""Sobol' indices in the truth layer: which unknown fact drives how the story ends."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from sensa.circuit import Circuit, Coin
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.program import Floats
from sensa.results import UNDEFINED, How, described
from sensa.sampling.parameters import at_means
from sensa.session import Session
from sensa.variance.datasets import Variables, certain, constant, unknown, variables
from sensa.variance.exact_indices import Layer, indices
from sensa.variance.outputs import outputs

NO_DIAGRAM = "no diagram within the budget"
BY_STEP = 100_000  # pairs of nodes that indices by step may take,
MAX_STEPS = 64  # in stories of at most so many


def sobol_truth(session: Session) -> xr.Dataset:
    """First-order and total indices of each node of the story for how it ends, parameters at their means.

    The output is 1 in the worlds that end so and 0 elsewhere; factors are assumptions, challenges, choices,
    events and safeguards, each with all its draws at all steps. The first-order index is the share of the
    variance that knowing the fact would take away on average; the total index is the share that would be
    left if all other facts were known. In a conjunction of unlikely facts no single one explains much: first
    orders are small and totals large.

    `first`, `total` (factor, outcome), `kind_…` (factor, kind), `loss_…` (factor) where losses are stated,
    at the parameters' mean; `first_by_step`, `total_by_step` (factor, outcome, step), of ending so at that
    step, for stories of several steps where that is cheap; `node` (factor) says what each is, `members` its
    draws. All are exact: errors are 0; without a diagram, or where its product is too large, indices come
    from twin worlds that share a node's draws and nothing else, with `…_error`, and none for the loss. An
    outcome that is certain, or impossible, has none (NaN, with a note).

    Misleads where read as what could go wrong: a fact of which one is nearly sure has a small index and may
    still be what everything hangs on; ask `violations`. It is also not which *number* is worth a closer look:
    ask `sobol_credence`.

    Sobol' 1993; computed on the product of the diagram with itself, see `sensa.kernels.bdd.self_product`.
    """
    nodes = nodes_of(session)
    names = [node.name for node in nodes]
    coords = {"factor": names, "outcome": session.outcomes, "kind": session.circuit.kinds}
    about = {
        "node": ("factor", [node.kind for node in nodes]),
        "members": ("factor", [", ".join(node.draws) for node in nodes]),
    }
    found = outputs(session, "truth")
    made = EngineRefusal(NO_DIAGRAM) if found is None else found.covariances(session)
    if found is None or isinstance(made, EngineRefusal):
        table, how, note = _sampled(session, nodes, str(made))
        return described(xr.Dataset({**table, **about}, coords=coords), how=how, note=note)
    layer = truth_layer(session, found.coins, nodes)
    both = indices(layer, made)
    table = variables(
        session,
        {"first": certain(both.first), "total": certain(both.total)},
        ["factor"],
        list(found.kinds.values()),
        found.loss,
    )
    steps = _by_step(session, layer) if 1 < len(session.circuit.steps) <= MAX_STEPS else {}
    counted = {"step": np.arange(1, len(session.circuit.steps) + 1)} if steps else {}
    data = xr.Dataset({**table, **about, **steps}, coords={**coords, **counted})
    return described(data, exact=True, note="; ".join(constant(session, both.total)))


def _sampled(session: Session, nodes: list["NodeDraws"], why: str) -> tuple[Variables, How, str]:
    """From twin worlds; of the loss nothing is known."""
    from sensa.variance.twin_worlds import truth_indices  # loads compiled code

    blank = unknown(session, ("first", "total"), [len(nodes)], ["factor"])
    found = (
        truth_indices(session, at_means(session.circuit).p[0], [node.coins for node in nodes])
        if nodes
        else None
    )
    if found is None:
        return blank, "worlds-sampled", why
    ends, count = len(session.outcomes), len(session.circuit.kinds)
    parts = dict(zip(("first", "total"), found, strict=True))
    known = variables(session, parts, ["factor"], range(ends, ends + count), None)
    return {**blank, **known}, "worlds-sampled", f"from sampled worlds, since {why}"


@dataclass(frozen=True)
class NodeDraws:
    """A node of the story and its draws, at all steps."""

    name: str
    kind: str
    coins: tuple[int, ...]
    draws: tuple[str, ...]


def nodes_of(session: Session) -> list[NodeDraws]:
    """The nodes that have draws, in the order of the story."""
    kind = {node.name: node.kind for node in session.graph.nodes}
    by_node: dict[str, list[int]] = {}
    for i, coin in enumerate(session.circuit.coins):
        if coin.node in kind:  # else a comparison of numbers: no fact of its own, and certain at their means
            by_node.setdefault(coin.node, []).append(i)
    place = {name: i for i, name in enumerate(kind)}
    return [
        NodeDraws(name, kind[name], tuple(coins), tuple(session.circuit.coins[i].draw for i in coins))
        for name, coins in sorted(by_node.items(), key=lambda item: place[item[0]])
    ]


def means(circuit: Circuit, coins: tuple[Coin, ...]) -> Floats:
    """The coins' probabilities (1, coins) at the parameters' means."""
    p = at_means(circuit).p
    more = len(coins) - p.shape[1]
    return np.concatenate([p, np.zeros((1, more))], axis=1) if more else p


def truth_layer(session: Session, coins: tuple[Coin, ...], nodes: list[NodeDraws]) -> Layer:
    """Each coin 0 or 1 in a world; the factors are the nodes."""
    m = means(session.circuit, coins)
    return Layer(m, m * (1 - m), tuple(node.coins for node in nodes))


def _by_step(session: Session, layer: Layer) -> Variables:
    """Indices of ending so at each step; none where that is not cheap."""
    engine = session.exact_ends
    if engine is None:
        return {}
    roots = session.circuit.roots
    combine = np.eye(len(roots), engine.roots)
    try:
        covariances = engine.covariances(combine, pairs=BY_STEP)
    except EngineRefusal:
        return {}
    both = indices(layer, covariances)
    place = {name: i for i, name in enumerate(session.outcomes)}
    shape = layer.factors, len(place), len(session.circuit.steps)
    table: Variables = {}
    for name, values in (("first", both.first), ("total", both.total)):
        found = np.full(shape, UNDEFINED)
        for row, root in enumerate(roots):
            found[:, place[root.outcome], root.step] = values[row]
        table[f"{name}_by_step"] = (("factor", "outcome", "step"), found)
    return table
