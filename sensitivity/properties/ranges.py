"""Interval arithmetic on arrays: NaN where a value is undefined, infinite where it is unbounded."""

import numpy as np

from sensa.kernels.program import Floats
from sensa.sampling.estimates import Interval


def plus(a: Interval, b: Interval) -> Interval:
    """The sums; unbounded if infinite ends have opposite signs."""
    with np.errstate(invalid="ignore", over="ignore"):
        return Interval(a.low + b.low, a.high + b.high)


def minus(a: Interval, b: Interval) -> Interval:
    """The differences."""
    return plus(a, Interval(-b.high, -b.low))


def times(a: Interval, b: Interval) -> Interval:
    """The products."""
    with np.errstate(invalid="ignore", over="ignore"):
        corners = np.stack(
            np.broadcast_arrays(a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high)
        )
    return Interval(corners.min(axis=0), corners.max(axis=0))


def over(a: Interval, b: Interval) -> Interval:
    """The quotients; undefined if the divisor is 0, unbounded if it may be."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        inverse = Interval(1.0 / b.high, 1.0 / b.low)
    zero, around = (b.low == 0) & (b.high == 0), (b.low <= 0) & (b.high >= 0)
    low = np.where(zero, np.nan, np.where(around, -np.inf, inverse.low))
    high = np.where(zero, np.nan, np.where(around, np.inf, inverse.high))
    return times(a, Interval(low, high))


def largest(a: Interval) -> Floats:
    """The largest absolute value; 0 if unbounded."""
    size = np.fmax(abs(a.low), abs(a.high))
    found: Floats = np.where(np.isfinite(size), size, 0.0)
    return found
