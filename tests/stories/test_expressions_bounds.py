"""Bounds: exact where interval arithmetic is, and never too narrow at any point of the ranges."""

import math

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sensa.stories.expressions import bounds, parse
from sensa.stories.syntax import (
    Arithmetic,
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
from tests.stories.expression_trees import UNARY, numbers, unhurried

INF = math.inf
UNKNOWN = (-INF, INF)
RANGES = {"x": (0.0, 1.0), "y": (2.0, 4.0), "z": (-1.0, 3.0), "neg": (-4.0, -2.0), "axis.s": (0.5, 1.0)}

# From the rules of interval arithmetic by hand; those marked by `about` hold a function of the library.
EXACT = [
    ("1", (1, 1)),
    ("x", (0, 1)),
    ("axis.s", (0.5, 1)),
    ("w", UNKNOWN),
    ("w * 0", (0, 0)),
    ("-y", (-4, -2)),
    ("x + y", (2, 5)),
    ("x - y", (-4, -1)),
    ("x - x", (-1, 1)),
    ("z * y", (-4, 12)),
    ("z * neg", (-12, 4)),
    ("z / y", (-0.5, 1.5)),
    ("y / neg", (-2, -0.5)),
    ("y / z", UNKNOWN),
    ("1 / x", (1, INF)),
    ("neg / x", (-INF, -2)),
    ("z / x", UNKNOWN),
    ("1 / (x - 1)", (-INF, -1)),
    ("z / (x - x)", UNKNOWN),
    ("1 / 0", UNKNOWN),
    ("min(1, 0.5 / x)", (0.5, 1)),
    ("min(x, z)", (-1, 1)),
    ("max(x, z)", (0, 3)),
    ("clip(z, 0, 1)", (0, 1)),
    ("clip(w, 0, 1)", (0, 1)),
    ("0.5 + 0.5 * x", (0.5, 1)),
    ("x if a else y", (0, 4)),
    ("x if true else y", (0, 1)),
    ("x if false else y", (2, 4)),
    ("z if y > 1 else 7", (-1, 3)),
    ("z if y < 2 else 7", (7, 7)),
    ("z if y >= 2 and not x > 1 else 7", (-1, 3)),
    ("z if y < 3 else 7", (-1, 7)),
    ("z if a or x <= 1 else 7", (-1, 3)),
    ("z if a and x > 1 else 7", (7, 7)),
    ("z if x == y else 7", (7, 7)),
    ("z if x != y else 7", (-1, 3)),
    ("z if 1 == 1 else 7", (-1, 3)),
    ("1 if any(a, true) else 0", (0, 1)),
    ("logistic(w)", (0, 1)),
    ("exp(w)", (0, INF)),
    ("sqrt(w)", (0, INF)),
    ("log(x)", (-INF, 0)),
    ("logit(x)", UNKNOWN),
    ("sqrt(neg)", UNKNOWN),
    ("log(neg)", UNKNOWN),
    ("logit(neg)", UNKNOWN),
    ("neg ** x", UNKNOWN),
    ("z ** -1", UNKNOWN),
    ("race(x, y)", (0, 1 / 3)),
    ("race(y, x)", (2 / 3, 1)),
    ("race(x, x)", (0, 1)),
    ("race(w, y)", UNKNOWN),
    ("race(neg, 0)", (0.5, 2)),
    ("within(x, y)", (0, 1 - math.exp(-4))),
    ("within(y, w)", (-INF, 1)),
    ("exp(z)", (math.exp(-1), math.exp(3))),
    ("sqrt(y)", (math.sqrt(2), 2)),
    ("log(y)", (math.log(2), math.log(4))),
    ("logit(axis.s)", (0, INF)),
    ("y ** 2", (4, 16)),
    ("z ** 2", (0, 9)),
    ("z ** 3", (-1, 27)),
    ("neg ** 2", (4, 16)),
    ("neg ** -1", (-0.5, -0.25)),
    ("neg ** -2", (1 / 16, 0.25)),
    ("y ** z", (0.25, 64)),
    ("x ** y", (0, 1)),
    ("x ** neg", (1, INF)),
    ("x ** z", (0, INF)),
    ("z ** -2", (1 / 9, INF)),
    ("neg ** -3", (-1 / 8, -1 / 64)),
    ("axis.s ** neg", (1, 16)),
]


@pytest.mark.parametrize(("text", "expected"), EXACT)
def test_bounds(text: str, expected: tuple[float, float]) -> None:
    low, high = bounds(parse(text), RANGES)
    assert low <= expected[0]
    assert expected[1] <= high
    assert (low, high) == pytest.approx(expected, rel=1e-14, abs=2e-15)


@pytest.mark.parametrize(
    "text", ["0.9 + 0.1 * x", "1 - x", "x * x", "x / 2 + 0.5", "clip(w, 0, 1)", "race(x, y)"]
)
def test_probabilities_are_not_widened_beyond_their_limits(text: str) -> None:
    low, high = bounds(parse(text), RANGES)
    assert low >= 0
    assert high <= 1


def test_an_empty_or_undefined_range_bounds_nothing() -> None:
    assert bounds(parse("x"), {"x": (1.0, 0.0)}) == UNKNOWN
    assert bounds(parse("x"), {"x": (math.nan, 1.0)}) == UNKNOWN


@pytest.mark.parametrize(
    "text", ["x < 1", "any(a)", "within(x)", "min()", "clip(x, y)", "a and b", "model.agentic"]
)
def test_what_is_no_number_has_no_bounds(text: str) -> None:
    assert bounds(parse(text), RANGES) == UNKNOWN


class UndefinedError(ArithmeticError):
    """A part has no value at this point: such points say nothing about bounds."""


FUNCTIONS = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt,
    "logistic": lambda x: 1 / (1 + np.exp(-x)), "logit": lambda p: np.log(p / (1 - p)),
    "min": min, "max": max, "clip": lambda x, low, high: min(max(x, low), high),
    "within": lambda rate, time: -np.expm1(-rate * time), "race": lambda a, b: a / (a + b),
    "periodic_test": lambda r, t: 1 + np.expm1(-(r * t)) / (r * t) if r * t else 0.0 * r * t,
    "start_and_run": lambda q, r, t: 1 - (1 - q) * np.exp(-(r * t)),
}  # fmt: skip
SIGNS = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.float_power,
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
    "==": np.equal, "!=": np.not_equal,
}  # fmt: skip


