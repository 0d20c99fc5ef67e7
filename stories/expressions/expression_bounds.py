"""Bounds of a real expression by interval arithmetic.

An interval holds every value that the expression takes in double precision over the ranges of its
names, infinite ones too; NaN and quotients by 0 do not count as values. Sums, products and quotients need
no widening, since rounding to nearest is monotone. The functions of the mathematics library do not
promise that, so they are widened by `_WIDENING_ULPS` units in the last place.
"""

import math
from collections.abc import Callable, Mapping

from sensa.stories.expressions.functions import SIGNATURES
from sensa.stories.expressions.reliability import unavailability
from sensa.stories.syntax import (
    Arithmetic,
    Axis,
    Boolean,
    Call,
    Comparison,
    Expression,
    IfElse,
    Junction,
    Name,
    Negative,
    Not,
    Number,
)

Interval = tuple[float, float]
_INF = math.inf
_UNKNOWN: Interval = (-_INF, _INF)
_WIDENING_ULPS = 8
_LOST_DIGITS = 1e-15


def bounds(expression: Expression, ranges: Mapping[str, Interval]) -> Interval:
    """An interval that holds every value the expression can take; often wider than needed.

    `ranges` has the smallest and largest value of each name, `axis.NAME` for axes, `step` and `round` as they
    are written. Missing names and unknown values are (-inf, inf). Occurrences of a name count as independent,
    so `x - x` is not 0. Conditions that the ranges decide choose their branch. Source: R. E. Moore, R. B.
    Kearfott and M. J. Cloud, Introduction to Interval Analysis, doi:10.1137/1.9780898717716.
    """
    match expression:
        case Number(value=value):
            return value, value
        case Name(name=name, prev=False):
            return _range(ranges, name)
        case Axis(name=name):
            return _range(ranges, f"axis.{name}")
        case Negative(arg=arg):
            low, high = bounds(arg, ranges)
            return -high, -low
        case Arithmetic(operator=operator, left=left, right=right):
            return _ARITHMETIC[operator](bounds(left, ranges), bounds(right, ranges))
        case Call(function=f, args=args) if f in _FUNCTIONS and SIGNATURES[f].takes(len(args)):
            return _FUNCTIONS[f](*(bounds(arg, ranges) for arg in args))
        case IfElse(condition=condition, then=then, otherwise=otherwise):
            holds = decided(condition, ranges)
            if holds is not None:
                return bounds(then if holds else otherwise, ranges)
            return _hull(bounds(then, ranges), bounds(otherwise, ranges))
    return _UNKNOWN


def _range(ranges: Mapping[str, Interval], name: str) -> Interval:
    low, high = ranges.get(name, _UNKNOWN)
    return (low, high) if low <= high else _UNKNOWN


def decided(condition: Expression, ranges: Mapping[str, Interval]) -> bool | None:
    """The truth of a condition if the ranges decide it, as in `bounds`; else None."""
    match condition:
        case Boolean(value=value):
            return value
        case Not(arg=arg):
            holds = decided(arg, ranges)
            return None if holds is None else not holds
        case Junction(operator=operator, args=args):
            found = [decided(arg, ranges) for arg in args]
            settles = operator == "or"
            return settles if settles in found else None if None in found else not settles
        case Comparison():
            return _compared(condition, ranges)
    return None


def _compared(comparison: Comparison, ranges: Mapping[str, Interval]) -> bool | None:
    low, high = bounds(comparison.left, ranges)
    least, most = bounds(comparison.right, ranges)
    match comparison.operator:
        case "<":
            return True if high < least else False if low >= most else None
        case "<=":
            return True if high <= least else False if low > most else None
        case ">":
            return True if low > most else False if high <= least else None
        case ">=":
            return True if low >= most else False if high < least else None
    apart = high < least or most < low
    same = low == high == least == most
    return (comparison.operator == "!=") if apart else (comparison.operator == "==") if same else None


def _hull(*intervals: Interval) -> Interval:
    return min(low for low, _ in intervals), max(high for _, high in intervals)


def _product(x: float, y: float) -> float:
    return 0.0 if 0 in (x, y) else x * y  # inf is a bound, not a value: 0 times anything finite is 0


def _quotient(x: float, y: float) -> float:
    """The quotient by a number of at least 0; infinite at 0."""
    if x == 0 or math.isinf(y):
        return 0.0
    return x / y if y else math.copysign(_INF, x)


def _corners(function: Callable[[float, float], float], x: Interval, y: Interval) -> Interval:
    values = [function(a, b) for a in x for b in y]
    return min(values), max(values)


def _add(x: Interval, y: Interval) -> Interval:
    low, high = x[0] + y[0], x[1] + y[1]
    return -_INF if math.isnan(low) else low, _INF if math.isnan(high) else high


def _divide(x: Interval, y: Interval) -> Interval:
    if y[0] < 0 < y[1] or y[0] == y[1] == 0:
        return _UNKNOWN
    return _corners(_quotient, x, y) if y[0] >= 0 else _corners(_quotient, (-x[1], -x[0]), (-y[1], -y[0]))


