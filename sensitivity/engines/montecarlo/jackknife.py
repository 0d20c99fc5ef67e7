"""Functions of means, with errors from independent replicates."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sensa.kernels.program import Floats


class Estimated(NamedTuple):
    """Values and their standard errors, of one shape."""

    value: Floats
    error: Floats


def jackknife(function: Callable[..., Floats], *replicated: Floats, least: int = 3) -> Estimated:
    """`function` of all replicates, and its error from leaving each out in turn.

    The arrays have the replicates along their first axis, and `function` takes such arrays of any length from
    one less on. Error^2 = (R - 1)/R times the sum of squares around the mean of the R values (Tukey 1958,
    10.1214/aoms/1177706647): correct for smooth functions of means; not for quantiles, maxima or a value at
    the edge of its range. With few replicates it is itself inaccurate: use Student's t with R - 1. NaN if the
    function is NaN. Raises ValueError for fewer than `least` replicates: 2 are enough if the function takes
    one.
    """
    count = len(replicated[0])
    if count < least:
        raise ValueError(f"an error needs at least {least} replicates, not {count}")
    others = ~np.eye(count, dtype=np.bool_)
    left = np.stack([function(*(part[keep] for part in replicated)) for keep in others])
    around = left - left.mean(axis=0)
    return Estimated(function(*replicated), np.sqrt((count - 1) / count * (around**2).sum(axis=0)))
