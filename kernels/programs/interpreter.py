"""The interpreter of real programs: each instruction once, over a block of parameter values.

A value is an array over the samples, or a scalar if it depends on no parameter. A non-finite result (log of
0, 1 / 0, an overflow) is NaN and propagates through all operations, comparisons included, so that an invalid
number cannot pass for a valid one. Only two operations discard it: SELECT in the branch not taken, and
AT_LEAST where the other arguments decide.
"""

import math
from collections.abc import Callable
from functools import reduce

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from sensa.kernels.program import Floats, Ints, RealOp, Reals

Value = Floats | np.float64
Values = list[Value]

SERIES_BELOW = 0.5
# The coefficients of the series, the highest first.
_UNAVAILABILITY = [(-1.0) ** k / math.factorial(k + 2) for k in range(14, -1, -1)]


def _finite(x: Value) -> Value:
    if np.isfinite(np.sum(x)):
        return x  # so are all of them; a sum that overflows takes the longer way
    return np.where(np.isfinite(x), x, np.nan)


def _compared(test: Callable[[Value, Value], npt.NDArray[np.bool_]], a: Value, b: Value) -> Value:
    return np.where(np.isnan(a) | np.isnan(b), np.nan, test(a, b))


def _power(a: Value, b: Value) -> Value:
    return np.where(np.isnan(a) | np.isnan(b), np.nan, np.power(a, b))  # numpy's NaN ** 0 and 1 ** NaN are 1


def _at_least(args: Values, k: int) -> Value:
    surely = reduce(np.add, [np.where(np.isnan(a), 0.0, a) for a in args])
    perhaps = reduce(np.add, [np.where(np.isnan(a), 1.0, a) for a in args])
    return np.where(surely >= k, 1.0, np.where(perhaps < k, 0.0, np.nan))


def _share(a: Value, b: Value) -> Value:
    return np.where(b == 0, np.where(np.isnan(a), np.nan, 0.0), a / b)


def _select(condition: Value, then: Value, otherwise: Value) -> Value:
    return np.where(np.isnan(condition), np.nan, np.where(condition != 0, then, otherwise))


def unavailability(x: Floats) -> Floats:
    """1 - (1 - exp(-x)) / x, by its series near 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        far = 1.0 + np.expm1(-x) / x
    near = np.clip(x, -SERIES_BELOW, SERIES_BELOW)
    return np.where(np.abs(x) < SERIES_BELOW, near * np.polyval(_UNAVAILABILITY, near), far)


# One row per operation: from its arguments' values and k to its value.
OPERATIONS: dict[RealOp, Callable[[Values, int], Value]] = {
    RealOp.ADD: lambda v, _: _finite(reduce(np.add, v)),
    RealOp.SUB: lambda v, _: _finite(v[0] - v[1]),
    RealOp.MUL: lambda v, _: _finite(reduce(np.multiply, v)),
    RealOp.DIV: lambda v, _: _finite(v[0] / v[1]),
    RealOp.POW: lambda v, _: _finite(_power(v[0], v[1])),
    RealOp.NEG: lambda v, _: -v[0],
    RealOp.MIN: lambda v, _: reduce(np.minimum, v),
    RealOp.MAX: lambda v, _: reduce(np.maximum, v),
    RealOp.EXP: lambda v, _: _finite(np.exp(v[0])),
    RealOp.EXPM1: lambda v, _: _finite(np.expm1(v[0])),
    RealOp.LOG: lambda v, _: _finite(np.log(v[0])),
    RealOp.SQRT: lambda v, _: np.sqrt(v[0]),
    RealOp.LOGISTIC: lambda v, _: expit(v[0]),
    RealOp.LOGIT: lambda v, _: _finite(logit(v[0])),
    RealOp.LT: lambda v, _: _compared(np.less, v[0], v[1]),
    RealOp.EQ: lambda v, _: _compared(np.equal, v[0], v[1]),
    RealOp.NOT: lambda v, _: 1.0 - v[0],
    RealOp.AT_LEAST: _at_least,
    RealOp.SELECT: lambda v, _: _select(v[0], v[1], v[2]),
    RealOp.SHARE: lambda v, _: _finite(_share(v[0], v[1])),
    RealOp.UNAVAILABILITY: lambda v, _: _finite(unavailability(np.asarray(v[0]))),
}


def reads(reals: Reals, wanted: Ints) -> Ints:
    """The instructions that these depend on, including themselves, in order."""
    needed = set[int]()
    waiting = wanted.tolist()
    while waiting:
        i = waiting.pop()
        if i not in needed:
            needed.add(i)
            waiting.extend(reals.args[reals.start[i] : reals.start[i + 1]].tolist())
    return np.array(sorted(needed), np.int32)


def evaluate(reals: Reals, theta: Floats, wanted: Ints) -> Floats:
    """The values of these instructions at each sample.

    Shapes: `theta` (samples, parameters), `wanted` (n,); gives (samples, n) in Fortran order. Each value is a
    function of its own sample only. Non-finite values are NaN. Only instructions that `wanted` depends on are
    evaluated. Numpy's warnings are suppressed.
    """
    wanted = np.asarray(wanted, np.int32)
    out = np.empty((len(wanted), len(theta)))
    columns = theta.T
    operator = reals.op[wanted]
    plain = operator == RealOp.PARAMETER
    out[plain] = columns[reals.k[wanted[plain]]]
    constant = operator == RealOp.CONST
    out[constant] = reals.value[wanted[constant], None]
    others = np.flatnonzero(~(plain | constant))
    if len(others):
        values = _run(reals, columns, reads(reals, wanted[others]))
        for row in others:
            out[row] = values[int(wanted[row])]
    return out.T


def _run(reals: Reals, columns: Floats, needed: Ints) -> dict[int, Value]:
    """The value of each of these instructions; `needed` includes all that they read."""
    values: dict[int, Value] = {}
    of = (part.tolist() for part in (needed, reals.op[needed], reals.k[needed]))
    ranges = zip(reals.start[needed].tolist(), reals.start[needed + 1].tolist(), strict=True)
    with np.errstate(all="ignore"):
        for i, op, k, (start, end) in zip(*of, ranges, strict=True):
            if op == RealOp.CONST:
                values[i] = reals.value[i]
            elif op == RealOp.PARAMETER:
                values[i] = np.ascontiguousarray(columns[k])
            else:
                values[i] = OPERATIONS[op]([values[j] for j in reals.args[start:end].tolist()], k)
    return values
