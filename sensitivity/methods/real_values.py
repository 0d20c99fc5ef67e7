"""Values of a graph's real expressions at values of the parameters, where these alone decide them."""

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np
from scipy import special

from sensa import graph as g
from sensa.kernels.program import Floats
from sensa.kernels.programs.interpreter import unavailability

_UNARY: dict[str, Callable[[Floats], Floats]] = {
    "neg": np.negative,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "sqrt": np.sqrt,
    "logistic": special.expit,
    "logit": special.logit,
    "unavailability": unavailability,
}
_BINARY: dict[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
    "min": np.minimum,
    "max": np.maximum,
}
_COMPARE: dict[str, Callable[[Floats, Floats], Floats]] = {
    "<": np.less,
    "<=": np.less_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


class DependsOnTruthError(Exception):
    """The value depends on what is true or false."""


def real_values(value: g.Real, graph: g.Graph, theta: Floats) -> Floats:
    """The value (samples,) at `theta` (samples, parameters). Raises `DependsOnTruthError`."""
    match value:
        case g.Constant(number):
            return np.full(len(theta), number)
        case g.Uncertain(parameter):
            return np.asarray(theta[:, parameter], np.float64)
        case g.Derived(quantity):
            return real_values(graph.quantities[quantity].value, graph, theta)
        case g.Choose(condition, then, otherwise):
            holds = _holds(condition, graph, theta)
            with np.errstate(all="ignore"):
                both = (real_values(part, graph, theta) for part in (then, otherwise))
                return np.where(holds, *both)
        case g.Apply(operator, args):
            found = [real_values(arg, graph, theta) for arg in args]
            if operator in _UNARY:
                return np.asarray(_UNARY[operator](found[0]))
            return reduce(_BINARY[operator], found)


def _holds(condition: g.Bool, graph: g.Graph, theta: Floats) -> Floats:
    def each(args: Sequence[g.Bool]) -> Floats:
        return np.array([_holds(arg, graph, theta) for arg in args])

    match condition:
        case g.Truth(value):
            return np.full(len(theta), value)
        case g.Not(arg):
            return np.asarray(~_holds(arg, graph, theta).astype(bool))
        case g.And(args):
            return np.asarray(each(args).all(axis=0))
        case g.Or(args):
            return np.asarray(each(args).any(axis=0))
        case g.AtLeast(k, args):
            return np.asarray(each(args).sum(axis=0) >= k)
        case g.Compare(operator, left, right):
            sides = (real_values(side, graph, theta) for side in (left, right))
            return np.asarray(_COMPARE[operator](*sides))
    raise DependsOnTruthError
