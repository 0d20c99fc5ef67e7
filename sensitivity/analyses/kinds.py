"""How the story ends by kind: the sum over the outcomes of each kind."""

import numpy as np
import xarray as xr

from sensa.methods.over_points import at_points, by_step, quantile_errors
from sensa.methods.sums_of_outcomes import summed
from sensa.results import QUANTILES, described
from sensa.sampling.estimates import deviation
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
