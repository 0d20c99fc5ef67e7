"""Programs of real numbers, written as rows."""

import numpy as np

from sensa.kernels.program import RealOp, Reals

Row = tuple[RealOp, int, float, tuple[int, ...]]


def reals_of(rows: list[Row]) -> Reals:
    start = np.concatenate([[0], np.cumsum([len(args) for *_, args in rows])])
    return Reals(
        np.array([op for op, *_ in rows], np.int8),
        np.array([k for _, k, *_ in rows], np.int32),
        np.array([value for _, _, value, _ in rows], np.float64),
        start.astype(np.int32),
        np.array([a for *_, args in rows for a in args], np.int32),
    )
