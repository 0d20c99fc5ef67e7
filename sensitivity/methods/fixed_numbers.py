"""A circuit with some of its parameters at given values."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sensa.circuit import Circuit
from sensa.kernels.program import RealOp
from sensa.sampling.parameters import evaluate


def fixed(circuit: Circuit, values: Mapping[int, float]) -> Circuit:
    """The circuit with these parameters, by index, and everything that depends only on them as constants.

    The parameters remain, so that all others keep their points, but nothing reads them; if all are fixed,
    none remains. Its structure is the same, so it shares the engines of the original.
    """
    reals = circuit.reals
    known = np.flatnonzero(~reading_others(circuit, values)).astype(np.int32)
    theta = np.zeros((1, len(circuit.parameters)))
    theta[0, list(values)] = list(values.values())
    op, value = reals.op.copy(), reals.value.copy()
    op[known], value[known] = RealOp.CONST, evaluate(circuit, known, theta)[0]
    found = replace(circuit, reals=reals._replace(op=op, value=value))
    if len(values) < len(circuit.parameters):
        return found
    return replace(found, parameters=(), correlated=np.empty(0, np.int32), correlation=np.empty((0, 0)))


def reading_others(circuit: Circuit, held: Mapping[int, float]) -> npt.NDArray[np.bool_]:
    """Which instructions depend on a parameter that is not held."""
    reals = circuit.reals
    free: npt.NDArray[np.bool_] = (reals.op == RealOp.PARAMETER) & ~np.isin(reals.k, list(held))
    for i in range(reals.size):
        free[i] |= free[reals.args[reals.start[i] : reals.start[i + 1]]].any()
    return free
