"""The requirement of a property: a comparison of two sums of measures and numbers.

- requirement: sum ("<=" | "<" | ">=" | ">") sum
- sum: product (("+" | "-") product)*
- product: factor (("*" | "/") factor)*
- factor: "-" factor | number | "(" sum ")" | [("base" | "before" | "after") "."] measure
- measure: "P(" X ["|" Y] ")" | "loss" | "sobol_total(" PATH ")"

Each part has `at`, the offset in the text where it starts.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, cast

from sensa.stories.expressions import ExpressionError
from sensa.stories.expressions.tokens import Token, number_of, token_after
from sensa.stories.problems import quoted
from sensa.stories.properties.measures import Measure, parse_measure
from sensa.stories.toml_slips import share

MAX_LENGTH = 1_000
MAX_DEPTH = 30
MAX_MEASURES = 40

Version = Literal["", "base", "before", "after", "change"]  # change: after minus before, never written
Operator = Literal["+", "-", "*", "/"]
Sign = Literal["<=", "<", ">=", ">"]
SIGNS = ("<=", "<", ">=", ">")
VERSIONS = ("base", "before", "after")


@dataclass(frozen=True, slots=True)
class Constant:
    """A number."""

    value: float
    at: int


@dataclass(frozen=True, slots=True)
class SobolTotal:
    """The total Sobol' index of a parameter for P(catastrophic)."""

    parameter: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of the story, of its base, or before or after the property's move."""

    measure: Measure | SobolTotal
    version: Version
    text: str  # as written, without the version
    at: int


@dataclass(frozen=True, slots=True)
class Negative:
    """The negated term."""

    arg: "Term"
    at: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """An operation on two terms."""

    operator: Operator
    left: "Term"
    right: "Term"
    at: int


Term = Constant | Measured | Negative | Arithmetic


@dataclass(frozen=True, slots=True)
class Requirement:
    """A comparison that must be true."""

    left: Term
    sign: Sign
    right: Term

    @property
    def measured(self) -> tuple[Measured, ...]:
        """Its measures, in the order written."""
        return (*measured(self.left), *measured(self.right))


def measured(term: Term) -> Iterator[Measured]:
    """The measures in a term, in the order written."""
    match term:
        case Measured():
            yield term
        case Negative(arg):
            yield from measured(arg)
        case Arithmetic(_, left, right):
            yield from measured(left)
            yield from measured(right)


