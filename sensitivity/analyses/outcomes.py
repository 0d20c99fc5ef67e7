"""How the story ends: the distribution of each outcome's probability over the parameters."""

import numpy as np
import xarray as xr

from sensa.methods.expected_loss import HEAVY, expected_loss, loss_deviation
from sensa.methods.over_points import (
    at_points,
    by_step,
    losses_at_points,
    quantile_errors,
    quantiles_of_loss,
    unshown,
)
from sensa.results import QUANTILES, described
from sensa.sampling.estimates import deviation, heavy_tailed
from sensa.session import Session


def outcomes(session: Session) -> xr.Dataset:
    """P(outcome) over the parameters: mean, standard deviation, quantiles, by step, and expected loss.

    The mean is the probability itself, over all uncertainty; standard deviation and quantiles show how far
    better knowledge of the parameters could move it. They mislead if a parameter claims only bounds
    (`interval`): it is treated as uniform. The mean is exact if each parameter enters only one coin; all else
    is over the run's points. The error is from the spread of the replicates, and `low` to `high` is a 95 %
    interval. If worlds are sampled, their noise is removed from standard deviation and quantiles; outcomes of
    hardly any world are estimated by importance sampling (`refined`), with parameters at their means, and
    how they vary over the parameters is not known (NaN, with a note).
    """
    ended = session.ended
    each = np.eye(len(session.outcomes))
    q, samples = at_points(session, each), session.samples
    levels = samples.sources.quantiles(q)
    data = xr.Dataset(
        {
            "mean": ("outcome", ended.mean),
            "error": ("outcome", ended.error),
            "low": ("outcome", ended.low),
            "high": ("outcome", ended.high),
            "refined": ("outcome", ended.refined),
            "sd": ("outcome", deviation(q)),
            "quantiles": (("outcome", "quantile"), levels.mean.T),
            "quantiles_error": (("outcome", "quantile"), quantile_errors(session.ends, levels, ended.error)),
            "by_step": (("outcome", "step"), by_step(session, each)),
        },
        coords={
            "outcome": session.outcomes,
            "kind": ("outcome", [end.kind for end in session.circuit.ends]),
            "step": np.arange(1, len(session.circuit.steps) + 1),
            "phase": ("step", list(session.circuit.steps)),
            "quantile": list(QUANTILES),
        },
    )
    how, notes, expected = session.how(session.ends), [_note(session)], expected_loss(session, session.ended)
    if expected is not None and samples.loss is not None:
        data["loss"], data["loss_error"] = ((), expected.loss.mean), ((), expected.loss.error)
        sd, exact = loss_deviation(session, losses_at_points(session, expected))
        at_levels, off = quantiles_of_loss(session, expected)
        data["loss_sd"] = ((), sd)
        data["loss_quantiles"], data["loss_quantiles_error"] = ("quantile", at_levels), ("quantile", off)
        how = "parameters-sampled" if expected.sampled and how == "exact" else how
        notes += [HEAVY] * (expected.heavy or (not exact and heavy_tailed(samples.loss)))
    return described(data, how=how, note="; ".join(note for note in notes if note))


def _note(session: Session) -> str:
    if session.cut_by is not None:
        why = "interrupted" if session.cut_by == "interrupted" else "out of time"
        return f"{why}: from the samples taken until then"
    rare = unshown(session)
    named = f"{', '.join(rare)}: too near 0 or 1 for the worlds at each parameter value to show how it varies"
    return "; ".join(note for note in (session.ended.note, named if rare else "") if note)
