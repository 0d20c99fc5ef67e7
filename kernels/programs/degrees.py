"""The degrees of a real program as a polynomial in its parameters."""

from functools import reduce

import numpy as np
import numpy.typing as npt

from sensa.kernels.program import Ints, RealOp, Reals
from sensa.kernels.programs.interpreter import reads

Floats = npt.NDArray[np.float64]

MAX_EXPONENT = 16
DEGREE_IS_LARGEST = (RealOp.ADD, RealOp.SUB, RealOp.NEG, RealOp.NOT)


def degrees(reals: Reals, wanted: Ints, among: list[int]) -> Floats:
    """Degrees (wanted, among) of instructions in each of these parameters; infinite if not polynomial.

    They are upper bounds: terms that cancel still count. Other parameters are treated as constants.
    """
    place = {parameter: i for i, parameter in enumerate(among)}
    found: dict[int, Floats] = {}
    for i in reads(reals, np.asarray(wanted, np.int32)).tolist():
        op = RealOp(int(reals.op[i]))
        args = reals.args[reals.start[i] : reals.start[i + 1]].tolist()
        below = [found[j] for j in args]
        if op in (RealOp.CONST, RealOp.PARAMETER):
            found[i] = np.zeros(len(among))
            if op == RealOp.PARAMETER and int(reals.k[i]) in place:
                found[i][place[int(reals.k[i])]] = 1.0
        elif op in DEGREE_IS_LARGEST:
            found[i] = reduce(np.maximum, below)
        elif op == RealOp.MUL:
            found[i] = reduce(np.add, below)
        elif op in (RealOp.DIV, RealOp.SHARE):
            found[i] = np.where(below[1] > 0, np.inf, below[0])
        elif op == RealOp.POW and _whole(reals, args[1]):
            found[i] = below[0] * reals.value[args[1]]
        elif op == RealOp.SELECT:
            found[i] = np.where(below[0] > 0, np.inf, np.maximum(below[1], below[2]))
        else:
            found[i] = np.where(reduce(np.maximum, below) > 0, np.inf, 0.0)
    return np.stack([found[i] for i in wanted.tolist()]) if len(wanted) else np.empty((0, len(among)))


def _whole(reals: Reals, exponent: int) -> bool:
    """Whether an exponent is a small whole number."""
    value = float(reals.value[exponent])
    return reals.op[exponent] == RealOp.CONST and value in range(MAX_EXPONENT + 1)
