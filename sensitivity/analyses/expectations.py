"""The author's expected results, beside the computed ones."""

import numpy as np
import xarray as xr

from sensa.kernels.ties import CLEAR_ERRORS
from sensa.methods.measures import averages
from sensa.results import described
from sensa.session import Session


def expectations(session: Session) -> xr.Dataset:
    """Each measure of `[expect]`: the stated value, the computed value, and whether the two agree.

    A probability conditional on an impossible event has no value (NaN) and is not met. `error` is the
    standard error of the computed value; for a conditional probability, that of the ratio. `met` is of the
    computed value as it is; `decided` is false where six of its errors may change that. A program that asks
    whether a value is right needs both.
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
            "met": ("measure", off <= within),
            "decided": ("measure", ~(np.abs(off - within) < blur)),
        },
        coords={"measure": [one.measure for one in stated]},
    )
    return described(data, how=found.how, note=found.note)
