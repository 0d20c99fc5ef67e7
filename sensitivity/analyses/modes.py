"""How much of each outcome runs through each failure mode, and through the failing of each criterion."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import xarray as xr

from sensa.flow_circuit import NONE, flow_circuit
from sensa.kernels.program import Floats
from sensa.methods.settable_nodes import forced, opened
from sensa.results import How, described
from sensa.sampling.estimates import spread
from sensa.session import Session
from sensa.variance.datasets import with_errors

MAX_STEPS = 100
TOO_LONG = f"flows are followed over at most {MAX_STEPS} steps"
NO_MODES = "no event states a failure mode"

Variables = dict[str, Any]


def modes(session: Session) -> xr.Dataset:
    """Through which failure mode, and which criterion's failing, each outcome came about: flows that add up.

    `flow` (outcome, mode): P(the story ends so, and this mode was the first on its way). An event with a mode
    is on the way if the outcome's rule depends on it, other than to prevent it, and it happened by the end;
    what is drawn once comes before the first step, and in one step an event before those that depend on it.
    Where several modes come first at once, the path is split equally: none of them is earlier. How a story
    ends `otherwise` counts all that is on the way elsewhere: what happened and came to nothing.
    `tied` (outcome): the probability that was split. With the mode `none`, for paths without any such event,
    flows add up to P(outcome) over the modes; `kind_flow` (kind, mode) sums the outcomes of each kind.

    `shapley` (outcome, mode) is of causes instead: what the mode adds to P(outcome) by happening at all,
    averaged over all orders in which modes are let happen (Shapley 1953, 10.1515/9781400881970-018); `none`:
    P(outcome) if no mode ever happens. These add up too, and are negative where a mode prevents the outcome.
    The share of `carried_by` is the last step of that order alone, and does not add up.

    `criterion_flow` (outcome, criterion): the same flow by the criteria of the first assumptions that are
    violated; `kind_criterion_flow` (kind, criterion). A criterion's own expression in `[criteria]` is not
    looked at.

    Misleads if coming first is taken for causing: a mode may have happened, and the outcome come about by
    something else. Look at `shapley` beside it.
    """
    graph = session.graph
    if len(graph.steps) > MAX_STEPS:
        return described(xr.Dataset(), how=session.how(session.ends), note=TOO_LONG)
    found, hows = dict[str, Variables](), []
    criteria = _criteria(session)
    data = xr.Dataset(coords={"outcome": session.outcomes, "kind": session.circuit.kinds})
    for prefix, dimension, marks in (("", "mode", graph.modes), ("criterion_", "criterion", criteria)):
        if marks:
            labels, variables, how = _flows(session, marks, prefix, dimension)
            data = data.assign_coords({dimension: labels})
            found[dimension] = variables
            hows.append(how)
    for variables in found.values():
        data = data.assign(variables)
    if graph.modes:
        data = data.assign(_shapley(session))
    order: tuple[How, ...] = ("worlds-sampled", "parameters-sampled", "exact")
    how = min(hows, key=order.index, default="exact")
    return described(data, how=how, note="" if graph.modes else NO_MODES)


def _criteria(session: Session) -> dict[str, str]:
    """The criterion of each assumption."""
    return {
        table.removeprefix("assumptions."): label.name
        for table, labels in session.graph.memberships.items()
        for label in labels
        if table.startswith("assumptions.") and label.by == "criterion"
    }


def _flows(
    session: Session, marks: Mapping[str, str], prefix: str, dimension: str
) -> tuple[list[str], Variables, How]:
    made = flow_circuit(session.graph, marks)
    wider = replace(session, circuit=made.circuit)
    engine = wider.engine([*made.first.values(), *made.without.values()])
    each = wider.replicated(engine)[:, 0]
    labels = [*made.labels, NONE]
    flow = np.zeros((len(each), len(session.outcomes), len(labels)))
    tied = np.zeros((len(each), len(session.outcomes)))
    place = {name: i for i, name in enumerate(session.outcomes)}
    for column, (outcome, label, k) in enumerate(made.first):
        share = each[:, column] / k
        flow[:, place[outcome], labels.index(label)] += share
        tied[:, place[outcome]] += share if k > 1 else 0.0
    flow[:, :, -1] = each[:, len(made.first) :]
    of_kind = session.circuit.by_kind
    summed, kinds, split = spread(flow), spread(np.einsum("rol,ok->rkl", flow, of_kind)), spread(tied)
    variables: Variables = {
        **with_errors(("outcome", dimension), **{f"{prefix}flow": summed}),
        **with_errors(("kind", dimension), **{f"kind_{prefix}flow": kinds}),
        f"{prefix}tied": ("outcome", split.mean),
    }
    return labels, variables, wider.how(engine)


def _shapley(session: Session) -> Variables:
    """The Shapley values of the modes, from the outcomes with each set of them never happening."""
    of = session.graph.modes
    labels = list(dict.fromkeys(of.values()))
    sets = [frozenset(one) for size in range(len(labels) + 1) for one in combinations(labels, size)]
    made = opened(session)
    forces = [
        forced(made.circuit, [name for name, mode in of.items() if mode not in one], 0.0) for one in sets
    ]
    each = made.replicated(made.ends, made.by_outcome, forces)
    value: dict[frozenset[str], Floats] = {one: each[:, i] for i, one in enumerate(sets)}
    n = len(labels)
    columns = [
        sum(
            factorial(len(one))
            * factorial(n - len(one) - 1)
            / factorial(n)
            * (value[one | {label}] - value[one])
            for one in sets
            if label not in one
        )
        for label in labels
    ]
    found = spread(np.stack([*columns, value[frozenset()]], axis=2))
    return with_errors(("outcome", "mode"), shapley=found)
