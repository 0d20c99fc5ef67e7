"""Ranges of real programs and diagrams over a box, by interval arithmetic.

The result contains the true range and may be wider, since each occurrence of a variable is treated as
independent; the excess shrinks with the box. For diagrams of functions that are monotone in each coin it is
the exact range. Rounding is not directed: the ends are accurate to about 1e-15 of their size.
"""

from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from sensa.kernels.bdd.diagrams import Diagram
from sensa.kernels.program import Ints, RealOp, Reals
from sensa.kernels.programs.interpreter import reads, unavailability

Floats = npt.NDArray[np.float64]


class Range(NamedTuple):
    """Lower and upper ends, of one shape."""

    low: Floats
    high: Floats


def _hull(*ends: Floats) -> Range:
    """The range of values at the ends of operands; NaN may be any value."""
    stacked = np.stack(np.broadcast_arrays(*ends))
    wrong = np.isnan(stacked).any(axis=0)
    low, high = np.where(wrong, -np.inf, stacked.min(axis=0)), np.where(wrong, np.inf, stacked.max(axis=0))
    return Range(low, high)


def _product(a: Range, b: Range) -> Range:
    return _hull(a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high)


def _quotient(a: Range, b: Range) -> Range:
    found = _hull(a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high)
    through = (b.low <= 0) & (b.high >= 0)
    return Range(np.where(through, -np.inf, found.low), np.where(through, np.inf, found.high))


def _power(a: Range, b: Range) -> Range:
    found = _hull(a.low**b.low, a.low**b.high, a.high**b.low, a.high**b.high)
    square = (b.low == b.high) & (b.low > 0) & (b.low % 2 == 0) & (a.low < 0)
    reach = np.maximum(np.abs(a.low), np.abs(a.high)) ** b.high
    wild = (a.low <= 0) & ~square & ~((b.low == b.high) & (b.low > 0) & (b.low % 1 == 0))
    low = np.where(square, np.where(a.high < 0, found.low, 0.0), found.low)
    high = np.where(square, reach, found.high)
    return Range(np.where(wild, -np.inf, low), np.where(wild, np.inf, high))


def _monotone(function: Callable[[Floats], Floats]) -> Callable[[list[Range], int], Range]:
    return lambda v, _: _hull(function(v[0].low), function(v[0].high))


def _less(v: list[Range], _: int) -> Range:
    a, b = v
    return Range((a.high < b.low).astype(float), (a.low < b.high).astype(float))


def _equal(v: list[Range], _: int) -> Range:
    a, b = v
    surely = (a.low == a.high) & (b.low == b.high) & (a.low == b.low)
    return Range(surely.astype(float), ((a.low <= b.high) & (b.low <= a.high)).astype(float))


def _select(v: list[Range], _: int) -> Range:
    condition, then, otherwise = v
    yes, no = condition.high > 0, condition.low < 1
    low = np.minimum(np.where(yes, then.low, np.inf), np.where(no, otherwise.low, np.inf))
    return Range(low, np.maximum(np.where(yes, then.high, -np.inf), np.where(no, otherwise.high, -np.inf)))


def _share(v: list[Range], _: int) -> Range:
    """a / b of weights, where b includes a: between 0 and 1 wherever it is used."""
    found = _quotient(*v)
    return Range(np.maximum(found.low, 0.0), np.minimum(found.high, 1.0))


def _at_least(v: list[Range], k: int) -> Range:
    surely, perhaps = np.sum([a.low for a in v], axis=0), np.sum([a.high for a in v], axis=0)
    return Range((surely >= k).astype(float), (perhaps >= k).astype(float))


OPERATIONS: dict[RealOp, Callable[[list[Range], int], Range]] = {
    RealOp.ADD: lambda v, _: reduce(lambda a, b: _hull(a.low + b.low, a.high + b.high), v),
    RealOp.SUB: lambda v, _: _hull(v[0].low - v[1].high, v[0].high - v[1].low),
    RealOp.MUL: lambda v, _: reduce(_product, v),
    RealOp.DIV: lambda v, _: _quotient(*v),
    RealOp.POW: lambda v, _: _power(*v),
    RealOp.NEG: lambda v, _: Range(-v[0].high, -v[0].low),
    RealOp.MIN: lambda v, _: reduce(
        lambda a, b: Range(np.minimum(a.low, b.low), np.minimum(a.high, b.high)), v
    ),
    RealOp.MAX: lambda v, _: reduce(
        lambda a, b: Range(np.maximum(a.low, b.low), np.maximum(a.high, b.high)), v
    ),
    RealOp.EXP: _monotone(np.exp),
    RealOp.EXPM1: _monotone(np.expm1),
    RealOp.LOG: _monotone(np.log),
    RealOp.SQRT: _monotone(np.sqrt),
    RealOp.LOGISTIC: _monotone(expit),
    RealOp.LOGIT: _monotone(logit),
    RealOp.LT: _less,
    RealOp.EQ: _equal,
    RealOp.NOT: lambda v, _: Range(1 - v[0].high, 1 - v[0].low),
    RealOp.AT_LEAST: _at_least,
    RealOp.SELECT: _select,
    RealOp.SHARE: _share,
    RealOp.UNAVAILABILITY: _monotone(unavailability),
}


def programs(reals: Reals, low: Floats, high: Floats, wanted: Ints) -> Range:
    """The ranges (boxes, wanted) of instructions over boxes of parameters, each end (boxes, parameters)."""
    values: dict[int, Range] = {}
    shape = len(low)
    with np.errstate(all="ignore"):
        for i in reads(reals, np.asarray(wanted, np.int32)).tolist():
            op, k = RealOp(int(reals.op[i])), int(reals.k[i])
            if op == RealOp.CONST:
                value = np.full(shape, reals.value[i])
                values[i] = Range(value, value)
            elif op == RealOp.PARAMETER:
                values[i] = Range(low[:, k], high[:, k])
            else:
                args = reals.args[reals.start[i] : reals.start[i + 1]].tolist()
                values[i] = OPERATIONS[op]([values[j] for j in args], k)
    out = np.empty((2, shape, len(wanted)))
    for column, i in enumerate(wanted.tolist()):
        out[0, :, column], out[1, :, column] = values[i]
    return Range(out[0], out[1])


def diagram(of: Diagram, low: Floats, high: Floats) -> Range:
    """The ranges (boxes, roots) of the roots over boxes of coins' probabilities, each end (boxes, coins).

    Each node takes whichever end of its coin is worse there, so a coin that several nodes read may take both
    ends: a Markov decision process instead of a number.
    """
    slots = 2 + of.coins + of.size
    ends = np.empty((2, slots, len(low)))
    ends[:, 0], ends[:, 1] = 0.0, 1.0
    ends[0, 2 : 2 + of.coins], ends[1, 2 : 2 + of.coins] = low.T, high.T
    nodes = zip(of.variable.tolist(), of.low.tolist(), of.high.tolist(), strict=True)
    for slot, (variable, zero, one) in enumerate(nodes, 2 + of.coins):
        p = ends[:, variable]
        least = (1 - p) * ends[0, zero] + p * ends[0, one]
        most = (1 - p) * ends[1, zero] + p * ends[1, one]
        np.minimum(least[0], least[1], out=ends[0, slot])
        np.maximum(most[0], most[1], out=ends[1, slot])
    roots = ends[:, of.roots]
    return Range(roots[0].T, roots[1].T)