def parse_requirement(text: str) -> Requirement:
    """The requirement that a text states. Names are not looked up here.

    Raises ExpressionError at the first error, and for a text that is longer than `MAX_LENGTH` characters,
    nested deeper than `MAX_DEPTH` or has more than `MAX_MEASURES` measures.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            f"a requirement of {len(text)} characters", MAX_LENGTH, f"at most {MAX_LENGTH} are allowed"
        )
    parser = _Parser(text)
    left = parser.sum()
    sign = parser.token
    _refuse_percent(text, sign)
    if sign.kind != "symbol" or sign.text not in SIGNS:
        fix = "compare two sides, as `P(catastrophic) <= 0.01`"
        raise ExpressionError(f"expected `<=`, `<`, `>=` or `>`, got {_shown(sign)}", sign.at, fix)
    parser.advance()
    right = parser.sum()
    _refuse_percent(text, parser.token)
    if parser.token.kind != "end":
        what = "a requirement has one comparison" if parser.token.text in SIGNS else "nothing may follow here"
        raise ExpressionError(f"{_shown(parser.token)}: {what}", parser.token.at, "write two properties")
    found = Requirement(left, cast(Sign, sign.text), right)
    if not found.measured:
        raise ExpressionError("nothing of the story is measured", 0, "write `P(X)`, `P(X | Y)` or `loss`")
    return found


def _refuse_percent(text: str, token: Token) -> None:
    """Raise for the sign in `10%`, at its number."""
    number = re.search(r"\d+(?:\.\d+)?[ \t]*$", text[: token.at])
    if token.text == "%" and number is not None:
        shown = quoted(f"{number[0]}%")
        fix = f"write `{share(number[0].strip())}`"
        raise ExpressionError(f"{shown} is not a number", number.start(), fix)


def _shown(token: Token) -> str:
    return "the end" if token.kind == "end" else quoted(token.text)


def _require_finite(term: Arithmetic, written: str) -> None:
    """Raise unless a float can hold what the numbers in a term come to, wherever its measures are 1."""
    if term.operator == "/" and _size(term.right) == 0:
        raise ExpressionError(f"{quoted(written)} divides by 0", term.at)
    size = _size(term)
    if not math.isfinite(size):
        raise ExpressionError(f"{quoted(written)} is too large", term.at, "at most about `1.8e308`")
    if size == 0 and term.operator in "*/" and _size(term.left) != 0 != _size(term.right):
        raise ExpressionError(f"{quoted(written)} is too small to tell from 0", term.at, "write `0`")


def _size(term: Term) -> float:
    """The size of a term if every measure is 1: the largest of its coefficients."""
    value = constant(term)
    if value is not None:
        return abs(value)
    match term:
        case Negative(arg):
            return _size(arg)
        case Arithmetic(operator, left, right):
            x, y = _size(left), _size(right)
            return max(x, y) if operator in "+-" else x * y if operator == "*" else x / y
    return 1.0


def constant(term: Term) -> float | None:
    """The value of a term without measures; None of one with measures."""
    match term:
        case Constant(value):
            return value
        case Negative(arg):
            inner = constant(arg)
            return None if inner is None else -inner
        case Arithmetic(operator, left, right):
            x, y = constant(left), constant(right)
            if x is None or y is None:
                return None
            return {"+": x + y, "-": x - y, "*": x * y}[operator] if operator != "/" else x / y
    return None


class _Parser:
    """A parser of one text; `token` is the next one to read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.token, self.position = token_after(text, 0)
        self.end = 0  # of the last token read
        self.depth = 0
        self.measures = 0

    def advance(self) -> Token:
        """Return the current token and move to the next."""
        token, self.end = self.token, self.position
        self.token, self.position = token_after(self.text, self.position)
        return token

    def at(self, *signs: str) -> bool:
        """Whether the current token is one of these."""
        return self.token.kind in ("symbol", "word") and self.token.text in signs

    def sum(self) -> Term:
        """Products, added and subtracted from left to right."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(f"nested more than {MAX_DEPTH} levels deep", self.token.at)
        term = self.operations(("+", "-"), self.product)
        self.depth -= 1
        return term

    def product(self) -> Term:
        """Factors, multiplied and divided from left to right."""
        return self.operations(("*", "/"), self.factor)

    def operations(self, signs: tuple[Operator, ...], operand: Callable[[], Term]) -> Term:
        """Operands with these signs between them, grouped to the left."""
        start, left = self.token.at, operand()
        while self.at(*signs):
            sign = self.advance()
            found = Arithmetic(cast(Operator, sign.text), left, operand(), sign.at)
            _require_finite(found, self.text[start : self.end])
            left = found
        return left

    def factor(self) -> Term:
        """A number, a measure, or a sum in parentheses."""
        token = self.token
        if token.kind == "number":
            self.advance()
            return Constant(number_of(token), token.at)
        if self.at("-"):
            self.advance()
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise ExpressionError(f"nested more than {MAX_DEPTH} levels deep", token.at)
            arg = self.factor()
            self.depth -= 1
            return Negative(arg, token.at)
        if self.at("("):
            self.advance()
            inside = self.sum()
            if not self.at(")"):
                raise ExpressionError("`(` is not closed", token.at)
            self.advance()
            return inside
        if token.kind == "word":
            return self.measure()
        raise ExpressionError(f"expected a number or a measure, got {_shown(token)}", token.at)

    def measure(self) -> Measured:
        """A measure, with its version of the story."""
        start, version = self.token.at, ""
        if self.at(*VERSIONS):
            version = self.advance().text
            if not self.at("."):
                raise ExpressionError(
                    f"`{version}` stands before a measure", start, f"write `{version}.P(catastrophic)`"
                )
            self.advance()
        self.measures += 1
        if self.measures > MAX_MEASURES:
            raise ExpressionError(f"more than {MAX_MEASURES} measures", start)
        token = self.token
        if token.kind != "word" or token.text not in ("P", "loss", "sobol_total"):
            fix = "write `P(X)`, `P(X | Y)`, `loss` or `sobol_total(PARAMETER)`"
            raise ExpressionError(f"{_shown(token)} is not a measure", token.at, fix)
        self.advance()
        written = token.text if token.text == "loss" else self.called(token)
        return Measured(self.read(token, written), cast(Version, version), written, start)

    def called(self, word: Token) -> str:
        """The text of a measure with its parentheses, which may be nested."""
        if not self.at("("):
            raise ExpressionError(f"`{word.text}` has no parentheses", word.at, f"write `{word.text}(…)`")
        opening, depth = self.token, 0
        while True:
            token = self.token
            if token.kind == "end":
                raise ExpressionError("`(` is not closed", opening.at)
            self.advance()
            depth += (token.text == "(") - (token.text == ")") if token.kind == "symbol" else 0
            if depth == 0:
                return self.text[word.at : token.at + 1]

    def read(self, word: Token, written: str) -> Measure | SobolTotal:
        """The measure with this text."""
        if word.text == "sobol_total":
            return SobolTotal(written[len("sobol_total") :].strip()[1:-1].strip())
        try:
            return parse_measure(written)
        except ExpressionError as error:
            raise ExpressionError(error.message, word.at + error.at, error.fix) from None
