"""The definition of outputs: the outcomes, their kinds, the loss, and any failure."""

from typing import NamedTuple

import numpy as np

from sensa.circuit import FAILURES, Circuit
from sensa.kernels.program import Floats

FAILURE = "failure"


class Outputs(NamedTuple):
    """Names and kinds of outputs, and the matrix (outcomes + 1, outputs) whose last row is the loss."""

    names: list[str]
    of: list[str]
    matrix: Floats


def outputs(circuit: Circuit, *, loss: bool = True, failure: bool = False) -> Outputs:
    """Outcomes, kinds, the loss if one is stated, and failure, if wanted.

    A kind, or `failure`, with the name of an outcome is left out in favour of that outcome.
    """
    ends = len(circuit.ends)
    names, of = [end.name for end in circuit.ends], ["outcome"] * ends
    columns = list(np.eye(ends + 1)[:ends])
    for kind in circuit.kinds:
        if kind not in names:
            names.append(kind)
            of.append("kind")
            columns.append(np.append(circuit.of_kind(kind), 0.0))
    if loss and circuit.losses:
        names.append("loss")
        of.append("loss")
        columns.append(np.array([0.0] * ends + [1.0]))
    if failure and FAILURE not in names:
        names.append(FAILURE)
        of.append("kind")
        columns.append(np.append(circuit.of_kind(*FAILURES), 0.0))
    return Outputs(names, of, np.stack(columns, axis=1))
