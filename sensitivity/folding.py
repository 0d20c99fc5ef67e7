"""Constructors of graph expressions that fold constants, so that unrolled steps stay small."""

import math
from collections.abc import Callable, Iterable

from sensa.graph import (
    FALSE,
    TRUE,
    And,
    Apply,
    AtLeast,
    Bool,
    Choose,
    Compare,
    Comparison,
    Constant,
    Not,
    Or,
    Real,
    RealOperator,
    Truth,
)
from sensa.stories.expressions.reliability import unavailability


def negation(arg: Bool) -> Bool:
    """`not arg`."""
    match arg:
        case Truth(value):
            return FALSE if value else TRUE
        case Not(inner):
            return inner
    return Not(arg)


def conjunction(args: Iterable[Bool]) -> Bool:
    """All of `args`; true if empty."""
    kept = []
    for arg in args:
        if arg is FALSE or (isinstance(arg, Truth) and not arg.value):
            return FALSE
        if not isinstance(arg, Truth):
            kept.append(arg)
    return And(tuple(kept)) if len(kept) > 1 else kept[0] if kept else TRUE


def disjunction(args: Iterable[Bool]) -> Bool:
    """Any of `args`; false if empty."""
    kept = []
    for arg in args:
        if isinstance(arg, Truth):
            if arg.value:
                return TRUE
            continue
        kept.append(arg)
    return Or(tuple(kept)) if len(kept) > 1 else kept[0] if kept else FALSE


def at_least(k: int, args: Iterable[Bool]) -> Bool:
    """At least `k` of `args`."""
    kept = []
    for arg in args:
        if isinstance(arg, Truth):
            k -= arg.value
        else:
            kept.append(arg)
    if k <= 0:
        return TRUE
    if k > len(kept):
        return FALSE
    if k == 1:
        return disjunction(kept)
    return conjunction(kept) if k == len(kept) else AtLeast(k, tuple(kept))


_COMPARE: dict[Comparison, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def comparison(operator: Comparison, left: Real, right: Real) -> Bool:
    """`left operator right`."""
    if isinstance(left, Constant) and isinstance(right, Constant):
        return TRUE if _COMPARE[operator](left.value, right.value) else FALSE
    return Compare(operator, left, right)


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


_APPLY: dict[RealOperator, Callable[..., float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": math.pow,
    "neg": lambda a: -a,
    "min": min,
    "max": max,
    "exp": math.exp,
    "expm1": math.expm1,
    "log": math.log,
    "sqrt": math.sqrt,
    "logistic": _logistic,
    "logit": lambda p: math.log(p) - math.log1p(-p),
    "unavailability": unavailability,
}


def application(operator: RealOperator, *args: Real) -> Real:
    """An operator on reals; a constant without a finite value is left for the run to report."""
    if all(isinstance(arg, Constant) for arg in args):
        try:
            value = _APPLY[operator](*(arg.value for arg in args if isinstance(arg, Constant)))
        except (ArithmeticError, ValueError):
            value = math.nan
        if math.isfinite(value):
            return Constant(value)
    return Apply(operator, args)


def choice(condition: Bool, then: Real, otherwise: Real) -> Real:
    """`then if condition else otherwise`."""
    if isinstance(condition, Truth):
        return then if condition.value else otherwise
    return then if then is otherwise else Choose(condition, then, otherwise)


def choice_of_bools(condition: Bool, then: Bool, otherwise: Bool) -> Bool:
    """The same for bools."""
    return disjunction([conjunction([condition, then]), conjunction([negation(condition), otherwise])])
