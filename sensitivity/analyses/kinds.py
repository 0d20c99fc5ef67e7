"""How the story ends by kind: the sum over the outcomes of each kind."""

import numpy as np
import xarray as xr

from sensa.kernels.program import Floats
from sensa.methods.over_points import at_points, by_step, quantile_errors
from sensa.results import QUANTILES, described
from sensa.sampling.estimates import Estimate, Interval, deviation, of_unmet, spread
from sensa.session import Session


def kinds(session: Session) -> xr.Dataset:
    """P(success), P(fail_safe) and P(catastrophic) over the parameters; see `outcomes` for the statistics.

    `cumulative` (kind, step): P(the story has ended in this kind by the end of that step); steps count from
    1.
    """
    names, together = session.circuit.kinds, session.circuit.by_kind
    q = at_points(session, together)
    total, between = summed(session, together)
    levels = session.samples.sources.quantiles(q)
    steps = by_step(session, together)
    data = xr.Dataset(
        {
            "mean": ("kind", total.mean),
            "error": ("kind", total.error),
            "low": ("kind", between.low),
            "high": ("kind", between.high),
            "sd": ("kind", deviation(q)),
            "quantiles": (("kind", "quantile"), levels.mean.T),
            "quantiles_error": (("kind", "quantile"), quantile_errors(session.ends, levels, total.error)),
            "by_step": (("kind", "step"), steps),
            "cumulative": (("kind", "step"), steps.cumsum(axis=1)),
        },
        coords={
            "kind": names,
            "step": np.arange(1, len(session.circuit.steps) + 1),
            "phase": ("step", list(session.circuit.steps)),
            "quantile": list(QUANTILES),
        },
    )
    return described(data, how=session.how(session.ends))


def summed(session: Session, together: Floats) -> tuple[Estimate, Interval]:
    """Sums of outcomes by a matrix (outcomes, k) of 0 and 1: their means with errors, and 95 % intervals."""
    by_kind = session.by_outcome[: len(session.circuit.roots)] @ together
    total, between = spread(session.totals.by_root @ by_kind), session.totals.interval(by_kind)
    ended = session.ended
    again = ended.refined @ together > 0  # kinds with a refined outcome are the sums of their outcomes
    mean = np.where(again, ended.mean @ together, total.mean)
    low = np.where(again, ended.low @ together, between.low)
    high = np.where(again, np.minimum(ended.high @ together, 1.0), between.high)
    error = np.where(again, np.sqrt(ended.error**2 @ together), of_unmet(total.error, total.mean, high))
    rare = ended.rare @ together
    low, high = np.maximum(low - rare, np.minimum(low, 0.0)), np.minimum(high + rare, np.maximum(high, 1.0))
    return Estimate(mean, np.maximum(error, rare)), Interval(low, high)
