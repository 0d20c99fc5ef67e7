"""Shapley effects: the variance of each outcome, divided among all unknowns without a remainder."""

import numpy as np
import xarray as xr

from sensa.analyses.sobol_truth import nodes_of, truth_layer
from sensa.engines.protocol import EngineRefusal
from sensa.results import How, described
from sensa.sampling.estimates import spread
from sensa.session import Session
from sensa.variance.datasets import Variables, certain, constant, mark, unknown, variables
from sensa.variance.exact_indices import TooMuchWorkError, shares
from sensa.variance.exact_indices import shapley as exact_shapley
from sensa.variance.factors import factors
from sensa.variance.moments import EntangledError, credence_outputs
from sensa.variance.saltelli import Design
from sensa.variance.sampled_shapley import PERMUTATION_POINTS, permutations
from sensa.variance.sobol_outputs import with_covariances

NO_PARAMETERS = "no parameters: nothing is uncertain in the credence layer"


def shapley(session: Session) -> xr.Dataset:
    """The Shapley effect of each parameter and of each node on each outcome: shares that add up to 1.

    An effect is the reduction of the variance by knowing one more unknown, averaged over all orders in which
    they may become known (Owen 2014, 10.1137/130936233). It lies between the first-order and the
    total index, and unlike them it is meaningful for dependent parameters: members of `[[dependence]]`
    have separate effects, and one that no draw reads has an effect if it is correlated with one that is read.

    `credence` (parameter, outcome): which unknown number; `truth` (node, outcome): which unknown fact, with
    parameters at their means. `kind_…` (…, kind) and, where losses are stated and add up linearly, `loss_…`
    likewise; `…_error` are standard errors, 0 where exact. Exact in the truth layer, and in the credence
    layer if each parameter moves only one draw; else sampled by Goda's estimator (`how` says so). NaN,
    with a note, for an outcome that does not vary, and if the work would be too large.

    Misleads if read as the effect of an intervention, as all variance shares do. An effect has no
    direction.
    """
    credence, how, notes = _credence(session)
    truth, more = _truth(session)
    data = xr.Dataset(
        {**credence, **truth},
        coords={
            "parameter": [parameter.path for parameter in session.circuit.parameters],
            "node": [node.name for node in nodes_of(session)],
            "outcome": session.outcomes,
            "kind": session.circuit.kinds,
        },
    )
    mark(data, "truth", "exact")
    return described(data, how=how, note="; ".join(dict.fromkeys([*notes, *more])))


def _credence(session: Session) -> tuple[Variables, How, list[str]]:
    if not session.circuit.parameters:
        return unknown(session, ["credence"], [0], ["parameter"]), "exact", [NO_PARAMETERS]
    try:
        if len(factors(session.circuit)) < len(session.circuit.parameters):
            raise EntangledError("some parameters are tied")
        found, layer, made = credence_outputs(session)
        effects = exact_shapley(layer, made)
    except (EntangledError, TooMuchWorkError) as why:
        return _sampled(session, str(why))
    table = variables(
        session, {"credence": certain(effects)}, ["parameter"], list(found.kinds.values()), found.loss
    )
    return table, "exact", constant(session, effects)


def _sampled(session: Session, why: str) -> tuple[Variables, How, list[str]]:
    count = len(session.circuit.parameters)
    design = Design(session, tuple((i,) for i in range(count)))
    points = (
        session.budget.points_for(count + 1, design.engine.size) // PERMUTATION_POINTS * PERMUTATION_POINTS
    )
    if points < PERMUTATION_POINTS or design.engine.way != "exact":
        blank = unknown(session, ["credence"], [count], ["parameter"])
        return (
            blank,
            "parameters-sampled",
            [f"not computed: {why}, and sampling exceeds the budget"],
        )
    parts, variance = permutations(design, points)
    ends = len(session.outcomes)
    whole = variance.mean(axis=0)
    varies = whole > 1e-14 * np.abs(whole).max()
    shared = shares(parts.transpose(2, 0, 1), np.where(varies, whole, 0.0), clip=False)
    estimate = spread(shared.transpose(1, 0, 2))
    loss = ends + len(session.circuit.kinds) if session.circuit.losses else None
    table = variables(
        session, {"credence": estimate}, ["parameter"], range(ends, ends + len(session.circuit.kinds)), loss
    )
    return table, "parameters-sampled", [f"sampled, since {why}", *constant(session, estimate.mean)]


def _truth(session: Session) -> tuple[Variables, list[str]]:
    nodes = nodes_of(session)
    blank = unknown(session, ["truth"], [len(nodes)], ["node"])
    try:
        found, made = with_covariances(session, "truth")
    except EngineRefusal as refusal:
        return blank, [str(refusal)]
    try:
        effects = exact_shapley(truth_layer(session, found.coins, nodes), made)
    except TooMuchWorkError as error:
        return blank, [f"truth layer not computed: {error}"]
    table = variables(session, {"truth": certain(effects)}, ["node"], list(found.kinds.values()), found.loss)
    return table, constant(session, effects)
