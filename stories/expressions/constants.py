"""The values of constant expressions, and those that have none a float can hold.

Values are computed as a run computes them: at double precision, step by step. A part is constant if all that
it reads is. Parts that never apply, as in a branch not taken, are passed over.
"""

import math
import operator
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from sensa.stories.expressions.errors import ExpressionError
from sensa.stories.expressions.expression_bounds import Interval, decided
from sensa.stories.expressions.functions import SIGNATURES
from sensa.stories.expressions.printing import show
from sensa.stories.expressions.reliability import start_and_run, unavailability
from sensa.stories.expressions.trees import children
from sensa.stories.problems import quoted
from sensa.stories.syntax import Arithmetic, Axis, Call, Expression, IfElse, Junction, Name, Negative, Number


class NoValue(NamedTuple):
    """A constant part whose value is not finite, or too small to tell from 0."""

    code: Literal["not-finite", "too-small"]
    error: ExpressionError


def constant(
    expression: Expression, values: Mapping[str, float], ranges: Mapping[str, Interval]
) -> tuple[float | None, tuple[NoValue, ...]]:
    """The value of an expression if it is constant, else None; and its innermost parts that have no value.

    `values` has the values of constant names; `ranges` those of all names, as in `bounds`, which decide
    conditions.
    """
    return _Evaluation(values, ranges).of(expression)


Found = tuple[float | None, tuple[NoValue, ...]]


class _Evaluation(NamedTuple):
    values: Mapping[str, float]
    ranges: Mapping[str, Interval]

    def of(self, expression: Expression) -> Found:
        match expression:
            case Number(value=value):
                return value, ()
            case Name(name=name, prev=False):
                return self.values.get(name), ()
            case Axis(name=name):
                return self.values.get(f"axis.{name}"), ()
            case IfElse():
                return self.branches(expression)
            case Junction():
                return None, self.members(expression)
        parts = [self.of(part) for part in children(expression)]
        known = [value for value, _ in parts if value is not None]
        wrong = tuple(one for _, found in parts for one in found)
        return _applied(expression, known) if len(known) == len(parts) else (None, wrong)

    def branches(self, expression: IfElse) -> Found:
        """Of both branches, or of the one that is always taken."""
        wrong = self.of(expression.condition)[1]
        found = {True: self.of(expression.then), False: self.of(expression.otherwise)}
        if wrong or all(one == (None, ()) for one in found.values()):
            return None, wrong
        taken = decided(expression.condition, self.ranges)  # slow, so only where it matters
        if taken is not None:
            return found[taken][0], wrong + found[taken][1]
        return None, wrong + found[True][1] + found[False][1]

    def members(self, junction: Junction) -> tuple[NoValue, ...]:
        """In the members up to the first that always settles it."""
        wrong: tuple[NoValue, ...] = ()
        for i, arg in enumerate(junction.args):
            found = self.of(arg)[1]
            settles = junction.operator == "or"
            if found and any(decided(earlier, self.ranges) is settles for earlier in junction.args[:i]):
                break
            wrong += found
        return wrong


def _applied(expression: Expression, args: list[float]) -> Found:
    """The value of an operation on constants."""
    match expression:
        case Negative():
            return -args[0], ()
        case Arithmetic(operator=name):
            pass
        case Call(function=name) if name in _OPERATIONS and SIGNATURES[name].takes(len(args)):
            pass
        case _:
            return None, ()
    try:
        value = _OPERATIONS[name](*args)
        if not math.isfinite(value):
            raise OverflowError
    except OverflowError:
        return _none("not-finite", expression, "is too large", "at most about `1.8e308`")
    except ZeroDivisionError:
        return _none("not-finite", expression, "divides by 0", _TAKES.get(name))
    except ValueError:
        return _none("not-finite", expression, "is not defined", _TAKES.get(name))
    if value == 0 and name in _ZERO_FROM and 0 not in args[: _ZERO_FROM[name]]:
        return _none("too-small", expression, "is too small to tell from 0", "write `0`")
    return value, ()


def _none(code: Literal["not-finite", "too-small"], part: Expression, what: str, fix: str | None) -> Found:
    return None, (NoValue(code, ExpressionError(f"{quoted(show(part))} {what}", part.at, fix)),)


def _finite(x: float) -> float:
    if math.isinf(x):
        raise OverflowError
    return x


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


_OPERATIONS: dict[str, Callable[..., float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": math.pow,
    "min": min,
    "max": max,
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "logistic": _logistic,
    "logit": lambda p: math.log(p) - math.log1p(-p),
    "clip": lambda x, low, high: min(max(x, low), high),
    "within": lambda rate, time: -math.expm1(-_finite(rate * time)),
    "race": lambda a, b: a / _finite(a + b),
    "periodic_test": lambda rate, interval: unavailability(_finite(rate * interval)),
    "start_and_run": lambda chance, rate, time: start_and_run(chance, _finite(rate), _finite(rate * time)),
}
# What can underflow: the value is exactly 0 only if one of the first so many arguments is.
_ZERO_FROM = {"*": 2, "/": 1, "**": 1, "exp": 0, "logistic": 0, "within": 2, "race": 1, "periodic_test": 2}
_TAKES = {
    "log": "`log` takes a number above 0",
    "sqrt": "`sqrt` takes a number of at least 0",
    "logit": "`logit` takes a number between 0 and 1",
    "race": "one of its rates must be above 0",
    "**": "a negative number has whole powers only, and 0 no negative ones",
}
