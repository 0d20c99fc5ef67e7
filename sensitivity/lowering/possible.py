"""Which conditions can be true together: not two options of one choice, nor `x < 1` and `x > 2`.

A gate is a function of what it reads: a choice takes one of its options, a number lies between some of the
constants that it is compared with, a node with its own draws is true or false. A gate that is too wide
counts as either, so that no possible case is dropped.
"""

from collections.abc import Callable, Hashable, Sequence

from sensa.kernels.program import Op, RealOp
from sensa.lowering import splits
from sensa.lowering.gate_builder import GateBuilder, Key
from sensa.lowering.program_builder import Key as RealKey
from sensa.lowering.program_builder import RealBuilder
from sensa.lowering.splits import Cut, Splits, TooWide

_ENDS = {0: splits.FALSE, 1: splits.TRUE}  # gates and instructions 0 and 1 are false and true


class Possible:
    """Decides whether gates can be true, from registered choices, drawn nodes and comparisons."""

    def __init__(self, gates: GateBuilder, reals: RealBuilder) -> None:
        self._gates, self._reals = gates, reals
        self._splits = Splits()
        self._variables: dict[Hashable, int] = {}
        self._known = dict(_ENDS)  # diagrams of gates
        self._indicators = dict(_ENDS)  # diagrams of instructions that are 0 or 1
        self._programs: dict[int, int] = {}

    def choice(self, node: int, options: Sequence[int]) -> None:
        """Register a choice: exactly one of these gates is true."""
        gates = [gate for gate in options if gate != GateBuilder.FALSE]
        variable = self._variable(("choice", node))
        for i, gate in enumerate(gates):
            low = (float(i), 0) if i else None
            high = (i + 1.0, 0) if i + 1 < len(gates) else None
            self._known.setdefault(gate, self._splits.within(variable, low, high))

    def drawn(self, gate: int) -> None:
        """Register a drawn node: this gate is true or false, whatever others are."""
        self._known.setdefault(gate, self._free(("gate", gate)))

    def comparison(self, gate: int, program: int) -> None:
        """Register a comparison: this gate is true if the parameters make an instruction 1."""
        self._programs[gate] = program

    def can_be(self, gate: int) -> bool:
        """Whether a gate can be true; `False` only if that is certainly impossible."""
        return _fill(self._known, gate, self._read, self._of_gate) != splits.FALSE

    def _variable(self, key: Hashable) -> int:
        return self._variables.setdefault(key, len(self._variables))

    def _free(self, key: Hashable) -> int:
        return self._splits.within(self._variable(key), (1.0, 0), None)

    # Gates

    def _read(self, gate: int) -> tuple[int, ...]:
        return self._gates.table[gate][2]

    def _of_gate(self, gate: int) -> int:
        if gate in self._programs:
            return _fill(self._indicators, self._programs[gate], self._tested, self._of_indicator)
        try:
            return self._combined(self._gates.table[gate], gate)
        except TooWide:
            return self._free(("gate", gate))

    def _combined(self, key: Key, gate: int) -> int:
        op, k, args = key
        below = [self._known[arg] for arg in args]
        match op:
            case Op.NOT:
                return self._splits.negation(below[0])
            case Op.AND:
                return self._folded(self._splits.conjunction, splits.TRUE, below)
            case Op.OR:
                return self._folded(self._splits.disjunction, splits.FALSE, below)
            case Op.AT_LEAST:
                return self._at_least(k, below)
        return self._free(("gate", gate))

    @staticmethod
    def _folded(join: Callable[[int, int], int], first: int, below: Sequence[int]) -> int:
        for diagram in below:
            first = join(first, diagram)
        return first

    def _at_least(self, k: int, below: Sequence[int]) -> int:
        reached = [splits.TRUE] + [splits.FALSE] * k  # at least 0, 1, … k of those so far
        for diagram in below:
            for i in range(k, 0, -1):
                one_more = self._splits.conjunction(reached[i - 1], diagram)
                reached[i] = self._splits.disjunction(reached[i], one_more)
        return reached[k]

    # Instructions that are 0 or 1

    def _tested(self, instruction: int) -> tuple[int, ...]:
        op, _, _, args = self._reals.table[instruction]
        return args if op in (RealOp.NOT, RealOp.SELECT, RealOp.AT_LEAST) else ()

    def _of_indicator(self, instruction: int) -> int:
        key = self._reals.table[instruction]
        try:
            return self._tests(key, instruction)
        except TooWide:
            return self._free(("instruction", instruction))

    def _tests(self, key: RealKey, instruction: int) -> int:
        op, k, _, args = key
        if op in (RealOp.LT, RealOp.EQ):
            return self._compared(op, *args)
        if op == RealOp.NOT:
            return self._splits.negation(self._indicators[args[0]])
        if op == RealOp.AT_LEAST:
            return self._at_least(k, [self._indicators[arg] for arg in args])
        if op == RealOp.SELECT:
            test, then, otherwise = (self._indicators[arg] for arg in args)
            return self._splits.disjunction(
                self._splits.conjunction(test, then),
                self._splits.conjunction(self._splits.negation(test), otherwise),
            )
        return self._free(("instruction", instruction))

    def _compared(self, op: RealOp, left: int, right: int) -> int:
        """A number compared with a constant, or the difference of two numbers compared with 0."""
        least, most = self._reals.value(left), self._reals.value(right)
        if least is None and most is None:
            number, value = ("difference", min(left, right), max(left, right)), 0.0
            above = left > right
        else:
            value = most if least is None and most is not None else least or 0.0
            number, above = ("number", left if least is None else right, 0), least is not None
        variable = self._variable(number)
        before, after = (value, 0), (value, 1)
        if op == RealOp.EQ:
            return self._splits.within(variable, before, after)
        bounds: tuple[Cut | None, Cut | None] = (after, None) if above else (None, before)
        return self._splits.within(variable, *bounds)


def _fill(
    known: dict[int, int], top: int, read: Callable[[int], Sequence[int]], of: Callable[[int], int]
) -> int:
    """The diagram of `top`, after those of everything that it reads."""
    waiting = [] if top in known else [top]
    missing = set(waiting)
    while waiting:
        below = {arg for arg in read(waiting.pop()) if arg not in known} - missing
        missing |= below
        waiting.extend(below)
    for one in sorted(missing):
        known[one] = of(one)
    return known[top]
