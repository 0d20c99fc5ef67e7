"""The types of an expression: every part must fit where it stands, and every name must be known there."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sensa.stories.expressions.errors import ExpressionError, quoted
from sensa.stories.expressions.printing import show
from sensa.stories.syntax import (
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


@dataclass(frozen=True, slots=True)
class Choice:
    """The type of a choice: its options, and the tags that any of them carries."""

    options: tuple[str, ...]
    tags: frozenset[str] = frozenset()


Type = Literal["bool", "real"] | Choice


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may read where it stands.

    `types` has every name that may be read, every-step ones too; `forbidden` those that exist and may
    not be read here, with the reason (a clause, as "an outcome is read last"); it may also hold the
    words `step`, `round`, `phase`, `axis`, `prev` and `halted`. `step_words` says whether these words and
    the names in `every_step` are allowed; `halted` is bool and needs no entry in `types`. `prev` has the
    names that `prev.` may read, `axes` and `phases` what some phase of the story names.
    """

    types: Mapping[str, Type]
    every_step: frozenset[str] = frozenset()
    step_words: bool = False
    prev: frozenset[str] = frozenset()
    axes: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    forbidden: Mapping[str, str] = field(default_factory=dict)


Want = Literal["bool", "real"]
_ONLY_EACH_STEP = "where `every_step = true`, and in outcomes"
_MAX_GUESSES = 20  # near misses looked up for one expression: they are dear, and one is help enough
_ARITIES = {
    "min": (2, None, "write it without `min`"), "max": (2, None, "write it without `max`"),
    "exp": (1, 1, "write `exp(x)`"), "log": (1, 1, "write `log(x)`; another base is `log(x) / log(base)`"),
    "sqrt": (1, 1, "write `sqrt(x)`"), "logistic": (1, 1, "write `logistic(x)`"),
    "logit": (1, 1, "write `logit(p)`"), "clip": (3, 3, "write `clip(x, low, high)`"),
    "within": (2, 2, "write `within(rate, time)`"), "race": (2, 2, "write `race(a, b)`"),
    "any": (1, None, "write `any(a, b)`"), "all": (1, None, "write `all(a, b)`"),
    "at_least": (2, None, "write `at_least(2, a, b, c)`"), "exactly": (2, None, "write `exactly(1, a, b)`"),
}  # fmt: skip


def type_problems(expression: Expression, scope: Scope, want: Want = "bool") -> tuple[ExpressionError, ...]:
    """Everything that does not fit, in the order of the text; empty where the expression is right.

    A part whose own type is in doubt (an unknown name) is reported once and believed from there on.
    """
    checker = _Checker(scope)
    checker.fits(expression, want)
    distinct = {(e.at, e.message): e for e in checker.problems}  # a chained comparison shares its middle
    return tuple(sorted(distinct.values(), key=lambda e: e.at))


