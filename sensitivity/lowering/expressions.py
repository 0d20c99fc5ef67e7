"""Graph expressions to gates and real programs.

A real that depends on bools is a list of `Piece`s, one for each case. A condition on parameters
only (a comparison of reals, or a junction of such) becomes one coin whose probability is 0 or 1.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sensa import graph as g
from sensa.kernels.program import RealOp
from sensa.lowering.gate_builder import GateBuilder
from sensa.lowering.possible import Possible
from sensa.lowering.program_builder import RealBuilder
from sensa.showing.expression_text import show_bool

MAX_CASES = 1024
MAX_NAMED = 12  # conditions named in the message about too many cases

_OPERATORS: dict[g.RealOperator, RealOp] = {
    "+": RealOp.ADD,
    "-": RealOp.SUB,
    "*": RealOp.MUL,
    "/": RealOp.DIV,
    "**": RealOp.POW,
    "neg": RealOp.NEG,
    "min": RealOp.MIN,
    "max": RealOp.MAX,
    "exp": RealOp.EXP,
    "expm1": RealOp.EXPM1,
    "log": RealOp.LOG,
    "sqrt": RealOp.SQRT,
    "logistic": RealOp.LOGISTIC,
    "logit": RealOp.LOGIT,
    "unavailability": RealOp.UNAVAILABILITY,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """The values of some reals in one case.

    `gate` is the case; `guard` is an instruction that is 0 if the parameters alone exclude the case.
    """

    gate: int
    guard: int
    values: tuple[int, ...]


class TooManyCases(Exception):
    """An expression has more than `MAX_CASES` cases; the message has their number and causes."""

    def __init__(self, count: int, what: str, deciding: Iterable[str]) -> None:
        named = [f"`{one}`" for one in deciding]
        rest = f" and {len(named) - MAX_NAMED} more" if len(named) > MAX_NAMED else ""
        by = ", ".join(named[:MAX_NAMED]) + rest
        super().__init__(f"{what} has {count:,} cases by {by}; at most {MAX_CASES:,} are followed")


class Expressions:
    """Lowers expressions over already lowered nodes; equal expressions share their gates."""

    def __init__(
        self,
        graph: g.Graph,
        comparison_coin: Callable[[int, str], int],
        switched: Callable[[g.Bool, int], int] | None = None,
    ) -> None:
        self.graph = graph
        self._switched = switched  # the gate of a condition that may be set, from its own gate
        self.gates = GateBuilder()
        self.reals = RealBuilder()
        self.possible = Possible(self.gates, self.reals)
        self.truths: dict[int, int] = {}  # gate of each bool node
        self.options: dict[int, tuple[int, ...]] = {}  # gates of each choice node's options
        self.reached: list[int] = []  # gate of each step that the story reaches, and
        self.ended: tuple[int, ...] = ()  # of each outcome: once they are lowered, for what is measured
        self._comparison_coin = comparison_coin
        self._derived: dict[int, tuple[Piece, ...]] = {}
        self._pieces: dict[int, tuple[Piece, ...]] = {}
        self._pure: dict[int, bool] = {}

    # Conditions

    def gate(self, condition: g.Bool) -> int:
        """The gate of a condition."""
        if self.is_pure(condition):
            return self._coin(self.indicator(condition), (condition,), "")
        gate = self._gate(condition)
        return gate if self._switched is None else self._switched(condition, gate)

    def _gate(self, condition: g.Bool) -> int:
        match condition:
            case g.Holds(node):
                return self.truths[node]
            case g.Picks(node, options):
                return self.gates.disjunction(self.options[node][option] for option in options)
            case g.Not(arg):
                return self.gates.negation(self.gate(arg))
            case g.And(args):
                return self.gates.conjunction(self._members(args, self.reals.conjunction, " and "))
            case g.Or(args):
                return self.gates.disjunction(self._members(args, self.reals.disjunction, " or "))
            case g.AtLeast(k, args):
                return self.gates.at_least(k, [self.gate(arg) for arg in args])
            case g.Compare():
                return self.gates.disjunction(self._comparison(condition))
            case g.Ends(outcomes):
                return self.gates.disjunction(self.ended[outcome] for outcome in outcomes)
            case g.Reached(step):
                return self.reached[step]
        raise TypeError(type(condition).__name__)

    def _members(
        self, args: Sequence[g.Bool], join: Callable[[Sequence[int]], int], word: str
    ) -> Iterable[int]:
        """Gates of a junction's members; those that depend only on parameters are combined into one coin."""
        pure = tuple(arg for arg in args if self.is_pure(arg))
        if pure:
            yield self._coin(join([self.indicator(arg) for arg in pure]), pure, word)
        yield from (self.gate(arg) for arg in args if not self.is_pure(arg))

    def _comparison(self, condition: g.Compare) -> Iterable[int]:
        for piece in self.combine([condition.left, condition.right]):
            holds = self._indicator_of(piece, condition.operator, True)
            yield self.gates.conjunction([piece.gate, self._coin(holds, (condition,), "")])

    def _coin(self, indicator: int, conditions: tuple[g.Bool, ...], word: str) -> int:
        value = self.reals.value(indicator)
        if value is not None:
            return GateBuilder.TRUE if value else GateBuilder.FALSE
        if self.reals.table[indicator][0] == RealOp.NOT:
            return self.gates.negation(self._coin(self.reals.negation(indicator), conditions, word))
        label = word.join(show_bool(condition, self.graph) for condition in conditions)
        gate = self.gates.coin(self._comparison_coin(indicator, label))
        self.possible.comparison(gate, indicator)
        return gate

    def both(self, a: int, b: int) -> int:
        """The conjunction of two gates; false if they exclude each other."""
        gate = self.gates.conjunction([a, b])
        return gate if self.possible.can_be(gate) else GateBuilder.FALSE

    # Conditions on parameters only

    def is_pure(self, expression: g.Bool | g.Real) -> bool:
        """Whether an expression depends only on parameters, not on nodes."""
        key = id(expression)
        if key not in self._pure:
            self._pure[key] = self._is_pure(expression)
        return self._pure[key]

    def _is_pure(self, expression: g.Bool | g.Real) -> bool:
        match expression:
            case g.Holds() | g.Picks() | g.Ends() | g.Reached():
                return False
            case g.Derived(quantity):
                return self.is_pure(self.graph.quantities[quantity].value)
            case g.Not(arg):
                return self.is_pure(arg)
            case g.Compare(_, left, right):
                return self.is_pure(left) and self.is_pure(right)
            case g.Choose(condition, then, otherwise):
                return self.is_pure(condition) and self.is_pure(then) and self.is_pure(otherwise)
            case g.And(args) | g.Or(args) | g.AtLeast(_, args) | g.Apply(_, args):
                return all(self.is_pure(arg) for arg in args)
        return True

    def indicator(self, condition: g.Bool) -> int:
        """The instruction, 0 or 1, of a condition on parameters only."""
        match condition:
            case g.Truth(value):
                return RealBuilder.ONE if value else RealBuilder.ZERO
            case g.Not(arg):
                return self.reals.negation(self.indicator(arg))
            case g.And(args):
                return self.reals.conjunction([self.indicator(arg) for arg in args])
            case g.Or(args):
                return self.reals.disjunction([self.indicator(arg) for arg in args])
            case g.AtLeast(k, args):
                return self.reals.at_least(k, [self.indicator(arg) for arg in args])
            case g.Compare(operator, left, right):
                return self._compare(operator, self._single(left), self._single(right))
        raise TypeError(type(condition).__name__)

    def _single(self, real: g.Real) -> int:
        (piece,) = self.pieces(real)
        return piece.values[0]

    def _compare(self, operator: g.Comparison, left: int, right: int) -> int:
        """`<=` is the complement of `>`, so that the two share one coin; so for `!=`."""
        if operator == "<=":
            return self.reals.negation(self._compare("<", right, left))
        equal_or_less = RealOp.LT if operator == "<" else RealOp.EQ
        a, b = self.reals.value(left), self.reals.value(right)
        if a is not None and b is not None:
            return RealBuilder.ONE if (a < b if operator == "<" else a == b) ^ (operator == "!=") else 0
        holds = self.reals.apply(equal_or_less, left, right)
        return self.reals.negation(holds) if operator == "!=" else holds

    def could_be(self, condition: g.Bool, value: bool, within: int = GateBuilder.TRUE) -> int:
        """The instruction that is 0 if the parameters alone exclude that `condition` is `value`.

        `within` is the gate of the case in which that is asked: a comparison of numbers that depend on
        bools is then of the numbers in that case.
        """
        if self.is_pure(condition):
            holds = self.indicator(condition)
            return holds if value else self.reals.negation(holds)
        match condition:
            case g.Not(arg):
                return self.could_be(arg, not value, within)
            case g.And(args):
                join = self.reals.conjunction if value else self.reals.disjunction
                return join([self.could_be(arg, value, within) for arg in args])
            case g.Or(args):
                join = self.reals.disjunction if value else self.reals.conjunction
                return join([self.could_be(arg, value, within) for arg in args])
            case g.Compare(operator, left, right):
                return self.reals.disjunction(
                    [
                        self._indicator_of(piece, operator, value)
                        for piece in self.combine([left, right])
                        if self.both(piece.gate, within) != GateBuilder.FALSE
                    ]
                )
        return RealBuilder.ONE

    def _indicator_of(self, piece: Piece, operator: g.Comparison, value: bool) -> int:
        """The instruction that is 1 if the two numbers of a case, where it is possible, compare so."""
        holds = self._compare(operator, *piece.values)
        return self.reals.select(piece.guard, holds if value else self.reals.negation(holds), 0)

    # Reals by cases

    def pieces(self, real: g.Real) -> tuple[Piece, ...]:
        """The value of a real, case by case; the cases are exclusive and exhaustive."""
        key = id(real)
        if key not in self._pieces:
            self._pieces[key] = self._lower_real(real)
        return self._pieces[key]

    def _lower_real(self, real: g.Real) -> tuple[Piece, ...]:
        match real:
            case g.Constant(value):
                return self._always(self.reals.constant(value))
            case g.Uncertain(parameter):
                return self._always(self.reals.parameter(parameter))
            case g.Derived(quantity):
                return self.pieces(self.graph.quantities[quantity].value)
            case g.Apply(operator, args):
                op = _OPERATORS[operator]
                return self._merge(
                    real,
                    (Piece(p.gate, p.guard, (self.reals.apply(op, *p.values),)) for p in self.combine(args)),
                )
            case g.Choose(condition, then, otherwise) if self.is_pure(condition):
                holds = self.indicator(condition)
                return self._merge(
                    real,
                    (
                        Piece(p.gate, p.guard, (self.reals.select(holds, *p.values),))
                        for p in self.combine([then, otherwise])
                    ),
                )
            case g.Choose(condition, then, otherwise):
                return self._merge(
                    real, [*self._where(condition, True, then), *self._where(condition, False, otherwise)]
                )
        raise TypeError(type(real).__name__)

    @staticmethod
    def _always(value: int) -> tuple[Piece, ...]:
        return (Piece(GateBuilder.TRUE, RealBuilder.ONE, (value,)),)

    def _where(self, condition: g.Bool, value: bool, real: g.Real) -> Iterable[Piece]:
        gate = self.gate(condition) if value else self.gates.negation(self.gate(condition))
        for piece in self.pieces(real):
            guard = self.reals.conjunction([self.could_be(condition, value, piece.gate), piece.guard])
            yield Piece(self.both(gate, piece.gate), guard, piece.values)

    def combine(self, reals: Sequence[g.Real]) -> tuple[Piece, ...]:
        """The values of several reals together, case by case."""
        combined = [Piece(GateBuilder.TRUE, RealBuilder.ONE, ())]
        for real in reals:
            combined = [
                Piece(gate, self.reals.conjunction([a.guard, b.guard]), a.values + b.values)
                for a in combined
                for b in self.pieces(real)
                if (gate := self.both(a.gate, b.gate)) != GateBuilder.FALSE
            ]
            if len(combined) > MAX_CASES:
                raise TooManyCases(len(combined), "a number", self._deciding(reals))
        return tuple(combined)

    def _deciding(self, reals: Sequence[g.Real]) -> Iterable[str]:
        """The conditions on which some reals depend, as their author wrote them."""
        found: dict[str, None] = {}
        waiting, seen = list(reversed(reals)), set[int]()
        while waiting:
            real = waiting.pop()
            if id(real) in seen:
                continue
            seen.add(id(real))
            match real:
                case g.Derived(quantity):
                    waiting.append(self.graph.quantities[quantity].value)
                case g.Apply(_, args):
                    waiting.extend(reversed(args))
                case g.Choose(condition, then, otherwise):
                    waiting.extend((otherwise, then))
                    if not self.is_pure(condition):
                        found[show_bool(condition, self.graph)] = None
        return found

    def _merge(self, real: g.Real, pieces: Iterable[Piece]) -> tuple[Piece, ...]:
        """Merge cases of equal value."""
        by_value: dict[tuple[int, ...], list[Piece]] = {}
        for piece in pieces:
            if piece.gate != GateBuilder.FALSE:
                by_value.setdefault(piece.values, []).append(piece)
        if len(by_value) > MAX_CASES:
            raise TooManyCases(len(by_value), "a number", self._deciding([real]))
        return tuple(
            Piece(
                self.gates.disjunction(p.gate for p in same),
                self.reals.disjunction([p.guard for p in same]),
                values,
            )
            for values, same in by_value.items()
        )
