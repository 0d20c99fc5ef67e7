"""The four evaluation criteria: how likely it is that all assumptions of each hold."""

import numpy as np
import xarray as xr

from sensa.methods.over_points import as_shown
from sensa.results import QUANTILES, described
from sensa.sampling.estimates import deviation
from sensa.session import Session


def criteria(session: Session) -> xr.Dataset:
    """P(all assumptions of a criterion hold together), or P of the expression in `[criteria]`.

    Every-step assumptions count at every step, even at those that the story does not reach. A criterion
    without assumptions is left out.
    """
    names = list(session.circuit.criteria)
    engine = session.engine(list(session.circuit.criteria.values()))
    estimate = session.average(engine)
    mean = estimate.mean[0]
    q = as_shown(session, engine, session.spread_of(engine), mean, engine.constant)
    data = xr.Dataset(
        {
            "mean": ("criterion", mean),
            "error": ("criterion", estimate.error[0]),
            "sd": ("criterion", deviation(q)),
            "quantiles": (("criterion", "quantile"), np.quantile(q, QUANTILES, axis=0).T),
        },
        coords={"criterion": names, "quantile": list(QUANTILES)},
    )
    return described(data, how=session.how(engine))
