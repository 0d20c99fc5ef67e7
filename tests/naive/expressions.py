"""The expression language, read with Python's own parser: an expression becomes a function of the world."""

import ast
import math
import operator
from collections.abc import Callable
from functools import cache
from typing import Any

Meaning = Callable[[Any], Any]


class NaiveError(ValueError):
    """Something that the format forbids: a wrong type, a number that is none, no option left."""


def evaluate(text: str | bool, world: Any) -> Any:
    """The value (bool or float) of an expression; `world` answers what names, axes and `prev` are."""
    return text if isinstance(text, bool) else meaning(text)(world)


@cache
def meaning(text: str) -> Meaning:
    return _meaning(ast.parse(text.strip(), mode="eval").body)


def truth(text: str | bool, world: Any) -> bool:
    return _bool(evaluate(text, world))


def real(text: str, world: Any) -> float:
    return _real(evaluate(text, world))


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise NaiveError(f"a bool is wanted, not {value!r}")
    return value


def _real(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NaiveError(f"a number is wanted, not {value!r}")
    if not math.isfinite(value):
        raise NaiveError(f"not a finite number: {value!r}")
    return float(value)


UNARY: dict[type, Meaning] = {
    ast.Not: lambda value: not _bool(value),
    ast.USub: lambda value: -_real(value),
    ast.UAdd: _real,
}
BINARY: dict[type, Callable[[float, float], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
ORDER: dict[type, Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def _meaning(node: ast.expr) -> Meaning:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            value = _real(number)
            return lambda world: value
        case ast.Name(id="true"):
            return lambda world: True
        case ast.Name(id="false"):
            return lambda world: False
        case ast.Name(id=name):
            return lambda world: world.look(name)
        case ast.BoolOp(op=op, values=values):
            parts, wanted = [_meaning(part) for part in values], any if isinstance(op, ast.Or) else all
            return lambda world: wanted(_bool(part(world)) for part in parts)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in UNARY:
            one, unary = _meaning(operand), UNARY[type(op)]
            return lambda world: unary(one(world))
        case ast.IfExp():
            test, body, other = _meaning(node.test), _meaning(node.body), _meaning(node.orelse)
            return lambda world: body(world) if _bool(test(world)) else other(world)
        case ast.BinOp(op=op) if type(op) in BINARY:
            left, right, binary = _meaning(node.left), _meaning(node.right), BINARY[type(op)]
            return lambda world: _arithmetic(binary, _real(left(world)), _real(right(world)))
        case ast.Compare():
            return _test_of_option(node) or _comparison(node)
        case ast.Call(func=ast.Name(id=function)):
            arguments = [_meaning(argument) for argument in node.args]
            return lambda world: _call(function, [argument(world) for argument in arguments])
        case ast.Attribute(value=ast.Name(id="axis"), attr=axis):
            return lambda world: world.axis(axis)
        case ast.Attribute(value=ast.Name(id="prev"), attr=name):
            return lambda world: world.prev(name)
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="prev"), attr=choice), attr=tag):
            return lambda world: world.has_tag(choice, world.prev(choice), tag)
        case ast.Attribute(value=ast.Name(id=choice), attr=tag):
            return lambda world: world.has_tag(choice, world.look(choice), tag)
    raise NaiveError(f"not in the language: {ast.unparse(node)}")


def _arithmetic(binary: Callable[[float, float], Any], left: float, right: float) -> float:
    try:
        return _real(binary(left, right))
    except ArithmeticError as error:
        raise NaiveError(str(error)) from error


def _comparison(node: ast.Compare) -> Meaning:
    parts = [_meaning(part) for part in [node.left, *node.comparators]]
    ordered = [ORDER[type(op)] for op in node.ops]

    def compare(world: Any) -> bool:
        values = [_real(part(world)) for part in parts]
        return all(op(*pair) for op, *pair in zip(ordered, values, values[1:], strict=False))

    return compare


def _test_of_option(node: ast.Compare) -> Meaning | None:
    """`choice == "a"` and its like; none where numbers are compared."""
    texts = _texts(node.comparators[0])
    if texts is None:
        return None
    option, op = _meaning(node.left), type(node.ops[0])
    if len(node.ops) > 1 or op not in (ast.Eq, ast.NotEq, ast.In):
        raise NaiveError(f"not in the language: {ast.unparse(node)}")

    def test(world: Any) -> bool:
        found = option(world)  # none for `prev` of a choice before its first step: no option was taken
        return found not in texts if op is ast.NotEq else found in texts

    return test


def _texts(node: ast.expr) -> list[str] | None:
    """The option names on the right of a comparison, or none if it compares numbers."""
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.Tuple(elts=parts):
            return [part.value for part in parts]  # type: ignore[attr-defined]
    return None


def _call(function: str, arguments: list[Any]) -> Any:
    match function:
        case "any":
            return any(_bool(value) for value in arguments)
        case "all":
            return all(_bool(value) for value in arguments)
        case "at_least":
            return sum(_bool(value) for value in arguments[1:]) >= _real(arguments[0])
        case "exactly":
            return sum(_bool(value) for value in arguments[1:]) == _real(arguments[0])
    try:
        return _real(_function(function, *[_real(value) for value in arguments]))
    except (ArithmeticError, ValueError) as error:
        raise NaiveError(f"{function}{tuple(arguments)}: {error}") from error


def _function(function: str, *x: float) -> float:
    match function:
        case "min":
            return min(x)
        case "max":
            return max(x)
        case "exp":
            return math.exp(x[0])
        case "log":
            return math.log(x[0])
        case "sqrt":
            return math.sqrt(x[0])
        case "logistic":
            return 1 / (1 + math.exp(-x[0])) if x[0] >= 0 else math.exp(x[0]) / (1 + math.exp(x[0]))
        case "logit":
            return math.log(x[0] / (1 - x[0]))
        case "clip":
            return min(max(x[0], x[1]), x[2])
        case "within":
            return 1 - math.exp(-x[0] * x[1])
        case "periodic_test":
            return 1 + math.expm1(-x[0] * x[1]) / (x[0] * x[1]) if x[0] * x[1] else 0.0
        case "start_and_run":
            return 1 - (1 - x[0]) * math.exp(-x[1] * x[2])
        case "race":
            return x[0] / (x[0] + x[1])
    raise NaiveError(f"no such function: {function}")
