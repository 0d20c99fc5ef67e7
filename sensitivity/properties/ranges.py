"""Interval arithmetic on arrays: NaN where a value is undefined, infinite where it is unbounded."""

import numpy as np
import numpy.typing as npt

from sensa.kernels.program import Floats
from sensa.sampling.estimates import Interval


def plus(a: Interval, b: Interval) -> Interval:
    """The sums; unbounded if infinite ends have opposite signs."""
    with np.errstate(invalid="ignore", over="ignore"):
        low, high = a.low + b.low, a.high + b.high
    known = ~_undefined(a, b)
    return Interval(
        np.where(known & np.isnan(low), -np.inf, low), np.where(known & np.isnan(high), np.inf, high)
    )


def minus(a: Interval, b: Interval) -> Interval:
    """The differences."""
    return plus(a, Interval(-b.high, -b.low))


def times(a: Interval, b: Interval) -> Interval:
    """The products. 0 times an infinite end is 0, as it is times any number below that end."""
    with np.errstate(invalid="ignore", over="ignore"):
        corners = np.stack(
            np.broadcast_arrays(a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high)
        )
    corners = np.where(~_undefined(a, b) & np.isnan(corners), 0.0, corners)
    return Interval(corners.min(axis=0), corners.max(axis=0))


def over(a: Interval, b: Interval) -> Interval:
    """The quotients; undefined if the divisor is 0, unbounded if it may be."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = times(a, Interval(1.0 / b.high, 1.0 / b.low))
    zero, around = (b.low == 0) & (b.high == 0), (b.low <= 0) & (b.high >= 0)
    unknown = around & ~_undefined(a, b)
    low = np.where(zero, np.nan, np.where(unknown, -np.inf, found.low))
    high = np.where(zero, np.nan, np.where(unknown, np.inf, found.high))
    return Interval(low, high)


def _undefined(*each: Interval) -> npt.NDArray[np.bool_]:
    """Where an operand is undefined."""
    ends = [np.isnan(end) for one in each for end in (one.low, one.high)]
    return np.asarray(np.logical_or.reduce(np.broadcast_arrays(*ends)))


def largest(a: Interval) -> Floats:
    """The largest absolute value; 0 if unbounded."""
    size = np.fmax(abs(a.low), abs(a.high))
    found: Floats = np.where(np.isfinite(size), size, 0.0)
    return found
