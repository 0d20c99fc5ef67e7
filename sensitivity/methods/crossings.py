"""Where a function of one move first reaches limits."""

from collections.abc import Callable

import numpy as np

from sensa.kernels.program import Floats
from sensa.results import UNDEFINED

RELATIVE_RISK_TOLERANCE = 1e-11  # of a limit: the accuracy of the risk at a crossing
MAX_SEARCH_STEPS = 60  # of the search for a crossing


def crossings(risks: Callable[[Floats], Floats], moves: Floats, limits: Floats) -> Floats:
    """The moves (limits,) at which the risk first reaches each limit, from the first of `moves`; else NaN.

    Between two of `moves` the risk may cross a limit once; what crosses it twice there is not seen.
    """
    low, high = first_interval(moves, risks(moves), limits)
    found = np.full(len(limits), UNDEFINED)
    met = np.isfinite(high)
    if met.any():
        found[met] = between(risks, low[met], high[met], limits[met])
    return found


def first_interval(moves: Floats, risks: Floats, limits: Floats) -> Floats:
    """The ends (2, limits) of the first interval of moves that reaches each limit; infinite if none.

    A risk that is not defined (NaN) reaches none.
    """
    beyond = (risks[None] >= limits[:, None]) != (risks[0] >= limits)[:, None]
    beyond &= ~np.isnan(risks)
    at = beyond.argmax(axis=1)
    there = beyond.any(axis=1)
    return np.where(there, np.stack([moves[np.maximum(at - 1, 0)], moves[at]]), np.inf)


def between(risks: Callable[[Floats], Floats], low: Floats, high: Floats, limits: Floats) -> Floats:
    """The moves at which the risk is at the limit, between two on either side (the Illinois method)."""
    f_low, f_high = risks(low) - limits, risks(high) - limits
    for _ in range(MAX_SEARCH_STEPS):
        with np.errstate(invalid="ignore", divide="ignore"):
            middle = high - f_high * (high - low) / (f_high - f_low)
        middle = np.where(np.isfinite(middle), middle, high)
        f = risks(middle) - limits
        other = np.sign(f) != np.sign(f_high)
        low, f_low = np.where(other, high, low), np.where(other, f_high, f_low / 2)
        high, f_high = middle, f
        if (np.abs(f) <= RELATIVE_RISK_TOLERANCE * limits).all():
            break
    return high
