"""The four evaluation criteria: how likely it is that all assumptions of each hold."""

import xarray as xr

from sensa.methods.over_points import as_shown, quantile_errors
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
    estimate = session.average(engine)[0]
    mean, error = estimate.mean, estimate.error
    values, sources = session.spread_of(engine)
    q = as_shown(session, engine, values, mean, engine.constant)
    levels = sources.quantiles(q)
    data = xr.Dataset(
        {
            "mean": ("criterion", mean),
            "error": ("criterion", error),
            "sd": ("criterion", deviation(q)),
            "quantiles": (("criterion", "quantile"), levels.mean.T),
            "quantiles_error": (("criterion", "quantile"), quantile_errors(engine, levels, error)),
        },
        coords={"criterion": names, "quantile": list(QUANTILES)},
    )
    return described(data, how=session.how(engine))
