"""The expression language as a tree; `expressions` parses it, types it and prints it back.

Each node has `at`, the offset in the text where it starts, so that later stages can point to it.
"""

from dataclasses import dataclass
from typing import Literal

ArithmeticOperator = Literal["+", "-", "*", "/", "**"]
ComparisonOperator = Literal["<", "<=", ">", ">=", "==", "!="]
Function = Literal[
    "any", "all", "at_least", "exactly",
    "min", "max", "exp", "log", "sqrt", "logistic", "logit", "clip", "within", "race",
    "periodic_test", "start_and_run",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """A real constant."""

    value: float
    at: int = 0


@dataclass(frozen=True, slots=True)
class Boolean:
    """`true` or `false`."""

    value: bool
    at: int = 0


@dataclass(frozen=True, slots=True)
class Name:
    """A name: a node, a quantity, `halted`, `step`, `round`; with `prev`, one step before."""

    name: str
    prev: bool = False
    at: int = 0


@dataclass(frozen=True, slots=True)
class Axis:
    """`axis.NAME`."""

    name: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Tag:
    """`choice.tag`: the option taken has the tag."""

    of: Name
    tag: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Option:
    """`choice == "a"`, `choice in ("a", "b")`; `choice != "a"` if negated."""

    of: Name
    options: tuple[str, ...]
    negated: bool = False
    at: int = 0


@dataclass(frozen=True, slots=True)
class Phase:
    """`phase == "NAME"`."""

    name: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Not:
    """`not x`."""

    arg: "Expression"
    at: int = 0


@dataclass(frozen=True, slots=True)
class Junction:
    """`a and b and …` or `a or b or …`."""

    operator: Literal["and", "or"]
    args: tuple["Expression", ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of two reals; `a < b < c` is a junction of two."""

    operator: ComparisonOperator
    left: "Expression"
    right: "Expression"
    at: int = 0


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left operator right`."""

    operator: ArithmeticOperator
    left: "Expression"
    right: "Expression"
    at: int = 0


@dataclass(frozen=True, slots=True)
class Negative:
    """`-x`."""

    arg: "Expression"
    at: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A whitelisted function; the first argument of `at_least` and `exactly` is a whole `Number`."""

    function: Function
    args: tuple["Expression", ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class IfElse:
    """`then if condition else otherwise`, of bools or of reals."""

    condition: "Expression"
    then: "Expression"
    otherwise: "Expression"
    at: int = 0


@dataclass(frozen=True, slots=True)
class AllSteps:
    """`holds(x)`: true at every step that is reached; `violated(x)`: false at one. Only in measures."""

    word: Literal["holds", "violated"]
    arg: "Expression"
    at: int = 0


Expression = (
    Number
    | Boolean
    | Name
    | Axis
    | Tag
    | Option
    | Phase
    | Not
    | Junction
    | Comparison
    | Arithmetic
    | Negative
    | Call
    | IfElse
    | AllSteps
)
