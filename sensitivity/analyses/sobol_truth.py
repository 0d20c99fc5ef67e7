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
from sensa.variance.sobol_outputs import with_covariances

MAX_PAIRS_BY_STEP = 100_000  # pairs of nodes for indices by step,
MAX_STEPS = 64  # and steps


def sobol_truth(session: Session) -> xr.Dataset:
    """First-order and total indices of each node of the story for how it ends, parameters at their means.

    The output is 1 in the worlds with that end and 0 in others; factors are assumptions, challenges, choices,
    events and safeguards, each with all its draws at all steps. The first-order index is the share of the
    variance that knowing the fact would remove on average; the total index is the share that would be
    left if all other facts were known. In a conjunction of unlikely facts no single one explains much:
    first-order indices are small and total indices large.

    `first`, `total` (factor, outcome), `kind_…` (factor, kind), `loss_…` (factor) if losses are stated,
    at the parameters' mean; `first_by_step`, `total_by_step` (factor, outcome, step), of ending at that
    step, for stories of several steps if that is cheap; `node` (factor) has the kind of each, `members` its
    draws. All are exact, with errors of 0; without a diagram, or if its product is too large, indices come
    from twin worlds that share only a node's draws, with `…_error`, and without the loss. An
    outcome that is certain, or impossible, has no indices (NaN, with a note).

    Misleads if read as what could go wrong: a nearly certain fact has a small index, though
    everything may depend on it; see `violations`. It also does not say which *number* is worth a closer look:
    see `sobol_credence`.

    Sobol' 1993; computed on the product of the diagram with itself, see `sensa.kernels.bdd.self_product`.
    """
    nodes = nodes_of(session)
    names = [node.name for node in nodes]
    coords = {"factor": names, "outcome": session.outcomes, "kind": session.circuit.kinds}
    about = {
        "node": ("factor", [node.kind for node in nodes]),
        "members": ("factor", [", ".join(node.draws) for node in nodes]),
    }
    try:
        found, made = with_covariances(session, "truth")
    except EngineRefusal as refusal:
        table, how, note = _sampled(session, nodes, str(refusal))
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
    """Indices from twin worlds, without the loss."""
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
        if coin.node in kind:  # else a comparison of numbers: not a fact, and certain at their means
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
    """The truth layer: each coin is 0 or 1 in a world, and the factors are the nodes."""
    m = means(session.circuit, coins)
    return Layer(m, m * (1 - m), tuple(node.coins for node in nodes))


def _by_step(session: Session, layer: Layer) -> Variables:
    """Indices of ending at each step; empty if that is not cheap."""
    engine = session.diagram_ends
    if engine is None:
        return {}
    roots = session.circuit.roots
    combine = np.eye(len(roots), engine.roots)
    try:
        covariances = engine.covariances(combine, pairs=MAX_PAIRS_BY_STEP)
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
