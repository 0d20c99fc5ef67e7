"""Second-order indices: what two unknowns explain only together."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import xarray as xr

from sensa.analyses.sobol_truth import nodes_of, truth_layer
from sensa.engines.exact.covariances import Covariances
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.program import Floats
from sensa.kernels.ties import PROBABILITY_ROUNDING, largest
from sensa.results import UNDEFINED, How, described
from sensa.sampling.estimates import Estimate, spread
from sensa.session import Session
from sensa.variance.datasets import Variables, certain, mark, unknown, variables
from sensa.variance.exact_indices import Indices, Layer, indices
from sensa.variance.exact_indices import second_order as exact_second_order
from sensa.variance.factors import factors
from sensa.variance.moments import EntangledError, credence_outputs
from sensa.variance.saltelli import Design, sampled
from sensa.variance.sobol_outputs import with_covariances

MAX_FACTORS = 12  # factors of each layer whose pairs are all computed
MIN_POINTS = 64
NO_PARAMETERS = "no parameters: nothing is uncertain in the credence layer"


def second_order(session: Session) -> xr.Dataset:
    """The second-order index of the pairs of factors that interact the most, for each outcome.

    The share of the variance that knowing both removes beyond what knowing each alone does: a pair's closed
    index is the sum of its two first-order indices and this one. In each layer the 12 factors (or fewer) of
    the largest interactions of any order (total less first order, at the outcome where that is largest) are
    taken, and all pairs of them.

    `credence` (parameter, other, outcome): parameters, those that `[[dependence]]` ties as one; `truth`
    (node, other_node, outcome): facts, with parameters at their means. `kind_…` and, where losses are stated
    and add up linearly, `loss_…` likewise; symmetric, NaN on the diagonal. Exact as `sobol_credence` is, else
    sampled with `…_error`, and small indices may then come out negative.

    Misleads if interactions are of higher order: a conjunction of many unlikely facts has small indices of
    each order and large totals. A large index does not say whether the two strengthen or cancel each other.
    """
    credence, parameters, how, notes = _credence(session)
    truth, nodes, more = _truth(session)
    data = xr.Dataset(
        {**credence, **truth},
        coords={
            "parameter": parameters,
            "other": parameters,
            "node": nodes,
            "other_node": nodes,
            "outcome": session.outcomes,
            "kind": session.circuit.kinds,
        },
    )
    mark(data, "truth", "exact")
    return described(data, how=how, note="; ".join(dict.fromkeys([*notes, *more])))


def _strongest(first: Floats, total: Floats) -> list[int]:
    """The factors with the largest interactions, in their original order."""
    both = np.where(np.isnan(total), 0.0, total - first).max(axis=0, initial=0.0)
    return sorted(
        f for f in largest(both.tolist(), MAX_FACTORS, absolute=PROBABILITY_ROUNDING) if both[f] > 0
    )


def _square(pairs: Floats, count: int) -> Floats:
    """Values of pairs (outputs, pairs) as symmetric matrices (outputs, count, count)."""
    out = np.full((len(pairs), count, count), UNDEFINED)
    for column, (i, j) in enumerate(combinations(range(count), 2)):
        out[:, i, j] = out[:, j, i] = pairs[:, column]
    return out


def _exact(layer: Layer, covariances: Covariances, found: Indices) -> tuple[list[int], Floats]:
    chosen = _strongest(found.first, found.total)
    pairs = list(combinations(chosen, 2))
    return chosen, _square(exact_second_order(layer, covariances, pairs), len(chosen))


def _credence(session: Session) -> tuple[Variables, list[str], How, list[str]]:
    groups = factors(session.circuit)
    names = [" + ".join(session.circuit.parameters[i].path for i in group) for group in groups]
    dims = ["parameter", "other"]
    if not groups:
        return unknown(session, ["credence"], [0, 0], dims), [], "exact", [NO_PARAMETERS]
    try:
        found, layer, made = credence_outputs(session)
    except EntangledError as why:
        return _sampled(session, groups, names, str(why))
    chosen, values = _exact(layer, made, indices(layer, made))
    table = variables(session, {"credence": certain(values)}, dims, list(found.kinds.values()), found.loss)
    return table, [names[f] for f in chosen], "exact", []


def _sampled(
    session: Session, groups: Sequence[tuple[int, ...]], names: list[str], why: str
) -> tuple[Variables, list[str], How, list[str]]:
    dims = ["parameter", "other"]
    alone = Design(session, tuple(groups))
    pairs = min(len(groups), MAX_FACTORS) * (min(len(groups), MAX_FACTORS) - 1) // 2
    points = session.budget.points_for(alone.passes + pairs, alone.engine.size)
    if points < MIN_POINTS or alone.engine.way != "exact":
        note = f"not computed: {why}, and sampling exceeds the budget"
        return unknown(session, ["credence"], [0, 0], dims), [], "parameters-sampled", [note]
    found = sampled(alone, points, what="second_order")
    chosen = _strongest(found.first.mean(axis=0).T, found.total.mean(axis=0).T)
    joint = tuple((*groups[i], *groups[j]) for i, j in combinations(chosen, 2))
    together = sampled(Design(session, joint), found.points, what="second_order").first
    own = found.first
    parts = (
        together
        - np.stack(
            [own[:, i] + own[:, j] for i, j in combinations(chosen, 2)] or [own[:, :0].sum(axis=1)], axis=1
        )[:, : together.shape[1]]
    )
    estimate = spread(parts)
    squares = Estimate(*(_square(part.T, len(chosen)) for part in (estimate.mean, estimate.error)))
    ends, count = len(session.outcomes), len(session.circuit.kinds)
    loss = ends + count if session.circuit.losses else None
    table = variables(session, {"credence": squares}, dims, range(ends, ends + count), loss)
    return table, [names[f] for f in chosen], "parameters-sampled", [f"sampled, since {why}"]


def _truth(session: Session) -> tuple[Variables, list[str], list[str]]:
    nodes, dims = nodes_of(session), ["node", "other_node"]
    try:
        found, made = with_covariances(session, "truth")
    except EngineRefusal as refusal:
        return unknown(session, ["truth"], [0, 0], dims), [], [str(refusal)]
    layer = truth_layer(session, found.coins, nodes)
    chosen, values = _exact(layer, made, indices(layer, made))
    table = variables(session, {"truth": certain(values)}, dims, list(found.kinds.values()), found.loss)
    return table, [nodes[f].name for f in chosen], []