def value(expression: Expression, point: dict[str, float]) -> float:
    """The plain meaning of an expression at a point, in IEEE arithmetic; bools are 0 and 1."""
    match expression:
        case Number(value=number) | Boolean(value=number):
            result = np.float64(number)
        case Name(name=name):
            result = np.float64(point[name])
        case Not(arg=arg):
            result = 1 - value(arg, point)
        case Junction(operator=operator, args=args):
            result = (min if operator == "and" else max)(value(arg, point) for arg in args)
        case Negative(arg=arg):
            result = -value(arg, point)
        case (
            Comparison(operator=sign, left=left, right=right)
            | Arithmetic(operator=sign, left=left, right=right)
        ):
            operands = value(left, point), value(right, point)
            if sign == "/" and operands[1] == 0:
                raise UndefinedError
            result = np.float64(SIGNS[sign](*operands))
        case IfElse(condition=condition, then=then, otherwise=otherwise):
            result = value(then if value(condition, point) else otherwise, point)
        case Call(function=function, args=args):
            result = np.float64(FUNCTIONS[function](*(value(arg, point) for arg in args)))
        case _:
            raise AssertionError(f"not generated: {expression}")
    if np.isnan(result):
        raise UndefinedError
    return result


_names = st.sampled_from([Name("x"), Name("y"), Name("z")])
_leaves = st.one_of(_names, numbers, st.sampled_from([0.5, 1.0, 2.0, 3.0, 700.0, 1e-300, 1e300]).map(Number))


def conditions(depth: int) -> st.SearchStrategy[Expression]:
    reals = st.deferred(lambda: trees(depth))
    compared = st.builds(Comparison, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), reals, reals)
    if depth == 0:
        return compared | st.booleans().map(Boolean)
    deeper = st.deferred(lambda: conditions(depth - 1))
    joined = st.builds(Junction, st.sampled_from(["and", "or"]), st.tuples(deeper, deeper))
    return compared | deeper.map(Not) | joined


def trees(depth: int) -> st.SearchStrategy[Expression]:
    if depth == 0:
        return _leaves
    reals = st.deferred(lambda: trees(depth - 1))
    return st.one_of(
        _leaves,
        reals.map(Negative),
        st.builds(Arithmetic, st.sampled_from(["+", "-", "*", "/", "**"]), reals, reals),
        st.builds(IfElse, conditions(depth - 1), reals, reals),
        st.builds(lambda f, x: Call(f, (x,)), st.sampled_from(UNARY), reals),
        st.builds(
            lambda f, x, y: Call(f, (x, y)),
            st.sampled_from(["within", "race", "periodic_test", "min", "max"]),
            reals,
            reals,
        ),
        st.builds(
            lambda f, *xs: Call(f, xs), st.sampled_from(["clip", "start_and_run"]), reals, reals, reals
        ),
    )


_ends = st.one_of(
    st.integers(-4, 4).map(float), st.floats(-2, 2), st.floats(allow_nan=False, allow_infinity=False)
)
_ranges = st.tuples(_ends, _ends).map(lambda ends: (min(ends), max(ends)))


@unhurried
@given(
    trees(4), st.tuples(_ranges, _ranges, _ranges), st.lists(st.tuples(*[st.floats(0, 1)] * 3), max_size=20)
)
@example(parse("logistic(x)"), ((-720.0, -700.0), (0.0, 0.0), (0.0, 0.0)), [(0.0, 0.0, 0.0), (0.5, 0.0, 0.0)])
@example(parse("logit(x)"), ((0.4, 0.5000000001), (0.0, 0.0), (0.0, 0.0)), [(1.0, 0.0, 0.0)])
@example(parse("within(x, y)"), ((0.0, 1e-12), (1.0, 1.0), (0.0, 0.0)), [(1.0, 0.0, 0.0)])
def test_no_value_lies_outside(
    expression: Expression,
    ranges: tuple[tuple[float, float], ...],
    shares: list[tuple[float, ...]],
) -> None:
    of_names = dict(zip("xyz", ranges, strict=True))
    low, high = bounds(expression, of_names)
    corners = [(float(i & 1), float(i >> 1 & 1), float(i >> 2)) for i in range(8)]
    defined = 0
    for share in [*corners, *shares]:
        point = {name: _between(*of_names[name], at) for name, at in zip("xyz", share, strict=True)}
        try:
            with np.errstate(all="ignore"):
                found = value(expression, point)
        except UndefinedError:
            continue
        defined += 1
        assert low <= found <= high
    assume(defined)


def _between(low: float, high: float, share: float) -> float:
    return min(max(low * (1 - share) + high * share, low), high)
