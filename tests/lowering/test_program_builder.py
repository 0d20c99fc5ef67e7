"""Real programs under construction: what is folded."""

import numpy as np
import pytest

from sensa.kernels.program import RealOp
from sensa.kernels.programs.interpreter import evaluate
from sensa.lowering.program_builder import RealBuilder


@pytest.mark.parametrize(
    ("op", "args", "value"),
    [
        (RealOp.MUL, (1e308, 10.0), np.nan),
        (RealOp.ADD, (1e308, 1e308), np.nan),
        (RealOp.SHARE, (1e308, 1e-10), np.nan),
        (RealOp.MUL, (1e307, 10.0), 1e308),
    ],
)
def test_what_overflows_is_not_a_number(op: RealOp, args: tuple[float, ...], value: float) -> None:
    """As it is where an argument is a parameter, so that a run reports it."""
    reals = RealBuilder()
    found = reals.apply(op, *map(reals.constant, args))
    got = evaluate(reals.to_arrays(), np.zeros((1, 0)), np.array([found], np.int32))
    np.testing.assert_array_equal(got, [[value]])
