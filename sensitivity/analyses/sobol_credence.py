"""Sobol' indices in the credence layer: which unknown number drives the uncertainty of each outcome."""

import numpy as np
import xarray as xr

from sensa.circuit import Circuit
from sensa.engines.exact import AT_ONCE
from sensa.kernels.program import Floats
from sensa.model import Estimate, Model, spread
from sensa.results import UNDEFINED, described

LEAST_POINTS = 64  # a replicate; with fewer the indices are not worth reporting


def sobol_credence(model: Model) -> xr.Dataset:
    """First-order and total indices of each parameter for each outcome's probability.

    The first-order index is the share of the variance that knowing the parameter would take away on
    average; the total index is the share that would be left if all others were known. Parameters that
    `[[dependence]]` ties are one factor, named by its members. Worlds are exact; parameters are sampled by
    Saltelli's design on scrambled Sobol' points: first order by Saltelli et al. 2010
    (10.1016/j.cpc.2009.09.018), total by Jansen 1999 (10.1016/S0010-4655(98)00154-4), each with a standard
    error from independent scramblings, so that small indices may come out slightly negative. A constant
    outcome has no indices (NaN, with a note). Of a rare outcome, whose probability has a long tail over the
    parameters, the errors are themselves uncertain: take more points before trusting them. Misleads
    where bounds alone are claimed of a parameter: its share is then that of a uniform distribution nobody
    stated.
    """
    members = factors(model.circuit)
    passes = len(members) + 2
    points = model.points_for(passes, model.ends.size)
    if not members:
        nothing = Estimate(np.empty((0, len(model.outcomes))), np.empty((0, len(model.outcomes))))
        return _dataset(model, members, (nothing, nothing), "no parameters: nothing is uncertain")
    if points < min(LEAST_POINTS, model.settings.points // model.settings.replicates):
        return _unaffordable(model, members)
    first, total = [], []
    a_all, b_all = [], []
    for replicate in range(model.settings.replicates):
        model.progress("sobol_credence", replicate / model.settings.replicates)
        a, b, mixed = _evaluate(model, members, replicate, points)
        a_all.append(a)
        b_all.append(b)
        centre = (a.mean(axis=0) + b.mean(axis=0)) / 2
        first.append(((b - centre) * (mixed - a)).mean(axis=1))
        total.append(((a - mixed) ** 2).mean(axis=1) / 2)
    variance = np.concatenate([*a_all, *b_all]).var(axis=0)
    constant = np.ptp(np.concatenate([*a_all, *b_all]), axis=0) <= 1e-15
    with np.errstate(invalid="ignore", divide="ignore"):
        divided = [np.where(constant, UNDEFINED, np.stack(x) / variance) for x in (first, total)]
    note = ""
    if constant.any():
        note = f"constant over the parameters: {', '.join(np.array(model.outcomes)[constant])}"
    return _dataset(model, members, (spread(divided[0]), spread(divided[1])), note)


def factors(circuit: Circuit) -> list[tuple[int, ...]]:
    """The parameters as factors: each alone, but those tied by the copula together."""
    parent = {int(i): int(i) for i in circuit.correlated}

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for i, j in np.argwhere(np.triu(circuit.correlation, 1) != 0):
        parent[root(int(circuit.correlated[j]))] = root(int(circuit.correlated[i]))
    groups: dict[int, list[int]] = {}
    for parameter in range(len(circuit.parameters)):
        groups.setdefault(root(parameter) if parameter in parent else parameter, []).append(parameter)
    return [tuple(group) for group in groups.values()]


def _evaluate(
    model: Model, members: list[tuple[int, ...]], replicate: int, points: int
) -> tuple[Floats, Floats, Floats]:
    """The outcomes at A and at B (points, outcomes), and at A with each factor's columns from B, stacked.

    B is another scrambling, in a shuffled order: A and B together are a Latin supercube sample (Owen 1998).
    """
    sampler = model.sampler
    other = model.settings.replicates + replicate
    shuffled = np.random.default_rng([model.settings.seed, replicate]).permutation(points)
    a = sampler.theta(sampler.units(replicate=replicate, start=0, count=points))
    b = sampler.theta(sampler.units(replicate=other, start=0, count=points)[shuffled])

    def outcomes(thetas: list[Floats]) -> Floats:
        p = sampler.probabilities(np.concatenate(thetas))
        return (model.ends.probabilities(p) @ model.by_outcome).reshape(len(thetas), points, -1)

    def exchanged(columns: tuple[int, ...]) -> Floats:
        theta = a.copy(order="K")
        theta[:, columns] = b[:, columns]
        return theta

    group = max(AT_ONCE // (points * model.width), 1)
    mixed = [
        outcomes([exchanged(columns) for columns in members[start : start + group]])
        for start in range(0, len(members), group)
    ]
    first, second = outcomes([a, b])
    return first, second, np.concatenate(mixed)


def _dataset(
    model: Model, members: list[tuple[int, ...]], estimates: tuple[Estimate, Estimate], note: str
) -> xr.Dataset:
    paths = [[model.circuit.parameters[i].path for i in group] for group in members]
    both = ("factor", "outcome")
    first, total = estimates
    data = xr.Dataset(
        {
            "first": (both, first.mean),
            "first_error": (both, first.error),
            "total": (both, total.mean),
            "total_error": (both, total.error),
            "members": ("factor", [", ".join(group) for group in paths]),
        },
        coords={"factor": [" + ".join(group) for group in paths], "outcome": model.outcomes},
    )
    return described(data, exact=False, note=note)


def _unaffordable(model: Model, members: list[tuple[int, ...]]) -> xr.Dataset:
    nothing = np.full((len(members), len(model.outcomes)), UNDEFINED)
    unknown = Estimate(nothing, nothing)
    return _dataset(model, members, (unknown, unknown), "not computed: more work than the budget allows")
