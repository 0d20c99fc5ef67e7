"""Constant expressions: their values, and the parts that have none."""

import operator
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensa.stories.expressions import bounds, constant, parse
from sensa.stories.syntax import Arithmetic, Expression, Negative, Number

LARGE, SMALL = "is too large (at most about `1.8e308`)", "is too small to tell from 0 (write `0`)"
WRONG = [
    ("1e308 * 10", 0, f"`1e+308 * 10` {LARGE}"),
    ("x + (1e308 + 1e308)", 5, f"`1e+308 + 1e+308` {LARGE}"),
    ("-1e308 - 1e308", 0, f"`-1e+308 - 1e+308` {LARGE}"),
    ("0 * (1e308 * 10)", 5, f"`1e+308 * 10` {LARGE}"),
    ("clip(exp(1000), 0, 1)", 5, f"`exp(1000)` {LARGE}"),
    ("2 ** 5000", 0, f"`2 ** 5000` {LARGE}"),
    ("within(1e200, 1e200)", 0, f"`within(1e+200, 1e+200)` {LARGE}"),
    ("race(1e308, 1e308)", 0, f"`race(1e+308, 1e+308)` {LARGE}"),
    ("big * big", 0, f"`big * big` {LARGE}"),
    ("1e-200 * 1e-200", 0, f"`1e-200 * 1e-200` {SMALL}"),
    ("1e-200 / 1e200", 0, f"`1e-200 / 1e+200` {SMALL}"),
    ("exp(-1000)", 0, f"`exp(-1000)` {SMALL}"),
    ("0.5 ** 2000", 0, f"`0.5 ** 2000` {SMALL}"),
    ("logistic(-1000)", 0, f"`logistic(-1000)` {SMALL}"),
    ("within(1e-200, 1e-200)", 0, f"`within(1e-200, 1e-200)` {SMALL}"),
    ("race(1e-200, 1e200)", 0, f"`race(1e-200, 1e+200)` {SMALL}"),
    ("1 / 0", 0, "`1 / 0` divides by 0"),
    ("race(0, 0)", 0, "`race(0, 0)` divides by 0 (one of its rates must be above 0)"),
    ("max(log(0), 1)", 4, "`log(0)` is not defined (`log` takes a number above 0)"),
    ("logit(1)", 0, "`logit(1)` is not defined (`logit` takes a number between 0 and 1)"),
    ("sqrt(-1)", 0, "`sqrt(-1)` is not defined (`sqrt` takes a number of at least 0)"),
    ("1 if 1e308 * 10 > 5 else 0", 5, f"`1e+308 * 10` {LARGE}"),
    ("1 if a or log(0) > 1 else 0", 10, "`log(0)` is not defined (`log` takes a number above 0)"),
    ("log(0) if a else 1", 0, "`log(0)` is not defined (`log` takes a number above 0)"),
]
RIGHT = [
    "0 * 1e-300", "0 / 5", "0 ** 3", "1 - 1", "log(1)", "logit(0.5)", "within(0, 5)", "race(0, 1)", "1e-310",
    "logistic(1000)", "1 / x", "x * 1e308", "log(nothing) if nothing > 0 else 0", "log(0) if x > 2 else 1",
    "1 if x > 2 and log(0) > 1 else 0", "1 if x < 2 or log(0) > 1 else 0", "1 if true else 1 / 0",
]  # fmt: skip
NAMES = {"big": 1e200, "nothing": 0.0}
RANGES = {**{name: (value, value) for name, value in NAMES.items()}, "x": (0.0, 1.0)}


@pytest.mark.parametrize(("text", "at", "message"), WRONG)
def test_parts_without_a_value(text: str, at: int, message: str) -> None:
    value, found = constant(parse(text), NAMES, RANGES)
    assert value is None
    assert [(one.error.at, str(one.error)) for one in found] == [(at, message)]
    assert found[0].code == ("too-small" if SMALL in message else "not-finite")


@pytest.mark.parametrize("text", RIGHT)
def test_what_has_a_value_or_never_applies(text: str) -> None:
    assert constant(parse(text), NAMES, RANGES)[1] == ()


_EXACTLY: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip
_leaves = st.floats(allow_nan=False, allow_infinity=False, min_value=0).map(Number)
_signs = st.sampled_from(["+", "-", "*", "/"])
_trees = st.recursive(
    _leaves, lambda parts: parts.map(Negative) | st.builds(Arithmetic, _signs, parts, parts), max_leaves=6
)


def rounded(tree: Expression) -> float:
    """By exact fractions, each rounded once, as IEEE 754 asks; raises where a float cannot hold one."""
    match tree:
        case Number(value):
            return value
        case Negative(arg):
            return -rounded(arg)
        case Arithmetic(sign, left, right):
            exact = _EXACTLY[sign](Fraction(rounded(left)), Fraction(rounded(right)))
            if exact and not float(exact):
                raise ArithmeticError
            return float(exact)
    raise TypeError(tree)


@given(_trees)
def test_values_are_those_of_fractions(tree: Expression) -> None:
    value, found = constant(tree, {}, {})
    try:
        right = rounded(tree)
    except ArithmeticError:
        assert (value, bool(found)) == (None, True)
        return
    assert (value, found) == (right, ())
    assert bounds(tree, {})[0] <= right <= bounds(tree, {})[1]
