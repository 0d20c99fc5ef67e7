"""The author's expected results, beside the computed ones."""

import numpy as np
import xarray as xr

from sensa.methods.measures import averages
from sensa.results import described
from sensa.session import Session

CLEAR_ERRORS = 6.0  # standard errors; a right value is further off once in 2,000 runs of few replicates


def expectations(session: Session) -> xr.Dataset:
    """Each measure of `[expect]`: the stated value, the computed value, and whether the two agree.

    A probability conditional on an impossible event has no value (NaN) and is not met. `error` is the
    standard error of the computed value; for a conditional probability, that of the ratio. A sampled value is
    met if it is off by at most `within` and six of its errors; `decided` is
    false where the difference is so close to `within` that these errors may change `met`.
    """
    stated = session.graph.expectations
    found = averages(session, [one.measure for one in stated])
    value = np.array([one.value for one in stated])
    within = np.array([one.within for one in stated])
    off, blur = np.abs(found.value - value), CLEAR_ERRORS * np.nan_to_num(found.error)
    data = xr.Dataset(
        {
            "value": ("measure", found.value),
            "error": ("measure", found.error),
            "stated": ("measure", value),
            "within": ("measure", within),
            "met": ("measure", off <= within + blur),
            "decided": ("measure", ~(np.abs(off - within) < blur)),
        },
        coords={"measure": [one.measure for one in stated]},
    )
    return described(data, how=found.how, note=found.note)
