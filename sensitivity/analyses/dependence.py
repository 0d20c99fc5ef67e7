"""The dependence sweep: the effect of uncertain numbers that rise and fall together."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from sensa.circuit import Circuit
from sensa.engines.capabilities import SupportsRanges
from sensa.kernels.program import Floats, Ints
from sensa.methods.conditional_means import Holding
from sensa.methods.outputs import outputs
from sensa.results import QUANTILES, UNDEFINED, described
from sensa.sampling.estimates import deviation, spread
from sensa.session import NO_DIAGRAM, Session

CORRELATIONS = tuple(round(0.1 * i, 1) for i in range(10))
LEVELS = (*QUANTILES, 0.99)
MAX_POINTS = 1024  # of a replicate, for each correlation
TOO_FEW = "fewer than two parameters to tie"


def dependence(
    session: Session,
    *,
    parameters: Sequence[str] | None = None,
    correlations: Sequence[float] = CORRELATIONS,
) -> xr.Dataset:
    """Mean, spread and tails of each outcome's probability if some parameters are rank-correlated.

    Every pair of the `parameters` (paths; by default all credences of assumptions) has the same rank
    correlation, from 0 to 0.9, in a Gaussian copula; each keeps its own distribution, and other
    ties of `[[dependence]]` stay. `mean`, `sd` and `quantiles` (to 0.99) are over the parameters;
    `change` is the change of the mean from the first correlation, with its own error: all use the same points
    (common random numbers), so differences are far more accurate than values.

    It answers: does it matter that each number is uncertain independently? Credences with a common cause (the
    same evidence, the same optimism) widen the distribution of the outcomes, and move the mean of products.
    Misleads in two ways: all numbers rise together, though an author's optimism may raise one and lower
    another; and a Gaussian copula ties the far tails less than a common cause would. For dependence
    between *truths* see `frechet`.

    Sampled, with standard errors from the replicates. Not defined (NaN, with a note) if a correlation
    contradicts those that the story states.
    """
    names, of, matrix = outputs(session.circuit)
    tied = _tied(session, parameters)
    if any(not -1 < r < 1 for r in correlations):
        raise ValueError("a rank correlation lies between -1 and 1")
    engine = session.exact_ends
    note = TOO_FEW if len(tied) < 2 else NO_DIAGRAM if engine is None else ""
    values: list[Floats | None] = [None] * len(correlations)
    replicate = np.zeros(0, np.int32)
    if not note and engine is not None:
        points = min(session.budget.points_for(len(correlations), engine.size), MAX_POINTS)
        replicate = np.repeat(np.arange(session.budget.replicates, dtype=np.int32), points)
        values = [_values(session, engine, tied, r, points, matrix) for r in correlations]
        wrong = [f"{r:g}" for r, value in zip(correlations, values, strict=True) if value is None]
        note = f"contradicts the story's own correlations: {', '.join(wrong)}" if wrong else ""
    rows = [_row(value, values[0] if values else None, replicate, len(names)) for value in values]
    dims = ("rank_correlation", "output")
    data = xr.Dataset(
        {
            name: (
                (*dims, "quantile") if name == "quantiles" else dims,
                np.stack([row[name] for row in rows]),
            )
            for name in ("mean", "error", "sd", "sd_error", "change", "change_error", "quantiles")
        },
        coords={
            "rank_correlation": list(correlations),
            "output": names,
            "of": ("output", of),
            "quantile": list(LEVELS),
            "parameter": [session.circuit.parameters[i].path for i in tied],
        },
    )
    return described(data, exact=False, note=note)


def _tied(session: Session, asked: Sequence[str] | None) -> list[int]:
    """The parameters to tie, in the order of the story."""
    paths = [parameter.path for parameter in session.circuit.parameters]
    if asked is None:
        claims = tuple({f"{node.path}." for node in session.graph.nodes if node.kind == "assumption"})
        return [i for i, path in enumerate(paths) if path.startswith(claims)]
    wrong = [path for path in asked if path not in paths]
    if wrong:
        raise ValueError(f"`{wrong[0]}` is not a parameter of the story")
    return sorted({paths.index(path) for path in asked})


def correlated(circuit: Circuit, tied: list[int], rank_correlation: float) -> Circuit | None:
    """The circuit with this rank correlation between all pairs of these parameters; None if impossible."""
    old: list[int] = circuit.correlated.tolist()
    order = sorted({*old, *tied})
    place = {parameter: i for i, parameter in enumerate(order)}
    matrix = np.eye(len(order))
    for i, j in itertools.combinations(range(len(old)), 2):
        a, b = place[old[i]], place[old[j]]
        matrix[a, b] = matrix[b, a] = circuit.correlation[i, j]
    for i, j in itertools.combinations(tied, 2):
        matrix[place[i], place[j]] = matrix[place[j], place[i]] = 2 * np.sin(np.pi * rank_correlation / 6)
    if np.linalg.eigvalsh(matrix)[0] < 1e-10:
        return None
    found: Ints = np.array(order, np.int32)
    return replace(circuit, correlated=found, correlation=matrix)


def _values(
    session: Session,
    engine: SupportsRanges,
    tied: list[int],
    rank_correlation: float,
    points: int,
    matrix: Floats,
) -> Floats | None:
    """Outputs (points of all replicates, outputs) at one correlation."""
    circuit = correlated(session.circuit, tied, rank_correlation)
    if circuit is None:
        return None
    holding = Holding(replace(session, circuit=circuit), engine, ())
    sampler = holding.session.points.sampler
    parts = [
        holding.each(sampler.theta(sampler.units(replicate=r, start=0, count=points))) @ matrix
        for r in range(session.budget.replicates)
    ]
    return np.concatenate(parts)


def _row(values: Floats | None, first: Floats | None, replicate: Ints, outputs_: int) -> dict[str, Floats]:
    """The results for one correlation."""
    unknown = np.full(outputs_, UNDEFINED)
    if values is None:
        names = ("mean", "error", "sd", "sd_error", "change", "change_error")
        return {**dict.fromkeys(names, unknown), "quantiles": np.full((outputs_, len(LEVELS)), UNDEFINED)}

    def each(of: Floats) -> Floats:
        return np.stack([of[replicate == r].mean(axis=0) for r in np.unique(replicate)])

    alone = np.stack([deviation(values[replicate == r]) for r in np.unique(replicate)])
    mean, sd = spread(each(values)), spread(alone)
    change = None if first is None else spread(each(values - first))
    return {
        "mean": mean.mean,
        "error": mean.error,
        "sd": deviation(values),
        "sd_error": sd.error,
        "change": unknown if change is None else change.mean,
        "change_error": unknown if change is None else change.error,
        "quantiles": np.quantile(values, LEVELS, axis=0).T,
    }
