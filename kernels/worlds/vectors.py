"""Rows of `BLOCK` words as LLVM vectors, for what Numba's own loops do not keep in registers or vectorise.

LLVM makes vectors of `LANES` words legal on any processor: one instruction on the widest, several on others.
"""

from typing import Any, Final

import numba as nb
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]

from sensa.kernels.worlds.bits import MASK, Words

BLOCK: Final = 64  # words of a row
LANES: Final = 8  # words in a vector

WORD = ir.IntType(64)
VECTOR = ir.VectorType(WORD, LANES)


def constant(value: int) -> Any:
    """A vector of one number."""
    return ir.Constant(VECTOR, [value & MASK] * LANES)


def splat(builder: Any, value: Any) -> Any:
    """A vector of one value."""
    empty = ir.Constant(VECTOR, ir.Undefined)
    one = builder.insert_element(empty, value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, empty, zeros)


def row_start(context: Any, builder: Any, kind: Any, array: Any, row: Any) -> Any:
    """Where a row of an array of `BLOCK` columns starts."""
    data = context.make_array(kind)(context, builder, array).data
    wide = row if row.type.width == 64 else builder.sext(row, WORD)
    return builder.gep(data, [builder.mul(wide, ir.Constant(WORD, BLOCK))])


def place(builder: Any, start: Any, index: Any) -> Any:
    """Where a vector stands, `index` words from a start."""
    return builder.bitcast(builder.gep(start, [index]), VECTOR.as_pointer())


def aligned(rows: int) -> Words:
    """Zeros of `rows` rows of `BLOCK` words, on a cache line."""
    size = 8 * rows * BLOCK
    buffer = np.zeros(size + 64, np.uint8)
    start = -buffer.ctypes.data % 64
    return buffer[start : start + size].view(np.uint64).reshape(rows, BLOCK)


interpreted: bool = getattr(nb.config, "DISABLE_JIT")  # noqa: B009 - set at run time, unknown to type checkers
