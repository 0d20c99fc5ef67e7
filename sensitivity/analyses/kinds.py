"""How the story ends by kind: outcomes of one kind taken together."""

import numpy as np
import xarray as xr

from sensa.model import Estimate, Model, spread
from sensa.results import QUANTILES, described


def kinds(model: Model) -> xr.Dataset:
    """P(success), P(fail_safe) and P(catastrophic) over the parameters; see `outcomes` for what they say."""
    of = [end.kind for end in model.circuit.ends]
    names = list(dict.fromkeys(of))
    together = np.array([[float(kind == name) for name in names] for kind in of])
    samples = model.samples
    q = samples.q @ together
    if model.mean_p is not None:
        mean = (model.average(model.ends).mean @ model.by_outcome @ together)[0]
        total = Estimate(mean, np.zeros_like(mean))
    else:
        total = spread(samples.by_replicate(q))
    levels = samples.quantiles(q)
    data = xr.Dataset(
        {
            "mean": ("kind", total.mean),
            "error": ("kind", total.error),
            "sd": ("kind", q.std(axis=0)),
            "quantiles": (("kind", "quantile"), levels.mean.T),
            "quantiles_error": (("kind", "quantile"), levels.error.T),
        },
        coords={"kind": names, "quantile": list(QUANTILES)},
    )
    return described(data, exact=model.mean_p is not None)
