"""Sobol' indices in the credence layer: which unknown number drives the uncertainty of each outcome."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from sensa.engines.protocol import EngineRefusal
from sensa.kernels import confidence_intervals
from sensa.kernels.program import Floats
from sensa.methods.conditional_means import read_by
from sensa.results import UNDEFINED, How, described
from sensa.sampling.estimates import Estimate, Interval, spread
from sensa.session import Session
from sensa.variance.datasets import mark
from sensa.variance.exact_indices import indices
from sensa.variance.factors import factors
from sensa.variance.interacting_pairs import candidates, closed_pairs
from sensa.variance.moments import EntangledError, credence_layer
from sensa.variance.outputs import Outputs, outputs
from sensa.variance.safe_share import OfShare, share
from sensa.variance.saltelli import Design, Sampled, sampled
from sensa.variance.shared_parameters import mixture_indices

__all__ = ["factors", "sobol_credence"]

LEAST_POINTS = 64  # a replicate; with fewer the indices are not worth reporting
MOST_POINTS = 1 << 12  # a replicate, where worlds are sampled
HEAVY = 0.2  # of the variance: what replicates may differ by before errors mislead
SPREAD = 1e-12  # of the mean: a standard deviation below it is rounding
NO_PARAMETERS = "no parameters: nothing is uncertain"


def sobol_credence(session: Session) -> xr.Dataset:
    """First-order and total indices of each parameter for each outcome's probability.

    The first-order index is the share of the variance that knowing the parameter would take away on
    average; the total index is the share that would be left if all others were known. Parameters that
    `[[dependence]]` ties are one factor, named by its members.

    `how` is `exact` where each factor moves one draw alone: indices then come from the structure of the
    argument, without sampling, with errors of 0 (`sensa.kernels.bdd.self_product`); up to three parameters
    that move several draws each are conditioned on, by Gauss quadrature. Else parameters are `sampled` by
    Saltelli's design on scrambled Sobol' points: first order by Saltelli et al. 2010
    (10.1016/j.cpc.2009.09.018), total by Jansen 1999 (10.1016/S0010-4655(98)00154-4), each with a standard
    error from independent scramblings, so that small indices may come out slightly negative; the note says
    what stands in the way. Of a rare outcome, whose probability has a long tail over the parameters, sampled
    errors are too small: a note names such outcomes. Take more points before trusting them.

    Beside the outcomes: `kind_…` (factor, kind); `loss_…` (factor) where losses are stated; and
    `conditional_…` (factor) for P(fail_safe | not success), a ratio, always sampled.

    `pair_closed` and `pair_second` (pair, kind), with the coordinates `one` and `other`, only where there are
    pairs that may pay only together: what knowing both takes away of the variance of P(kind), and what of
    that neither does alone. `placeholder` (factor): whether it moves nothing but `unmodelled` events.

    An outcome that does not vary, but by rounding, has no indices (NaN, with a note). A parameter that
    nothing reads has 0, and a note. Misleads where bounds alone are claimed of a parameter: its share is then
    that of a uniform distribution nobody stated.
    """
    members = factors(session.circuit)
    if not members:
        return _dataset(session, members, _unknown(session, members), how="exact", notes=[NO_PARAMETERS])
    try:
        found, notes = _exact(session)
        how: How = "exact"
        _conditional(session, found)
    except EntangledError as entangled:
        found, how, notes = _sampled(session, members)
        notes.append(f"sampled, since {entangled}")
    found = _where_it_varies(session, found)
    data = _dataset(session, members, found, how=how, notes=notes)
    return data.assign(_pairs(session, members, data))


@dataclass
class _Found:
    """First and total indices by output: (outputs, factors)."""

    outcome: tuple[Estimate, Estimate]
    kind: tuple[Estimate, Estimate]
    loss: tuple[Estimate, Estimate] | None
    conditional: tuple[Estimate, Estimate] | None


def _exact(session: Session) -> tuple[_Found, list[str]]:
    found = outputs(session, "credence")
    if found is None:
        raise EntangledError("there is no diagram within the budget")
    made = found.covariances(session)
    if isinstance(made, EngineRefusal):
        raise EntangledError(str(made))
    try:
        layer = credence_layer(session, found)
    except EntangledError:
        both, shared = mixture_indices(session, found, made)
        notes = [f"by quadrature over {', '.join(shared)}, which move several draws"]
        idle = []
    else:
        both, notes = indices(layer, made), []
        idle = [f for f, coins in enumerate(layer.coins) if not coins]
    parts = [Estimate(index, np.where(np.isnan(index), np.nan, 0.0)) for index in (both.first, both.total)]
    if idle:
        groups = factors(session.circuit)
        paths = [session.circuit.parameters[groups[f][0]].path for f in idle]
        notes.append(f"nothing depends on {', '.join(paths)}")
    return _split(session, found, parts), notes


def _split(session: Session, found: Outputs, parts: Sequence[Estimate]) -> _Found:
    def rows(at: Sequence[int]) -> tuple[Estimate, Estimate]:
        first, total = (Estimate(part.mean[list(at)], part.error[list(at)]) for part in parts)
        return first, total

    loss = None if found.loss is None else rows([found.loss])
    return _Found(rows(range(len(session.outcomes))), rows(list(found.kinds.values())), loss, None)


def _conditional(session: Session, found: _Found) -> None:
    """Put in what is always sampled, and the loss where it is no linear combination."""
    groups = tuple(factors(session.circuit))
    found.conditional = _rows(_estimates(share(OfShare(session, groups))), [0])
    if found.loss is None and session.circuit.losses:
        design = Design(session, groups)
        points = session.budget.points_for(design.passes, design.engine.size)
        found.loss = _rows(_estimates(sampled(design, points)), [-2])


def total_interval(session: Session, factor: int, kind: str, *, level: float) -> Interval:
    """Where the total index of a factor for a kind's probability lies, at a level of confidence.

    Both ends are the value where it is exact; NaN where the kind does not vary. Unbounded where sampling it
    is beyond the budget.
    """
    members = factors(session.circuit)
    row = [str(each) for each in dict.fromkeys(end.kind for end in session.circuit.ends)].index(kind)
    try:
        total = np.array(_exact(session)[0].kind[1].mean[row][factor])
        return Interval(total, total)
    except EntangledError:
        found, _ = _drawn(session, members)
    if found is None:
        return Interval(np.array(-np.inf), np.array(np.inf))
    at = len(session.outcomes) + row
    return Interval(*confidence_intervals.ratio(found.total[:, factor, at], found.whole[:, at], level=level))


def _drawn(session: Session, members: list[tuple[int, ...]]) -> tuple[Sampled | None, How]:
    """The sampled indices, none where that is beyond the budget, and how they were had."""
    design = Design(session, tuple(members))
    effort = session.budget.effort(design.engine, design.passes, spread=True)
    how: How = "sampled" if design.engine.way == "exact" else "simulated"
    points, words = effort.points, effort.words
    if how == "simulated":  # more points of one word each: they tell more than more worlds of each
        points, words = min(points * max(words // 2, 1), MOST_POINTS), 1
    if points < min(LEAST_POINTS, session.settings.points // session.settings.replicates):
        return None, how
    return sampled(design, points, words), how


def _sampled(session: Session, members: list[tuple[int, ...]]) -> tuple[_Found, How, list[str]]:
    drawn, how = _drawn(session, members)
    if drawn is None:
        return _unknown(session, members), how, ["not computed: more work than the budget allows"]
    estimates = _estimates(drawn)
    ends, kinds = len(session.outcomes), len({end.kind for end in session.circuit.ends})
    tails = drawn.whole[:, :ends].std(axis=0, ddof=1) > HEAVY
    heavy = ", ".join(np.array(session.outcomes)[tails])
    notes = [f"the variance of {heavy} rests on few points: errors are too small"] if heavy else []
    return (
        _Found(
            _rows(estimates, range(ends)),
            _rows(estimates, range(ends, ends + kinds)),
            _rows(estimates, [-2]) if session.circuit.losses else None,
            _rows(estimates, [-1]) if how == "sampled" else None,
        ),
        how,
        notes,
    )


def _estimates(found: Sampled) -> tuple[Estimate, Estimate]:
    first, total = (spread(part.transpose(0, 2, 1)) for part in (found.first, found.total))
    return first, total


def _rows(parts: tuple[Estimate, Estimate], at: Sequence[int]) -> tuple[Estimate, Estimate]:
    first, total = (Estimate(part.mean[list(at)], part.error[list(at)]) for part in parts)
    return first, total


def _unknown(session: Session, members: list[tuple[int, ...]]) -> _Found:
    def nothing(rows: int) -> tuple[Estimate, Estimate]:
        blank = Estimate(*np.full((2, rows, len(members)), UNDEFINED))
        return blank, blank

    kinds = len({end.kind for end in session.circuit.ends})
    return _Found(
        nothing(len(session.outcomes)), nothing(kinds), nothing(1) if session.circuit.losses else None, None
    )


def _dataset(
    session: Session, members: list[tuple[int, ...]], found: _Found, *, how: How, notes: list[str]
) -> xr.Dataset:
    paths = [[session.circuit.parameters[i].path for i in group] for group in members]
    kinds = _kinds(session)
    variables: dict[str, tuple[tuple[str, ...], Floats]] = {}
    for prefix, dims, parts in (
        ("", ("factor", "outcome"), found.outcome),
        ("kind_", ("factor", "kind"), found.kind),
        ("loss_", ("factor",), found.loss),
        ("conditional_", ("factor",), found.conditional),
    ):
        for name, estimate in zip(("first", "total"), parts or (), strict=False):
            for which, values in ((name, estimate.mean), (f"{name}_error", estimate.error)):
                variables[f"{prefix}{which}"] = (dims, values.T if len(dims) > 1 else values[0])
    data = xr.Dataset(
        {
            **variables,
            "members": ("factor", [", ".join(group) for group in paths]),
            "placeholder": ("factor", _placeholders(session, members)),
        },
        coords={"factor": [" + ".join(group) for group in paths], "outcome": session.outcomes, "kind": kinds},
    )
    if how == "exact":
        mark(data, "conditional", "sampled")
        if found.loss is not None and np.nansum(found.loss[1].error) > 0:
            mark(data, "loss", "sampled")
    constant = np.isnan(found.outcome[1].mean).all(axis=1)
    if members and constant.any() and not constant.all():
        notes.append(f"constant over the parameters: {', '.join(np.array(session.outcomes)[constant])}")
    elif members and constant.all() and not notes:
        notes.append("every outcome is constant over the parameters")
    return described(data, how=how, note="; ".join(notes))


def _kinds(session: Session) -> list[str]:
    return list(dict.fromkeys(end.kind for end in session.circuit.ends))


def _where_it_varies(session: Session, found: _Found) -> _Found:
    """The indices, not defined of what varies by rounding alone."""
    if session.ends.way != "exact":
        return found
    kinds = _kinds(session)
    q = session.samples.q
    of_kind = q @ np.array([[float(end.kind == kind) for kind in kinds] for end in session.circuit.ends])

    def masked(parts: tuple[Estimate, Estimate], values: Floats) -> tuple[Estimate, Estimate]:
        still = values.std(axis=0) <= SPREAD * values.mean(axis=0)
        first, total = (
            Estimate(*(np.where(still[:, None], UNDEFINED, part) for part in (estimate.mean, estimate.error)))
            for estimate in parts
        )
        return first, total

    return replace(found, outcome=masked(found.outcome, q), kind=masked(found.kind, of_kind))


def _placeholders(session: Session, members: list[tuple[int, ...]]) -> list[bool]:
    """Whether each factor moves draws of `unmodelled` events, and nothing else."""
    events, circuit = session.story.document.events, session.circuit
    moved: dict[int, set[bool]] = {}
    for coin in circuit.coins:
        unmodelled = coin.node in events and events[coin.node].mode == "unmodelled"
        for parameter in read_by(circuit, coin.program):
            moved.setdefault(int(parameter), set()).add(unmodelled)
    return [set().union(*(moved.get(i, set()) for i in group)) == {True} for group in members]


def _pairs(session: Session, members: list[tuple[int, ...]], data: xr.Dataset) -> dict[str, xr.DataArray]:
    """The pairs that may pay only together; nothing where there are none."""
    if "catastrophic" not in data["kind"]:
        return {}
    first, total = (data[name].sel(kind="catastrophic").values for name in ("kind_first", "kind_total"))
    pairs = candidates(first, total)
    both = closed_pairs(session, members, pairs) if pairs else None
    if both is None:
        return {}
    alone = data["kind_first"].values
    second = both.mean.T - np.stack([alone[i] + alone[j] for i, j in pairs])
    names = data["factor"].values
    ends = {
        "one": ("pair", names[[i for i, _ in pairs]]),
        "other": ("pair", names[[j for _, j in pairs]]),
    }
    pair = ("pair", "kind")
    return {
        name: xr.DataArray(values, dims=pair, coords=ends)
        for name, values in (
            ("pair_closed", both.mean.T), ("pair_closed_error", both.error.T), ("pair_second", second),
        )
    }  # fmt: skip
