"""Real programs under construction, with hash-consed instructions over the parameters."""

import math
from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from sensa.kernels.program import RealOp, Reals

_FOLDED: dict[RealOp, Callable[[float, float], float]] = {
    RealOp.ADD: lambda a, b: a + b,
    RealOp.MUL: lambda a, b: a * b,
    RealOp.SHARE: lambda a, b: a / b if b else 0.0,
}
Key = tuple[RealOp, int, float, tuple[int, ...]]


class RealBuilder:
    """A growing program in which equal instructions are one; constants 0 and 1 come first."""

    ZERO = 0
    ONE = 1

    def __init__(self) -> None:
        self.table: list[Key] = []
        self._index: dict[Key, int] = {}
        self.constant(0.0)
        self.constant(1.0)

    def _add(self, op: RealOp, k: int = 0, value: float = 0.0, args: tuple[int, ...] = ()) -> int:
        key = (op, k, value, args)
        if key not in self._index:
            self._index[key] = len(self.table)
            self.table.append(key)
        return self._index[key]

    def constant(self, value: float) -> int:
        """A constant."""
        return self._add(RealOp.CONST, value=value + 0.0)

    def parameter(self, parameter: int) -> int:
        """The value of a parameter."""
        return self._add(RealOp.PARAMETER, k=parameter)

    def apply(self, op: RealOp, *args: int) -> int:
        """An operator; sums, products, minima and maxima of several are computed two at a time."""
        if op in _FOLDED and all(self.table[arg][0] == RealOp.CONST for arg in args):
            value = reduce(_FOLDED[op], (self.table[arg][2] for arg in args))
            if math.isfinite(value):  # else the run reports it, where it matters
                return self.constant(value)
        first, *rest = args
        if len(rest) < 2 or op == RealOp.SELECT:
            return self._add(op, args=args)
        for arg in rest:
            first = self._add(op, args=(first, arg))
        return first

    def value(self, instruction: int) -> float | None:
        """The value of a constant instruction, else None."""
        op, _, value, _ = self.table[instruction]
        return value if op == RealOp.CONST else None

    def negation(self, x: int) -> int:
        """`1 - x` of a 0 or 1."""
        if x <= self.ONE:
            return 1 - x
        op, _, _, args = self.table[x]
        return args[0] if op == RealOp.NOT else self._add(RealOp.NOT, args=(x,))

    def select(self, condition: int, then: int, otherwise: int) -> int:
        """`then` if condition is 1, else `otherwise`; the branch not taken may have any value."""
        if condition <= self.ONE or then == otherwise:
            return then if condition == self.ONE or then == otherwise else otherwise
        if (then, otherwise) == (self.ONE, self.ZERO):
            return condition
        return self._add(RealOp.SELECT, args=(condition, then, otherwise))

    def guarded(self, guard: int, chance: int) -> int:
        """A probability if guard is 1, else 0; an always valid one is returned unchanged."""
        op, _, value, _ = self.table[chance]
        in_order = op == RealOp.PARAMETER or (op == RealOp.CONST and 0 <= value <= 1)
        return chance if in_order and guard != self.ZERO else self.select(guard, chance, self.ZERO)

    def conjunction(self, args: Sequence[int]) -> int:
        """All of these 0s and 1s, in order: one that is 0 makes those after it irrelevant."""
        result = self.ONE
        for arg in reversed(args):
            result = self.select(arg, result, self.ZERO)
        return result

    def disjunction(self, args: Sequence[int]) -> int:
        """Any of these 0s and 1s, in order."""
        result = self.ZERO
        for arg in reversed(args):
            result = self.select(arg, self.ONE, result)
        return result

    def at_least(self, k: int, args: Sequence[int]) -> int:
        """At least `k` of these 0s and 1s."""
        return self._add(RealOp.AT_LEAST, k=k, args=tuple(args))

    def to_arrays(self) -> Reals:
        """The program as flat arrays."""
        counts = [len(args) for *_, args in self.table]
        return Reals(
            op=np.array([op for op, *_ in self.table], np.int8),
            k=np.array([k for _, k, *_ in self.table], np.int32),
            value=np.array([v for _, _, v, _ in self.table], np.float64),
            start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            args=np.array([a for *_, args in self.table for a in args], np.int32),
        )
