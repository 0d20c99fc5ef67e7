"""Text to tree: a parser by precedence, with bounds on length, depth and size.

The grammar is a part of Python's, as listed in the story format, with Python's precedence.
"""

from typing import Literal, cast

from sensa.stories import syntax as tree
from sensa.stories.expressions import printing, refusals
from sensa.stories.expressions.errors import ExpressionError
from sensa.stories.expressions.printing import AND, COMPARISON, IF_ELSE, NOT, OR, POWER, PRODUCT, SIGN, SUM
from sensa.stories.expressions.tokens import (
    FUNCTIONS,
    KEYWORDS,
    NAME,
    RESERVED,
    Token,
    number_of,
    token_after,
)
from sensa.stories.expressions.trees import walk
from sensa.stories.problems import quoted
from sensa.stories.syntax import Expression

MAX_LENGTH = 10_000  # characters
MAX_DEPTH = 50  # of the tree, its root at 1
MAX_NODES = 2_000
_MAX_NESTING = 2 * MAX_DEPTH + 2  # of the parser: a node and the parentheses around it

_UNREADABLE = RESERVED - {"step", "round", "halted"}  # these are read like names
_COMPARISONS = {"<", "<=", ">", ">=", "==", "!="}
_BINDING = {
    "if": IF_ELSE, "or": OR, "and": AND, "in": COMPARISON, **dict.fromkeys(_COMPARISONS, COMPARISON),
    "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "**": POWER,
}  # fmt: skip


