"""The arrays of a circuit: the contract between the kernels and everything above them.

A `Gates` is a Boolean program in topological order: gate `g` applies `op[g]` to the gates
`args[start[g]:start[g + 1]]`, all of which come before it. A gate with op `COIN` has no arguments and reads
coin `k[g]`; `AT_LEAST` is true when at least `k[g]` of its arguments are.

A `Reals` is a program over the parameters in the same form: instruction `i` applies `op[i]` to the values of
earlier instructions `args[start[i]:start[i + 1]]`.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


class Op(IntEnum):
    """The operation of a gate."""

    FALSE = 0
    TRUE = 1
    COIN = 2
    NOT = 3
    AND = 4
    OR = 5
    AT_LEAST = 6


class Gates(NamedTuple):
    """A Boolean circuit over independent coins; see the module's docstring."""

    op: npt.NDArray[np.int8]
    k: Ints
    start: Ints
    args: Ints

    @property
    def size(self) -> int:
        """The number of gates."""
        return len(self.op)


def reached(gates: Gates, roots: Iterable[int]) -> bytearray:
    """1 for each gate that some of the roots depend on, which they do on themselves; 0 for the others."""
    start, args = gates.start.tolist(), gates.args.tolist()
    found = bytearray(gates.size)
    for root in roots:
        found[root] = 1
    for gate in range(gates.size - 1, -1, -1):
        if found[gate]:
            for arg in args[start[gate] : start[gate + 1]]:
                found[arg] = 1
    return found


class RealOp(IntEnum):
    """The operation of an instruction of a real program; comparisons give 0 or 1."""

    CONST = 0  # value[i]
    PARAMETER = 1  # parameter k[i]
    ADD = 2
    SUB = 3
    MUL = 4
    DIV = 5
    POW = 6
    NEG = 7
    MIN = 8
    MAX = 9
    EXP = 10
    LOG = 11
    SQRT = 12
    LOGISTIC = 13
    LOGIT = 14
    LT = 15
    EQ = 16
    NOT = 17  # 1 - x
    AT_LEAST = 18  # at least k[i] of the arguments are 1
    SELECT = 19  # (condition, then, otherwise): the branch not taken may have any value, even NaN
    SHARE = 20  # a / b, and 0 where b is 0
    EXPM1 = 21
    UNAVAILABILITY = 22  # 1 - (1 - exp(-x)) / x


class Reals(NamedTuple):
    """A program over the parameters; see the module's docstring."""

    op: npt.NDArray[np.int8]
    k: Ints
    value: Floats
    start: Ints
    args: Ints

    @property
    def size(self) -> int:
        """The number of instructions."""
        return len(self.op)
