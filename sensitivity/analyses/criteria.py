"""The four evaluation criteria: how likely it is that all assumptions of each hold."""

import numpy as np
import xarray as xr

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
    q = session.spread_of(engine)
    data = xr.Dataset(
        {
            "mean": ("criterion", estimate.mean[0]),
            "error": ("criterion", estimate.error[0]),
            "sd": ("criterion", deviation(q)),
            "quantiles": (("criterion", "quantile"), np.quantile(q, QUANTILES, axis=0).T),
        },
        coords={"criterion": names, "quantile": list(QUANTILES)},
    )
    return described(data, how=session.how(engine))