def parse(text: str, *, about_all_steps: bool = False) -> Expression:
    """The tree of an expression; only what is measured may be `about_all_steps` (`holds`, `violated`).

    Names and types are not checked here; `type_problems` does that. The output of `show` for the tree
    parses to the same tree. Raises ExpressionError at the first error, and for a text that is longer than
    `MAX_LENGTH` characters, nested deeper than `MAX_DEPTH` or larger than `MAX_NODES`.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            f"an expression of {len(text)} characters", MAX_LENGTH, f"at most {MAX_LENGTH} are allowed"
        )
    parser = _Parser(text, about_all_steps=about_all_steps)
    expression = parser.expression(IF_ELSE)
    if parser.token.kind != "end":
        raise refusals.instead_of_operator(text, parser.token)
    for node, depth in walk(expression):
        if depth > MAX_DEPTH:
            raise _too_deep(node.at)
    if len(printing.show(expression)) > MAX_LENGTH:
        raise ExpressionError(
            f"more than {MAX_LENGTH} characters once chains of comparisons are written out",
            expression.at,
            "name a part of it",
        )
    return expression


def _too_deep(at: int) -> ExpressionError:
    return ExpressionError(
        f"nested more than {MAX_DEPTH} levels deep", at, "group long sums by parentheses, or name a part"
    )


class _Parser:
    """A parser of one text; `token` is the next one to read."""

    def __init__(self, text: str, *, about_all_steps: bool) -> None:
        self.text = text
        self.about_all_steps = about_all_steps
        self.token, self.position = token_after(text, 0)
        self.nesting = 0
        self.nodes = 0

    def advance(self) -> Token:
        """Return the current token and move to the next."""
        token = self.token
        self.token, self.position = token_after(self.text, self.position)
        return token

    def at_sign(self, *signs: str) -> bool:
        """Whether the current token is one of these signs or words."""
        return self.token.kind in ("symbol", "word") and self.token.text in signs

    def binding(self) -> int:
        """The precedence of the current token; lowest if it is not an operator."""
        return -1 if self.token.kind == "text" else _BINDING.get(self.token.text, -1)

    def expect(self, sign: str) -> Token:
        """Read a sign, or raise an error that says what is there instead."""
        if not self.at_sign(sign):
            raise refusals.instead_of(self.token, sign)
        return self.advance()

    def count(self, nodes: int = 1) -> None:
        """Limit the tree's size; shared parts count each time."""
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise ExpressionError(
                f"more than {MAX_NODES} names, numbers and operators", self.token.at, "name a part of it"
            )

    def expression(self, least: int) -> Expression:
        """Parse an expression of at least the precedence `least`."""
        self.nesting += 1
        if self.nesting > _MAX_NESTING:
            raise _too_deep(self.token.at)
        start = self.token.at
        left = self.operand(least)
        while (binding := self.binding()) >= least:
            left = self.operation(left, start, binding)
        self.nesting -= 1
        return left

    def operation(self, left: Expression, start: int, binding: int) -> Expression:
        """The current operator applied to `left` and to the expression after it."""
        operator = self.token.text
        if binding == COMPARISON:
            return self.comparison(left, start)
        self.count()
        match binding:
            case printing.IF_ELSE:
                self.advance()
                condition = self.expression(OR)
                self.expect("else")
                return tree.IfElse(condition, left, self.expression(IF_ELSE), start)
            case printing.OR | printing.AND:
                args = [left]
                while self.at_sign(operator):
                    self.advance()
                    args.append(self.expression(binding + 1))
                return tree.Junction(cast(Literal["and", "or"], operator), tuple(args), start)
        self.advance()
        right = self.expression(SIGN if binding == POWER else binding + 1)
        return tree.Arithmetic(cast(tree.ArithmeticOperator, operator), left, right, start)

    def comparison(self, left: Expression, start: int) -> Expression:
        """`left < right`, a chain of comparisons, or a test of a choice's option."""
        pairs: list[Expression] = []
        size = 0
        while self.at_sign(*_COMPARISONS, "in"):
            sign = self.advance()
            self.count(size + 1)
            if sign.text == "in" or self.token.kind == "text":
                return self.option(left, start, sign, chained=bool(pairs))
            before, at = self.nodes, self.token.at
            right = self.expression(SUM)
            size = self.nodes - before
            pairs.append(tree.Comparison(cast(tree.ComparisonOperator, sign.text), left, right, start))
            left, start = right, at
        if len(pairs) == 1:
            return pairs[0]
        self.count()
        return tree.Junction("and", tuple(pairs), pairs[0].at)

    def option(self, left: Expression, start: int, sign: Token, *, chained: bool) -> tree.Option:
        """The options after `choice ==`, `choice !=` or `choice in`."""
        if not isinstance(left, tree.Name) or chained:
            raise refusals.not_a_choice(sign)
        if sign.text not in ("==", "!=", "in"):
            raise refusals.not_for_options(sign)
        options = self.options() if sign.text == "in" else (self.advance().text,)
        self.end_of_test()
        return tree.Option(left, options, sign.text == "!=", start)

    def end_of_test(self) -> None:
        """Refuse operators that would chain a test of an option or of the phase."""
        if self.binding() >= COMPARISON:
            message = f"{quoted(self.token.text)} cannot follow a test of an option or phase"
            raise ExpressionError(message, self.token.at, "join tests by `and` or `or`")

    def options(self) -> tuple[str, ...]:
        """The texts in parentheses after `in`."""
        if not self.at_sign("("):
            raise refusals.instead_of_options(self.token)
        opening = self.advance()
        options: list[str] = []
        while not self.at_sign(")"):
            if self.token.kind != "text":
                raise refusals.instead_of_options(self.token)
            if self.token.text in options:
                raise ExpressionError(f"option {quoted(self.token.text)} is named twice", self.token.at)
            self.count()
            options.append(self.advance().text)
            if not self.at_sign(")"):
                self.expect(",")
        if not options:
            raise ExpressionError("`in ()` names no option", opening.at, 'write `in ("a", "b")`')
        self.advance()
        return tuple(options)

    def operand(self, least: int) -> Expression:
        """A number, a name, a call, parentheses, or an operand after a sign or `not`."""
        token = self.token
        if self.at_sign("("):
            self.advance()
            inside = self.expression(IF_ELSE)
            if not self.at_sign(")"):
                raise refusals.not_closed(self.text, self.token, token)
            self.advance()
            return inside
        self.count()
        if token.kind == "number":
            self.advance()
            return tree.Number(number_of(token), token.at)
        if self.at_sign("-"):
            self.advance()
            return tree.Negative(self.expression(SIGN), token.at)
        if self.at_sign("not"):
            if least > NOT:
                raise ExpressionError("`not` needs parentheses here", token.at, "write `(not …)`")
            self.advance()
            return tree.Not(self.expression(NOT), token.at)
        if token.kind == "word":
            return self.word(least)
        raise refusals.instead_of_value(self.text, token)

    def word(self, least: int) -> Expression:
        """An operand that starts with a name or a word of the language."""
        token = self.advance()
        match token.text:
            case "true" | "false":
                return tree.Boolean(token.text == "true", token.at)
            case "phase":
                return self.phase(token, least)
            case "axis":
                return tree.Axis(self.member(token), token.at)
            case "prev":
                name = self.member(token)
                return self.tagged(tree.Name(name, True, token.at))
        if token.text in FUNCTIONS:
            return self.call(token)
        if token.text in _UNREADABLE:
            raise refusals.instead_of_value(self.text, token)
        if self.at_sign("("):
            if self.about_all_steps and token.text in ("holds", "violated"):
                return self.all_steps(token)
            raise refusals.unknown_function(token)
        return self.tagged(tree.Name(_checked(token), False, token.at))

    def member(self, owner: Token) -> str:
        """The name after `owner.`."""
        if not self.at_sign("."):
            raise refusals.alone(owner)
        self.advance()
        return self.part("a name", KEYWORDS if owner.text == "axis" else _UNREADABLE, owner)

    def part(self, wanted: str, refused: frozenset[str], owner: Token) -> str:
        """The name or tag behind a dot."""
        if self.token.kind != "word":
            raise refusals.instead_of(self.token, wanted)
        if self.token.text in refused:
            raise refusals.reserved(self.token, owner)
        return _checked(self.advance())

    def tagged(self, of: tree.Name) -> tree.Name | tree.Tag:
        """The name, or its tag if one follows."""
        if not self.at_sign("."):
            return of
        self.count()
        tag = self.part("a tag", KEYWORDS, self.advance())
        if self.at_sign("."):
            owner = f"prev.{of.name}" if of.prev else of.name
            raise ExpressionError("a tag has no parts", self.token.at, f"write {quoted(f'{owner}.{tag}')}")
        return tree.Tag(of, tag, of.at)

    def phase(self, token: Token, least: int) -> tree.Phase:
        """`phase == "NAME"`, the only test of the phase."""
        sign = self.token
        if not self.at_sign("=="):
            raise refusals.wrong_phase(token, sign)
        self.advance()
        if self.token.kind != "text":
            raise refusals.phase_without_quotes(self.token)
        test = tree.Phase(self.advance().text, token.at)
        if least > COMPARISON:
            fix = f"write {quoted(f'({printing.show(test)})')}"
            raise ExpressionError("a test of the phase needs parentheses here", token.at, fix)
        self.end_of_test()
        return test

    def all_steps(self, token: Token) -> tree.AllSteps:
        """The argument of `holds` or `violated`."""
        opening = self.advance()
        arg = self.expression(IF_ELSE)
        if not self.at_sign(")"):
            raise refusals.not_closed(self.text, self.token, opening)
        self.advance()
        return tree.AllSteps(cast(Literal["holds", "violated"], token.text), arg, token.at)

    def call(self, token: Token) -> tree.Call:
        """The arguments of a function."""
        if not self.at_sign("("):
            raise refusals.not_called(token)
        opening = self.advance()
        args: list[Expression] = []
        while not self.at_sign(")"):
            args.append(self.expression(IF_ELSE))
            if self.at_sign("="):
                raise ExpressionError("arguments have no names", self.token.at, "write the values in order")
            if not self.at_sign(")", ","):
                raise refusals.not_closed(self.text, self.token, opening)
            if self.at_sign(","):
                self.advance()
        self.advance()
        return tree.Call(cast(tree.Function, token.text), tuple(args), token.at)


def _checked(token: Token) -> str:
    """The word, if it is a valid name."""
    if not NAME.fullmatch(token.text):
        raise refusals.not_a_name(token)
    return token.text