class _Checker:
    """Collects the problems of one expression."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.problems: list[ExpressionError] = []
        self.guesses = 0

    def report(self, message: str, at: int, fix: str | None = None) -> None:
        self.problems.append(ExpressionError(message, at, fix))

    def fits(self, expression: Expression, want: Want) -> None:
        """Check that the expression is right in itself and of the type that is wanted."""
        if isinstance(expression, IfElse):
            self.fits(expression.condition, "bool")
            self.fits(expression.then, want)
            self.fits(expression.otherwise, want)
            return
        found = self.type_of(expression)
        if found is not None and found != want:
            self.mismatch(expression, found, want)

    def mismatch(self, expression: Expression, found: Type, want: Want) -> None:
        """Report a part of the wrong type, with what to write instead."""
        written, at = quoted(show(expression)), expression.at
        wanted = "true or false" if want == "bool" else "a number"
        test = expression
        if isinstance(found, Choice) and isinstance(expression, Name):
            test = Option(expression, (found.options[0] if found.options else "option",))
        instead = test if want == "bool" else IfElse(test, Number(1.0), Number(0.0))
        if found == "real":
            self.report(f"{written} is a number where {wanted} is wanted", at, _as_bool(expression))
            return
        kind = "true or false" if found == "bool" else "a choice"
        self.report(f"{written} is {kind} where {wanted} is wanted", at, f"write {quoted(show(instead))}")

    def type_of(self, expression: Expression) -> Type | None:
        """The type, None where it cannot be told; problems below are reported."""
        match expression:
            case Number():
                return "real"
            case Boolean():
                return "bool"
            case Name():
                return self.name(expression)
            case Axis(name=name, at=at):
                self.axis(name, at)
                return "real"
            case Phase(name=name, at=at):
                self.phase(name, at)
                return "bool"
            case Tag():
                self.tag(expression)
                return "bool"
            case Option():
                self.option(expression)
                return "bool"
            case Comparison():
                self.comparison(expression)
                return "bool"
            case Not(arg=arg):
                self.fits(arg, "bool")
                return "bool"
            case Junction(args=args):
                for arg in args:
                    self.fits(arg, "bool")
                return "bool"
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
                    return self.type_of(otherwise) if found is None else found
                self.fits(otherwise, found)
                return found

    def name(self, name: Name) -> Type | None:
        """The type of a name that may be read here."""
        if name.prev:
            return self.before(name)
        if name.name in self.scope.forbidden:
            self.report(f"{quoted(name.name)} cannot be read here", name.at, self.scope.forbidden[name.name])
            return None
        if name.name in ("step", "round"):
            self.each_step(name.name, name.at)
            return "real"
        found: Type | None = self.scope.types.get(name.name, "bool" if name.name == "halted" else None)
        if found is None:
            self.report(f"unknown name {quoted(name.name)}", name.at, self.near_name(name.name))
        elif name.name in self.scope.every_step and not self.scope.step_words:
            self.report(
                f"{quoted(name.name)} is drawn at every step",
                name.at,
                f"it can be read only {_ONLY_EACH_STEP}",
            )
        return found

    def each_step(self, word: str, at: int) -> bool:
        """Whether a word of steps may stand here; reported where it may not."""
        if word in self.scope.forbidden:
            self.report(f"`{word}` cannot be used here", at, self.scope.forbidden[word])
        elif not self.scope.step_words:
            self.report(f"`{word}` has no value here", at, f"it can be used only {_ONLY_EACH_STEP}")
        else:
            return True
        return False

    def before(self, name: Name) -> Type | None:
        """The type of `prev.name`."""
        found = self.scope.types.get(name.name)
        if not self.each_step("prev", name.at) or name.name in self.scope.prev:
            return found
        fix = "only every-step assumptions, choices, events and safeguards have a step before"
        if found is None and name.name not in self.scope.forbidden | dict.fromkeys(
            ("step", "round", "halted")
        ):
            fix = self.near(name.name, self.scope.prev) or fix
            self.report(f"unknown name {quoted(name.name)} after `prev.`", name.at, fix)
        else:
            self.report(f"{quoted(show(name))} cannot be read", name.at, fix)
        return found

    def axis(self, name: str, at: int) -> None:
        if self.each_step("axis", at) and name not in self.scope.axes:
            self.report(
                f"no phase names the axis {quoted(name)}", at, self.near(name, self.scope.axes, "axis.")
            )

    def phase(self, name: str, at: int) -> None:
        if self.each_step("phase", at) and name not in self.scope.phases:
            self.report(f"no phase has the name {quoted(name)}", at, self.near(name, self.scope.phases))

    def choice(self, of: Name, what: str) -> Choice | None:
        """The choice that is asked for its option or tag."""
        found = self.name(of)
        if found is None or isinstance(found, Choice):
            return found
        kind = "a number" if found == "real" else "true or false"
        self.report(f"{quoted(show(of))} is {kind}, not a choice", of.at, f"only a choice has {what}")
        return None

    def tag(self, test: Tag) -> None:
        choice = self.choice(test.of, "tags")
        if choice is None or test.tag in choice.tags:
            return
        if test.tag in choice.options:
            fix = f'write `{show(test.of)} == "{test.tag}"`'
        else:
            fix = self.near(test.tag, choice.tags, f"{show(test.of)}.") or _listed("tags", choice.tags)
        self.report(f"no option of {quoted(test.of.name)} has the tag {quoted(test.tag)}", test.at, fix)

    def option(self, test: Option) -> None:
        choice = self.choice(test.of, "options")
        for option in test.options:
            if choice is None or option in choice.options:
                continue
            if option in choice.tags:
                fix: str | None = f"write `{show(test.of)}.{option}`"
            else:
                fix = self.near(option, choice.options) or _listed("options", choice.options)
            self.report(f"{quoted(test.of.name)} has no option {quoted(option)}", test.at, fix)

    def comparison(self, comparison: Comparison) -> None:
        """Both sides must be real; options and bools are compared in other words."""
        for side, other in ((comparison.left, comparison.right), (comparison.right, comparison.left)):
            choice = self.peek(side)
            if isinstance(choice, Choice) and isinstance(side, Name):
                self.type_of(side)
                fix = f'write `{show(side)} == "{choice.options[0] if choice.options else "option"}"`'
                if isinstance(other, Name) and other.name in choice.options:
                    fix = f'write `{show(side)} {comparison.operator} "{other.name}"`'
                self.report(
                    f"{quoted(show(side))} is a choice: its options stand in quotes", comparison.at, fix
                )
                return
        sides = (comparison.left, comparison.right)
        found = [self.type_of(side) for side in sides]
        if found == ["bool", "bool"] and comparison.operator in ("==", "!="):
            self.report(
                f"`{comparison.operator}` compares numbers, not true and false",
                comparison.at,
                _same(comparison),
            )
            return
        for side, type_ in zip(sides, found, strict=True):
            if type_ is not None and type_ != "real":
                self.mismatch(side, type_, "real")

    def peek(self, expression: Expression) -> Type | None:
        """The type of a name, without reporting anything."""
        return self.scope.types.get(expression.name) if isinstance(expression, Name) else None

    def call(self, call: Call) -> Type:
        """Arity and arguments of a function."""
        least, most, fix = _ARITIES[call.function]
        given = len(call.args)
        if given < least or (most is not None and given > most):
            wanted = f"at least {least}" if most is None else f"{least}"
            self.report(f"`{call.function}` takes {wanted} arguments, {given} given", call.at, fix)
        counts = call.function in ("at_least", "exactly")
        if counts and call.args:
            self.threshold(call)
        of_bools = counts or call.function in ("any", "all")
        for arg in call.args[1:] if counts else call.args:
            self.fits(arg, "bool" if of_bools else "real")
        return "bool" if of_bools else "real"

    def threshold(self, call: Call) -> None:
        """The first argument of `at_least` and `exactly`."""
        first, among = call.args[0], len(call.args) - 1
        if not isinstance(first, Number) or not first.value.is_integer():
            fix = f"write `{call.function}(2, a, b, c)`"
            self.report(f"`{call.function}` takes a whole number first", first.at, fix)
        elif not 0 <= first.value <= among and among:
            message = f"{quoted(show(first))} of {among} can never be true"
            self.report(message, first.at, f"write a number from 0 to {among}")

    def near_name(self, name: str) -> str | None:
        """What an unknown name was probably meant to be."""
        for owner, type_ in self.scope.types.items():
            if isinstance(type_, Choice) and name in type_.options:
                return f'write `{owner} == "{name}"`'
            if isinstance(type_, Choice) and name in type_.tags:
                return f"write `{owner}.{name}`"
        if name in self.scope.axes and self.scope.step_words:
            return f"write `axis.{name}`"
        words = {"step", "round"} if self.scope.step_words else set()
        return self.near(name, {*self.scope.types, *words, "halted"})

    def near(
        self, name: str, known: frozenset[str] | set[str] | tuple[str, ...], before: str = ""
    ) -> str | None:
        """`did you mean …?`, where some known name is close."""
        if len(name) > 100 or self.guesses >= _MAX_GUESSES:
            return None
        self.guesses += 1
        alike = sorted(k for k in known if abs(len(k) - len(name)) <= 3)
        near = difflib.get_close_matches(name, alike, n=1, cutoff=0.7)
        return f"did you mean `{before}{near[0]}`?" if near else None


def _as_bool(expression: Expression) -> str:
    if isinstance(expression, Number) and expression.value in (0.0, 1.0):
        return "write `true`" if expression.value else "write `false`"
    return f"compare it, as in {quoted(show(Comparison('>', expression, Number(0.0))))}"


def _same(comparison: Comparison) -> str:
    """How to say that two bools are, or are not, the same."""
    left, right = comparison.left, comparison.right
    for constant, other in ((left, right), (right, left)):
        if isinstance(constant, Boolean):
            plain = constant.value == (comparison.operator == "==")
            return f"write {quoted(show(other if plain else Not(other)))}"
    test = Call("exactly", (Number(1.0), left, right))
    return f"write {quoted(show(Not(test) if comparison.operator == '==' else test))}"


def _listed(what: str, known: frozenset[str] | tuple[str, ...]) -> str | None:
    """The known options or tags, where they are few."""
    shown = sorted(known) if isinstance(known, frozenset) else list(known)
    if not shown:
        return f"it has no {what}"
    return f"its {what} are " + ", ".join(quoted(k) for k in shown) if len(shown) <= 8 else None
