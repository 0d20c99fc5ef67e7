"""Sobol' indices in the credence layer: which unknown number drives the uncertainty of each outcome."""

import numpy as np
import xarray as xr

from sensa.circuit import read_by
from sensa.kernels.program import Floats
from sensa.results import How, described
from sensa.session import Session
from sensa.variance.credence_indices import CredenceIndices, credence_indices
from sensa.variance.datasets import mark
from sensa.variance.factors import factor_names, factors
from sensa.variance.interacting_pairs import candidates, closed_pairs


def sobol_credence(session: Session) -> xr.Dataset:
    """First-order and total indices of each parameter for each outcome's probability.

    The first-order index is the share of the variance that knowing the parameter would remove on
    average; the total index is the share that would be left if all others were known. Parameters that
    `[[dependence]]` ties are one factor, named by its members.

    `how` is `exact` if each factor moves only one draw: indices then come from the diagram, without sampling,
    with errors of 0 (`sensa.kernels.bdd.self_product`); up to three parameters that move several draws each
    are conditioned on, by Gauss quadrature. Else parameters are sampled by Saltelli's design on scrambled
    Sobol' points: first order by Saltelli et al. 2010 (10.1016/j.cpc.2009.09.018), total by Jansen 1999
    (10.1016/S0010-4655(98)00154-4), each with a standard error from independent scramblings, so that small
    indices may come out slightly negative; the note says why. For a rare outcome, whose probability has a
    long tail over the parameters, sampled errors are too small: a note names such outcomes. Take more points
    before trusting them.

    Beside the outcomes: `kind_…` (factor, kind); `loss_…` (factor) where losses are stated; and
    `conditional_…` (factor) for P(fail_safe | not success), a ratio, always sampled.

    `pair_closed` and `pair_second` (pair, kind), with the coordinates `one` and `other`, only if there are
    pairs that may pay only together: the share of the variance of P(kind) that knowing both removes, and the
    part of it that neither removes alone. `placeholder` (factor): whether it moves only `unmodelled` events.

    An outcome that varies only by rounding has no indices (NaN, with a note). A parameter that
    nothing reads has 0, and a note. Misleads if a parameter claims only bounds: its share is then
    that of a uniform distribution, which nobody stated.
    """
    members = factors(session.circuit)
    found, how, notes = credence_indices(session, members)
    data = _dataset(session, members, found, how=how, notes=notes)
    return data.assign(_pairs(session, members, data))


def _dataset(
    session: Session, members: list[tuple[int, ...]], found: CredenceIndices, *, how: How, notes: list[str]
) -> xr.Dataset:
    paths = [[session.circuit.parameters[i].path for i in group] for group in members]
    kinds = session.circuit.kinds
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
        coords={"factor": factor_names(session.circuit), "outcome": session.outcomes, "kind": kinds},
    )
    if how == "exact":
        mark(data, "conditional", "parameters-sampled")
        if found.loss is not None and np.nansum(found.loss[1].error) > 0:
            mark(data, "loss", "parameters-sampled")
    constant = np.isnan(found.outcome[1].mean).all(axis=1)
    if members and constant.any() and not constant.all():
        notes.append(f"constant over the parameters: {', '.join(np.array(session.outcomes)[constant])}")
    elif members and constant.all() and not notes:
        notes.append("every outcome is constant over the parameters")
    return described(data, how=how, note="; ".join(notes))


def _placeholders(session: Session, members: list[tuple[int, ...]]) -> list[bool]:
    """Whether each factor moves only draws of `unmodelled` events."""
    circuit = session.circuit
    moved: dict[int, set[bool]] = {}
    for coin in circuit.coins:
        for parameter in read_by(circuit, coin.program):
            moved.setdefault(int(parameter), set()).add(session.graph.is_unmodelled(coin.node))
    return [set().union(*(moved.get(i, set()) for i in group)) == {True} for group in members]


def _pairs(session: Session, members: list[tuple[int, ...]], data: xr.Dataset) -> dict[str, xr.DataArray]:
    """The pairs that may pay only together; empty if there are none."""
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
