"""Resolve expressions of the story's language to expressions over nodes and parameters, at one step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sensa import folding
from sensa.graph import FALSE, TRUE, Bool, Comparison, Constant, Picks, Real
from sensa.stories import syntax


@dataclass(frozen=True, slots=True)
class ChoiceValue:
    """The value of a choice's name: its node (None before the first step) and its options."""

    node: int | None
    options: tuple[str, ...]
    tags: tuple[frozenset[str], ...]
    initial: str | None = None

    def is_in(self, wanted: frozenset[str]) -> Bool:
        """Whether the option taken is one of `wanted`."""
        if self.node is None:
            return TRUE if self.initial in wanted else FALSE
        indices = tuple(i for i, option in enumerate(self.options) if option in wanted)
        if not indices:
            return FALSE
        return TRUE if len(indices) == len(self.options) else Picks(self.node, indices)

    def tagged(self, tag: str) -> Bool:
        """Whether the option taken has the tag."""
        return self.is_in(frozenset(o for o, t in zip(self.options, self.tags, strict=True) if tag in t))


Value = Bool | Real | ChoiceValue


@dataclass(frozen=True, slots=True)
class Context:
    """The meaning of names at one step (None: for nodes drawn once)."""

    value: Callable[[str, bool], Value]  # of a name; with True, at the previous step
    axis: Callable[[str], Real]
    words: Mapping[str, float]  # step, round
    phase: str = ""
    all_steps: Callable[[syntax.AllSteps], Bool] | None = None  # in measures


def _within(rate: Real, time: Real) -> Real:
    """1 - exp(-rate * time)."""
    exponent = folding.application("neg", folding.application("*", rate, time))
    return folding.application("neg", folding.application("expm1", exponent))


_SWAPPED: dict[str, Comparison] = {">": "<", ">=": "<="}
_CALLS: dict[str, Callable[..., Real]] = {
    "exp": lambda x: folding.application("exp", x),
    "log": lambda x: folding.application("log", x),
    "sqrt": lambda x: folding.application("sqrt", x),
    "logistic": lambda x: folding.application("logistic", x),
    "logit": lambda x: folding.application("logit", x),
    "min": lambda *xs: folding.application("min", *xs),
    "max": lambda *xs: folding.application("max", *xs),
    "clip": lambda x, low, high: folding.application("min", folding.application("max", x, low), high),
    "race": lambda a, b: folding.application("/", a, folding.application("+", a, b)),
    "within": _within,
    "periodic_test": lambda rate, interval: folding.application(
        "unavailability", folding.application("*", rate, interval)
    ),
    "start_and_run": lambda chance, rate, time: folding.application(
        "+",
        chance,
        folding.application("*", folding.application("-", Constant(1.0), chance), _within(rate, time)),
    ),
}


def resolve_bool(expression: syntax.Expression, context: Context) -> Bool:
    """The condition of a bool expression at this step."""

    def bools(args: tuple[syntax.Expression, ...]) -> list[Bool]:
        return [resolve_bool(arg, context) for arg in args]

    match expression:
        case syntax.Boolean(value):
            return TRUE if value else FALSE
        case syntax.Name(name, prev):
            value_ = context.value(name, prev)
            assert isinstance(value_, Bool)
            return value_
        case syntax.Phase(name):
            return TRUE if context.phase == name else FALSE
        case syntax.AllSteps():
            assert context.all_steps is not None
            return context.all_steps(expression)
        case syntax.Tag(of, tag):
            return _choice(of, context).tagged(tag)
        case syntax.Option(of, options, negated):
            taken = _choice(of, context).is_in(frozenset(options))
            return folding.negation(taken) if negated else taken
        case syntax.Not(arg):
            return folding.negation(resolve_bool(arg, context))
        case syntax.Junction(operator, args):
            join = folding.conjunction if operator == "and" else folding.disjunction
            return join(bools(args))
        case syntax.Comparison(operator, left, right):
            a, b = resolve_real(left, context), resolve_real(right, context)
            if operator in _SWAPPED:
                return folding.comparison(_SWAPPED[operator], b, a)
            return folding.comparison(operator, a, b)  # type: ignore[arg-type]
        case syntax.Call("any", args):
            return folding.disjunction(bools(args))
        case syntax.Call("all", args):
            return folding.conjunction(bools(args))
        case syntax.Call("at_least", (syntax.Number(k), *args)):
            return folding.at_least(int(k), bools(tuple(args)))
        case syntax.Call("exactly", (syntax.Number(k), *args)):
            of_ = bools(tuple(args))
            more = folding.negation(folding.at_least(int(k) + 1, of_))
            return folding.conjunction([folding.at_least(int(k), of_), more])
        case syntax.IfElse(condition, then, otherwise):
            return folding.choice_of_bools(
                resolve_bool(condition, context),
                resolve_bool(then, context),
                resolve_bool(otherwise, context),
            )
    raise TypeError(f"not a bool expression: {type(expression).__name__}")


def resolve_real(expression: syntax.Expression, context: Context) -> Real:
    """The value of a real expression at this step."""
    match expression:
        case syntax.Number(value):
            return Constant(value)
        case syntax.Name(name, prev):
            if name in context.words:
                return Constant(context.words[name])
            value_ = context.value(name, prev)
            assert isinstance(value_, Real)
            return value_
        case syntax.Axis(name):
            return context.axis(name)
        case syntax.Negative(arg):
            return folding.application("neg", resolve_real(arg, context))
        case syntax.Arithmetic(operator, left, right):
            return folding.application(operator, resolve_real(left, context), resolve_real(right, context))
        case syntax.Call(function, args):
            return _CALLS[function](*(resolve_real(arg, context) for arg in args))
        case syntax.IfElse(condition, then, otherwise):
            return folding.choice(
                resolve_bool(condition, context),
                resolve_real(then, context),
                resolve_real(otherwise, context),
            )
    raise TypeError(f"not a real expression: {type(expression).__name__}")


def _choice(of: syntax.Name, context: Context) -> ChoiceValue:
    value = context.value(of.name, of.prev)
    assert isinstance(value, ChoiceValue)
    return value
