"""Groups of unknowns: which part, criterion, phase, tag or owner drives each outcome."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from sensa.analyses.sobol_truth import means
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.program import Floats
from sensa.results import UNDEFINED, How, described
from sensa.sampling.estimates import Estimate, spread
from sensa.session import Session
from sensa.variance.datasets import Variables, certain, mark, unknown, variables
from sensa.variance.exact_indices import closed, shares
from sensa.variance.factors import Group, factors
from sensa.variance.factors import groups as groups_of
from sensa.variance.moments import EntangledError, credence_outputs
from sensa.variance.saltelli import Design, sampled
from sensa.variance.sobol_outputs import with_covariances

MIN_POINTS = 64
NO_GROUPS = "the story states no groups"


def groups(session: Session) -> xr.Dataset:
    """Closed and total index of each group of unknowns, in both layers, for each outcome.

    The closed index is the share of the variance that knowing the whole group would remove on average;
    the total index is the share that would be left if all else were known. Groups are by part, criterion,
    phase, tag and owner (`by`, `name`; see `sensa.variance.factors.groups`); a parameter includes
    those that `[[dependence]]` ties to it.

    `credence_closed`, `credence_total` (group, outcome): unknown numbers; `truth_closed`, `truth_total`
    (group, outcome): unknown facts, with parameters at their means; here a draw, not its node, belongs to a
    phase. `kind_…` (group, kind) and, where losses are stated and add up linearly, `loss_…` (group) likewise.
    `parameters`, `draws` (group): their numbers; without any, the indices are NaN. Exact as `sobol_credence`
    and `sobol_truth` are, else sampled with `…_error`.

    Misleads if read as shares of a whole: groups of different kinds overlap, and closed indices leave
    out interactions with other groups.
    """
    found = groups_of(session)
    credence, how, notes = _credence(session, found)
    truth, more = _truth(session, found)
    data = xr.Dataset(
        {
            **credence,
            **truth,
            "parameters": ("group", [len(group.parameters) for group in found]),
            "draws": ("group", [len(group.coins) for group in found]),
        },
        coords={
            "group": [f"{group.by}: {group.name}" for group in found],
            "by": ("group", [group.by for group in found]),
            "name": ("group", [group.name for group in found]),
            "outcome": session.outcomes,
            "kind": session.circuit.kinds,
        },
    )
    notes = [NO_GROUPS] if not found else [*notes, *more]
    mark(data, "truth", "exact")
    return described(data, how=how, note="; ".join(dict.fromkeys(notes)))


def _credence(session: Session, found: Sequence[Group]) -> tuple[Variables, How, list[str]]:
    names = ("credence_closed", "credence_total")
    whole = factors(session.circuit)
    place = {parameter: f for f, group in enumerate(whole) for parameter in group}
    filled = [i for i, group in enumerate(found) if group.parameters]
    if not filled:
        return unknown(session, names, [len(found)], ["group"]), "exact", []
    sets = np.zeros((len(filled), len(whole)), np.bool_)
    for row, i in enumerate(filled):
        sets[row, [place[parameter] for parameter in found[i].parameters]] = True
    try:
        of, layer, made = credence_outputs(session)
    except EntangledError as why:
        members = [tuple(p for f in np.flatnonzero(row) for p in whole[f]) for row in sets]
        return _sampled(session, members, filled, len(found), str(why))
    parts = [certain(_spread_out(part, filled, len(found))) for part in closed(layer, made, sets)]
    table = variables(
        session, dict(zip(names, parts, strict=True)), ["group"], list(of.kinds.values()), of.loss
    )
    return table, "exact", []


def _spread_out(values: Floats, places: Sequence[int], count: int) -> Floats:
    """Put columns at their places among `count`; NaN elsewhere."""
    out = np.full((len(values), count), UNDEFINED)
    out[:, list(places)] = values
    return out


def _sampled(
    session: Session, members: list[tuple[int, ...]], filled: list[int], count: int, why: str
) -> tuple[Variables, How, list[str]]:
    names = ("credence_closed", "credence_total")
    design = Design(session, tuple(members))
    points = session.budget.points_for(design.passes, design.engine.size)
    if points < MIN_POINTS or design.engine.way != "exact":
        note = f"not computed: {why}, and sampling exceeds the budget"
        return unknown(session, names, [count], ["group"]), "parameters-sampled", [note]
    found = sampled(design, points, what="groups")
    parts = {}
    for name, values in zip(names, (found.first, found.total), strict=True):
        estimate = spread(values)
        parts[name] = Estimate(
            *(_spread_out(part.T, filled, count) for part in (estimate.mean, estimate.error))
        )
    ends, kinds_ = len(session.outcomes), len(session.circuit.kinds)
    loss = ends + kinds_ if session.circuit.losses else None
    table = variables(session, parts, ["group"], range(ends, ends + kinds_), loss)
    return table, "parameters-sampled", [f"sampled, since {why}"]


def _truth(session: Session, found: Sequence[Group]) -> tuple[Variables, list[str]]:
    names = ("truth_closed", "truth_total")
    try:
        of, made = with_covariances(session, "truth")
    except EngineRefusal as refusal:
        return unknown(session, names, [len(found)], ["group"]), [str(refusal)]
    m = means(session.circuit, of.coins)
    v = m * (1 - m)
    filled = [i for i, group in enumerate(found) if group.coins]
    within = np.zeros((len(filled), m.shape[1]))
    for row, i in enumerate(filled):
        within[row, list(found[i].coins)] = 1.0
    variance = made.variances(m, v)[0]
    parts = made.variances(m, np.concatenate([within * v, (1 - within) * v])).T
    own, rest = parts[:, : len(filled)], parts[:, len(filled) :]
    both = (own, variance[:, None] - rest)
    values = [certain(_spread_out(shares(part, variance), filled, len(found))) for part in both]
    table = variables(
        session, dict(zip(names, values, strict=True)), ["group"], list(of.kinds.values()), of.loss
    )
    return table, []
