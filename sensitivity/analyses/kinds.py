"""How the story ends by kind: outcomes of one kind taken together."""

import numpy as np
import xarray as xr

from sensa.model import Model, spread
from sensa.results import QUANTILES, described


def kinds(model: Model) -> xr.Dataset:
    """P(success), P(fail_safe) and P(catastrophic) over the parameters; see `outcomes` for what they say."""
    of = [end.kind for end in model.circuit.ends]
    names = list(dict.fromkeys(of))
    together = np.array([[float(kind == name) for name in names] for kind in of])
    samples = model.samples
    q = samples.q @ together
    by_kind = model.by_outcome[: len(model.circuit.roots)] @ together
    total = spread(model.totals.by_root @ by_kind)
    between = model.totals.interval(by_kind)
    levels = samples.quantiles(q)
    data = xr.Dataset(
        {
            "mean": ("kind", total.mean),
            "error": ("kind", total.error),
            "low": ("kind", between.low),
            "high": ("kind", between.high),
            "sd": ("kind", q.std(axis=0)),
            "quantiles": (("kind", "quantile"), levels.mean.T),
            "quantiles_error": (("kind", "quantile"), levels.error.T),
        },
        coords={"kind": names, "quantile": list(QUANTILES)},
    )
    return described(data, how=model.how(model.ends))
