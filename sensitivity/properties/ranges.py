"""Interval arithmetic on arrays, and the intervals of terms.

NaN where a value is undefined, infinite where it is unbounded.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from sensa.kernels.program import Floats
from sensa.sampling.estimates import Interval
from sensa.stories.properties.requirements import Arithmetic, Constant, Measured, Negative, Term


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


def value(term: Term, lookup: Callable[[Measured], Interval]) -> Interval:
    """The interval of a term, with the measures from the lookup."""
    match term:
        case Constant(number):
            return Interval(np.array(number), np.array(number))
        case Measured():
            return lookup(term)
        case Negative(arg):
            found = value(arg, lookup)
            return Interval(-found.high, -found.low)
        case Arithmetic(operator, left, right):
            return _COMBINED[operator](value(left, lookup), value(right, lookup))


_COMBINED = {"+": plus, "-": minus, "*": times, "/": over}


def ratio(asked: Floats, given: Floats) -> Floats:
    """A quotient of probabilities; undefined where the condition is impossible."""
    found = np.full(np.broadcast_shapes(asked.shape, given.shape), np.nan)
    np.divide(asked, given, out=found, where=given > 0)
    return found


def share(asked: Interval, given: Interval) -> Interval:
    """A conditional probability; undefined only if the condition is certainly impossible."""
    low = np.where(given.high > 0, ratio(asked.low, np.maximum(given.high, np.finfo(float).tiny)), np.nan)
    high = np.where(given.low > 0, np.minimum(np.nan_to_num(ratio(asked.high, given.low), nan=1.0), 1.0), 1.0)
    return Interval(low, np.where(given.high > 0, high, np.nan))


def widened(known: Interval, middle: Interval, rare: Interval) -> Interval:
    """`known`, and what is `rare` if that is further from the `middle` than half the width of `known`."""
    further = np.abs(rare.low - middle.low) > (known.high - known.low) / 2
    low = np.where(further, np.minimum(known.low, rare.low), known.low)
    high = np.where(further, np.maximum(known.high, rare.high), known.high)
    possible = np.isnan(known.high) & ~np.isnan(rare.high)
    return Interval(np.where(possible, -np.inf, low), np.where(possible, np.inf, high))


def common(margin: Interval, others: Sequence[Interval]) -> Interval:
    """What intervals of the same margin have in common; NaN where it is undefined, as in the first."""
    low = np.fmax.reduce([margin.low, *(one.low for one in others)])
    high = np.fmin.reduce([margin.high, *(one.high for one in others)])
    kept = np.isnan(margin.high) | (low > high)  # nothing in common: one of them is wrong
    return Interval(np.where(kept, margin.low, low), np.where(kept, margin.high, high))


def within(found: Interval, possible: Interval) -> Interval:
    """What of an interval is possible; the nearer end of what is possible if nothing is."""
    return Interval(*(np.clip(end, possible.low, possible.high) for end in each_end(found)))


def each_end(between: Interval) -> tuple[Floats, Floats]:
    """Both ends."""
    return between.low, between.high
