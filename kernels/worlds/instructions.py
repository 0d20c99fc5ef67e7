"""Gates as instructions with two arguments, on rows that are reused after their last reader.

Row 0 is false in all worlds and row 1 true. A coin is drawn into its row when it is first read. Negation is
not an instruction but part of its readers wherever possible. "At least k of n" is counted by adders on all
worlds of a word at once (carry-save, some five instructions per argument), and the count is compared with k
digit by digit: nothing is expanded.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from sensa.kernels.program import Gates, Ints, Op, reached


class Do(IntEnum):
    """The operation of an instruction on the rows `left` and `right`."""

    DRAW = 0  # coin `left`
    AND = 1
    OR = 2
    XOR = 3
    WITHOUT = 4  # left and not right
    OR_NOT = 5  # left or not right


class Program(NamedTuple):
    """Instructions in order; see the module's docstring."""

    do: Ints
    own: Ints
    left: Ints
    right: Ints
    roots: Ints  # rows
    drawn: Ints  # coins, in the order of drawing
    rows: int
    coins: int

    @property
    def size(self) -> int:
        """The number of instructions."""
        return len(self.do)


FALSE, TRUE = 0, 1  # references
ALWAYS = -1  # the value that is true in all worlds; 0 is false in all


class _Writer:
    """Unique instructions over values; references are `2 * value + negated`."""

    def __init__(self) -> None:
        self.do: list[int] = []
        self.left: list[int] = []  # values; for a draw, the coin
        self.right: list[int] = []

    def value(self, do: Do, left: int, right: int) -> int:
        """A reference to the value of a new instruction; value 0 is false."""
        self.do.append(do)
        self.left.append(left)
        self.right.append(right)
        return 2 * len(self.do)

    def conjunction(self, a: int, b: int) -> int:
        """A reference to `a and b`."""
        if FALSE in (a, b) or a == b ^ 1:
            return FALSE
        if a in (TRUE, b):
            return b
        if b == TRUE:
            return a
        if a & 1 and b & 1:
            return self.value(Do.OR, a >> 1, b >> 1) ^ 1
        if a & 1:
            a, b = b, a
        return self.value(Do.WITHOUT if b & 1 else Do.AND, a >> 1, b >> 1)

    def disjunction(self, a: int, b: int) -> int:
        """A reference to `a or b`."""
        return self.conjunction(a ^ 1, b ^ 1) ^ 1

    def difference(self, a: int, b: int) -> int:
        """A reference to `a xor b`."""
        if a < 2 or b < 2:
            return a ^ b
        if a >> 1 == b >> 1:
            return a & 1 ^ b & 1
        return self.value(Do.XOR, a >> 1, b >> 1) ^ (a & 1) ^ (b & 1)

    def at_least(self, k: int, args: Sequence[int]) -> int:
        """A reference to `at least k of args`; a repeated argument counts each time."""
        if k <= 0:
            return TRUE
        if k > len(args):
            return FALSE
        result = TRUE
        for place, digit in enumerate(self._count(list(args))):
            result = self.conjunction(result, digit) if k >> place & 1 else self.disjunction(result, digit)
        return result

    def _count(self, column: list[int]) -> list[int]:
        """The binary digits of the number of true ones, from the least significant up."""
        digits = []
        while column:
            carries = []
            while len(column) > 1:
                a, b = column.pop(), column.pop()
                half = self.difference(a, b)
                carry = self.conjunction(a, b)
                if column:
                    c = column.pop()
                    carry = self.disjunction(carry, self.conjunction(half, c))
                    half = self.difference(half, c)
                carries.append(carry)
                column.insert(0, half)
            digits.append(column[0])
            column = carries
        return digits


def layout(gates: Gates, roots: Ints, coins: int) -> Program:
    """The instructions for the gates that the roots reach."""
    writer, reference = _written(gates, [int(root) for root in roots])
    values = [_as_it_stands(writer, reference[int(root)]) for root in roots]
    return _allocated(writer, values, coins)


def _as_it_stands(writer: _Writer, literal: int) -> int:
    """The value of a reference, with an instruction for its negation if needed."""
    if literal < 2:
        return ALWAYS if literal == TRUE else 0
    return writer.value(Do.XOR, literal >> 1, ALWAYS) >> 1 if literal & 1 else literal >> 1


def _written(gates: Gates, roots: list[int]) -> tuple[_Writer, dict[int, int]]:
    op, k, start, args = gates.op.tolist(), gates.k.tolist(), gates.start.tolist(), gates.args.tolist()
    needed = reached(gates, roots)
    writer = _Writer()
    reference: dict[int, int] = {}
    drawn: dict[int, int] = {}

    def of(gate: int) -> int:
        if op[gate] == Op.COIN:
            coin = k[gate]
            if coin not in drawn:
                drawn[coin] = writer.value(Do.DRAW, coin, 0)
            return drawn[coin]
        return reference[gate]

    for gate in range(gates.size):
        if not needed[gate] or op[gate] == Op.COIN:
            continue
        values = [of(arg) for arg in args[start[gate] : start[gate + 1]]]
        match op[gate]:
            case Op.FALSE:
                result = FALSE
            case Op.TRUE:
                result = TRUE
            case Op.NOT:
                result = values[0] ^ 1
            case Op.AND:
                result = TRUE
                for value in values:
                    result = writer.conjunction(result, value)
            case Op.OR:
                result = FALSE
                for value in values:
                    result = writer.disjunction(result, value)
            case Op.AT_LEAST:
                result = writer.at_least(k[gate], values)
            case unknown:
                raise ValueError(f"gate {gate} has an unknown operation: {unknown}")
        reference[gate] = result
    for root in roots:
        if op[root] == Op.COIN:
            reference[root] = of(root)
    return writer, reference


def _allocated(writer: _Writer, roots: list[int], coins: int) -> Program:
    """The instructions that the roots need, each value in a row that is free at that point."""
    count = len(writer.do)
    last = [-1] * (count + 1)  # the last reader of a value; `count` where it is a root
    for root in roots:
        if root > 0:
            last[root] = count
    for i in range(count - 1, -1, -1):
        if last[i + 1] >= 0 and writer.do[i] != Do.DRAW:
            for value in (writer.left[i], writer.right[i]):
                if value > 0 and last[value] < 0:
                    last[value] = i
    row = [0] * (count + 1)
    free: list[int] = []
    rows = 2
    code: list[tuple[int, int, int, int]] = []
    for i in range(count):
        if last[i + 1] < 0:
            continue
        do, left, right = writer.do[i], writer.left[i], writer.right[i]
        operands = () if do == Do.DRAW else (left, right)
        read = [1 if value == ALWAYS else row[value] for value in operands] or [left, 0]
        # a row read here for the last time may also be written here: each word is written after it was read
        free += {row[value] for value in operands if value > 0 and last[value] == i}
        if free:
            row[i + 1] = free.pop()
        else:
            row[i + 1], rows = rows, rows + 1
        code.append((do, row[i + 1], read[0], read[1]))
    does, owns, lefts, rights = np.array(code, np.int32).reshape(len(code), 4).T.copy()
    found = np.array([1 if root == ALWAYS else row[root] for root in roots], np.int32)
    drawn = lefts[does == Do.DRAW]
    return Program(does, owns, lefts, rights, found, drawn, rows, coins)
