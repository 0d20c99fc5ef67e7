"""Type checks of expressions."""

from typing import Literal

from sensa.stories.expressions.errors import ExpressionError
from sensa.stories.expressions.functions import COUNTING, SIGNATURES
from sensa.stories.expressions.lookups import Lookups
from sensa.stories.expressions.printing import show
from sensa.stories.expressions.scope import Choice, Scope, Type
from sensa.stories.problems import quoted
from sensa.stories.syntax import (
    AllSteps,
    Arithmetic,
    Axis,
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
    Option,
    Phase,
    Tag,
)

Want = Literal["bool", "real"]


def type_problems(expression: Expression, scope: Scope, want: Want = "bool") -> tuple[ExpressionError, ...]:
    """Find all type errors, in the order of the text.

    `want` is the required type of the whole expression. Each use of an unknown name is reported, and its type
    is not guessed: nothing that contains it is reported because of it.
    """
    checker = _Checker(scope, expression)
    checker.fits(expression, want)
    distinct = {(e.at, e.message): e for e in checker.names.problems}  # a chain of comparisons shares parts
    return tuple(sorted(distinct.values(), key=lambda e: e.at))


class _Checker:
    """The type checker of one expression; `names` collects the problems."""

    def __init__(self, scope: Scope, whole: Expression) -> None:
        self.names = Lookups(scope)
        self.scope = scope
        self.whole = whole

    def fits(self, expression: Expression, want: Want) -> None:
        """Check that a part is valid and of the wanted type."""
        if isinstance(expression, IfElse):
            self.fits(expression.condition, "bool")
            self.fits(expression.then, want)
            self.fits(expression.otherwise, want)
            return
        found = self.type_of(expression)
        if found is not None and found != want:
            self.mismatch(expression, found, want)

    def type_of(self, expression: Expression) -> Type | None:
        """The type of a part, or None if unknown; reports errors in it."""
        match expression:
            case Number():
                return "real"
            case Name():
                return self.names.name(expression)
            case Axis(name=name, at=at):
                self.names.axis(name, at)
                return "real"
            case Negative(arg=arg):
                self.fits(arg, "real")
                return "real"
            case Arithmetic(left=left, right=right):
                self.fits(left, "real")
                self.fits(right, "real")
                return "real"
            case Call():
                return self.call(expression)
            case IfElse(condition=condition, then=then, otherwise=otherwise):
                self.fits(condition, "bool")
                found = self.type_of(then)
                if found is None or isinstance(found, Choice):
                    return self.type_of(otherwise) or found
                self.fits(otherwise, found)
                return found
        self.truth(expression)
        return "bool"

    def truth(self, expression: Expression) -> None:
        """Check a part that is bool by its form."""
        match expression:
            case Phase(name=name, at=at):
                self.names.phase(name, at)
            case Tag():
                self.names.tag(expression)
            case Option():
                self.names.option(expression)
            case Comparison():
                self.comparison(expression)
            case Not(arg=arg) | AllSteps(arg=arg):
                self.fits(arg, "bool")
            case Junction(args=args):
                for arg in args:
                    self.fits(arg, "bool")

    def comparison(self, comparison: Comparison) -> None:
        """Check that both sides are real; options and bools are compared in other ways."""
        if self.compares_choice(comparison):
            return
        sides = (comparison.left, comparison.right)
        found = [self.type_of(side) for side in sides]
        if found == ["bool", "bool"] and comparison.operator in ("==", "!="):
            message = f"`{comparison.operator}` compares numbers, not true and false"
            self.names.report(message, comparison.at, f"write {quoted(show(_same(comparison)))}")
            return
        for side, type_ in zip(sides, found, strict=True):
            if type_ is not None and type_ != "real":
                self.mismatch(side, type_, "real")

    def compares_choice(self, comparison: Comparison) -> bool:
        """Whether a side is the bare name of a choice, which is always an error; reports it."""
        left, right = comparison.left, comparison.right
        for side, other in ((left, right), (right, left)):
            choice = self.scope.types.get(side.name) if isinstance(side, Name) else None
            if not isinstance(side, Name) or not isinstance(choice, Choice):
                continue
            known = len(self.names.problems)
            self.names.name(side)
            if not isinstance(other, Name):
                self.type_of(other)
            if len(self.names.problems) == known:
                meant = isinstance(other, Name) and other.name in choice.options
                option = other.name if isinstance(other, Name) and meant else _first(choice)
                test = Option(side, (option,), comparison.operator == "!=")
                message = f"{quoted(show(side))} is a choice, compared only with options in quotes"
                self.names.report(message, side.at, f"write {quoted(show(test))}")
            return True
        return False

    def call(self, call: Call) -> Type:
        """Check the number and types of a function's arguments."""
        signature, given = SIGNATURES[call.function], len(call.args)
        if not signature.takes(given):
            wanted = f"{signature.least} argument{'' if signature.least == 1 else 's'}"
            wanted = wanted if signature.most is not None else f"at least {wanted}"
            message = f"`{call.function}` takes {wanted}, not {given}"
            self.names.report(message, call.at, f"write `{signature.example}`")
        counts = call.function in COUNTING
        if counts and call.args:
            self.threshold(call)
        want: Want = "bool" if signature.of_bools else "real"
        for arg in call.args[1:] if counts else call.args:
            self.fits(arg, want)
        return want

    def threshold(self, call: Call) -> None:
        """Check the first argument of `at_least` and `exactly`."""
        first, among = call.args[0], len(call.args) - 1
        if not isinstance(first, Number) or not first.value.is_integer():
            fix = f"write `{SIGNATURES[call.function].example}`"
            self.names.report(f"`{call.function}` takes a whole number first", first.at, fix)
        elif among and not 0 <= first.value <= among:
            message = f"{quoted(show(first))} of {among} can never be true"
            self.names.report(message, first.at, f"write a number from 0 to {among}")

    def mismatch(self, expression: Expression, found: Type, want: Want) -> None:
        """Report a part of the wrong type, and suggest what to write instead."""
        wanted = "true or false" if want == "bool" else "a number"
        test = expression
        if isinstance(found, Choice) and isinstance(expression, Name):
            test = Option(expression, (_first(found),))
        if found == "real":
            fix = _as_bool(expression)
        elif want == "bool":
            fix = f"write {quoted(show(test))}"
        else:
            instead = show(IfElse(test, Number(1.0), Number(0.0)))
            fix = f"write {quoted(instead if expression is self.whole else f'({instead})')}"
        shown = quoted(show(expression))
        kind = "choice" if isinstance(found, Choice) else "number"
        got = f"{shown}, which is true or false" if found == "bool" else f"the {kind} {shown}"
        message = f"expected {wanted}, got {got}"
        self.names.report(message, expression.at, fix)


def _first(choice: Choice) -> str:
    return choice.options[0] if choice.options else "option"


def _as_bool(expression: Expression) -> str:
    if isinstance(expression, Number) and expression.value in (0.0, 1.0):
        return "write `true`" if expression.value else "write `false`"
    return f"compare it, as in {quoted(show(Comparison('>', expression, Number(0.0))))}"


def _same(comparison: Comparison) -> Expression:
    """An expression for the equality or inequality of two bools."""
    left, right = comparison.left, comparison.right
    for constant, other in ((left, right), (right, left)):
        if isinstance(constant, Boolean):
            plain = constant.value == (comparison.operator == "==")
            return other if plain else Not(other)
    unequal = Call("exactly", (Number(1.0), left, right))
    return Not(unequal) if comparison.operator == "==" else unequal