def _power(x: Interval, y: Interval) -> Interval:
    exponent = y[0] if y[0] == y[1] else math.nan
    if x[0] >= 0:
        return _at_least(0.0, _widened(_corners(_raised, x, y)))
    if not exponent.is_integer():
        return _UNKNOWN
    if exponent < 0:
        return _widened(_divide((1.0, 1.0), _power(x, (-exponent, -exponent))))
    ends = [_raised(x[0], exponent), _raised(x[1], exponent)]
    crosses_zero = exponent > 0 and exponent % 2 == 0 and x[1] > 0
    return _at_least(0.0, _widened((0.0, max(ends)))) if crosses_zero else _widened((min(ends), max(ends)))


def _raised(x: float, y: float) -> float:
    if x == 0 and y < 0:
        return _INF
    try:
        return float(x**y)
    except OverflowError:
        return -_INF if x < 0 and y % 2 == 1 else _INF


def _widened(x: Interval) -> Interval:
    low, high = x
    for _ in range(_WIDENING_ULPS):
        low, high = math.nextafter(low, -_INF), math.nextafter(high, _INF)
    return low, high


def _widened_near_zero(x: Interval) -> Interval:
    """Widened for functions that lose leading digits near 0."""
    return _widened((x[0] - _LOST_DIGITS, x[1] + _LOST_DIGITS))


def _at_least(least: float, x: Interval) -> Interval:
    return max(least, x[0]), max(least, x[1])


def _probability(x: Interval) -> Interval:
    return min(max(x[0], 0.0), 1.0), min(max(x[1], 0.0), 1.0)


def _increasing(function: Callable[[float], float], x: Interval) -> Interval:
    return _widened((function(x[0]), function(x[1])))


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return _INF


def _logistic(x: Interval) -> Interval:
    # Below -709, 1 / (1 + exp(-x)) is 0 but exp(x) / (1 + exp(x)) is not; either may be computed.
    low = 1.0 / (1.0 + _exp(-x[0]))
    high = 1.0 / (1.0 + _exp(-x[1])) if x[1] >= 0 else _exp(x[1]) / (1.0 + _exp(x[1]))
    return _probability(_widened((low, high)))


def _log(x: float) -> float:
    return -_INF if x <= 0 else math.log(x)


def _logit(p: float) -> float:
    return -_INF if p <= 0 else _INF if p >= 1 else math.log(p) - math.log1p(-p)


def _sqrt(x: Interval) -> Interval:
    return _UNKNOWN if x[1] < 0 else _at_least(0.0, _increasing(math.sqrt, _at_least(0.0, x)))


def _within(rate: Interval, time: Interval) -> Interval:
    low, high = _corners(_product, rate, time)
    found = _widened_near_zero((1.0 - _exp(-low), 1.0 - _exp(-high)))
    return _probability(found) if low >= 0 else (found[0], min(found[1], 1.0))


def _race(a: Interval, b: Interval) -> Interval:
    if a[0] < 0 or b[0] < 0:
        return _divide(a, _add(a, b))
    overflows = a[1] + b[1] == _INF
    least = 0.0 if overflows or a[0] == 0 else a[0] / (a[0] + b[1])
    most = 1.0 if overflows or b[0] == 0 else a[1] / (a[1] + b[0])
    return _probability(_widened((least, most)))


def _periodic_test(rate: Interval, interval: Interval) -> Interval:
    low, high = _corners(_product, rate, interval)
    return _unavailability(low)[0], _unavailability(high)[1]


def _unavailability(x: float) -> Interval:
    try:
        found = unavailability(x)
    except OverflowError:
        return -_INF, -1e300
    return _widened_near_zero((found, found))


def _start_and_run(chance: Interval, rate: Interval, time: Interval) -> Interval:
    """1 - (1 - chance) exp(-rate time), at the corners."""
    low, high = _corners(_product, rate, time)
    left = _corners(_product, (1.0 - chance[1], 1.0 - chance[0]), (_exp(-high), _exp(-low)))
    found = _widened_near_zero(_widened((1.0 - left[1], 1.0 - left[0])))
    if low >= 0 and chance[0] >= 0 and chance[1] <= 1:
        return _probability(found)
    return found


def _minimum(*args: Interval) -> Interval:
    return min(low for low, _ in args), min(high for _, high in args)


def _maximum(*args: Interval) -> Interval:
    return max(low for low, _ in args), max(high for _, high in args)


def _clip(x: Interval, low: Interval, high: Interval) -> Interval:
    return _minimum(_maximum(x, low), high)


_ARITHMETIC: dict[str, Callable[[Interval, Interval], Interval]] = {
    "+": _add,
    "-": lambda x, y: _add(x, (-y[1], -y[0])),
    "*": lambda x, y: _corners(_product, x, y),
    "/": _divide,
    "**": _power,
}
_FUNCTIONS: dict[str, Callable[..., Interval]] = {
    "min": _minimum,
    "max": _maximum,
    "exp": lambda x: _at_least(0.0, _increasing(_exp, x)),
    "log": lambda x: _UNKNOWN if x[1] < 0 else _increasing(_log, x),
    "sqrt": _sqrt,
    "logistic": _logistic,
    "logit": lambda x: _UNKNOWN if x[1] < 0 or x[0] > 1 else _widened_near_zero((_logit(x[0]), _logit(x[1]))),
    "clip": _clip,
    "within": _within,
    "race": _race,
    "periodic_test": _periodic_test,
    "start_and_run": _start_and_run,
}
