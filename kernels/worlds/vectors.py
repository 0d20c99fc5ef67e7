"""Rows of `ROW_WORDS` words as LLVM vectors, where Numba's own loops do not vectorise or keep registers.

LLVM compiles vectors of `VECTOR_WORDS` words for any processor: one instruction on the widest, several on
others.
"""

from typing import Any, Final

import numba as nb
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from sensa.kernels.worlds.bits import BLOCK_WORDS, LANES, MASK, Words

ROW_WORDS: Final = BLOCK_WORDS  # words of a row
VECTOR_WORDS: Final = LANES  # words in a vector

WORD = ir.IntType(64)
VECTOR = ir.VectorType(WORD, VECTOR_WORDS)


def constant(value: int) -> Any:
    """A vector of one constant."""
    return ir.Constant(VECTOR, [value & MASK] * VECTOR_WORDS)


def splat(builder: Any, value: Any) -> Any:
    """A vector with the value in all elements."""
    empty = ir.Constant(VECTOR, ir.Undefined)
    one = builder.insert_element(empty, value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), VECTOR_WORDS), [0] * VECTOR_WORDS)
    return builder.shuffle_vector(one, empty, zeros)


def rotated(builder: Any, value: Any, places: int) -> Any:
    """Each word rotated left by whole bytes, which is a single shuffle on most processors."""
    size, places = 8 * VECTOR_WORDS, places // 8
    kind = ir.VectorType(ir.IntType(8), size)
    order = [i // 8 * 8 + (i - places) % 8 for i in range(size)]
    taken = ir.Constant(ir.VectorType(ir.IntType(32), size), order)
    found = builder.shuffle_vector(builder.bitcast(value, kind), ir.Constant(kind, ir.Undefined), taken)
    return builder.bitcast(found, VECTOR)


def row_start(context: Any, builder: Any, kind: Any, array: Any, row: Any) -> Any:
    """The address of a row of an array of `ROW_WORDS` columns."""
    data = context.make_array(kind)(context, builder, array).data
    wide = row if row.type.width == 64 else builder.sext(row, WORD)
    return builder.gep(data, [builder.mul(wide, ir.Constant(WORD, ROW_WORDS))])


@intrinsic
def _address(typing: Any, array: Any, row: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return row_start(context, builder, signature.args[0], *args)

    return types.CPointer(array.dtype)(array, row), generate


@intrinsic
def _stack_row(typing: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        row = cgutils.alloca_once(builder, ir.ArrayType(WORD, ROW_WORDS))
        return builder.bitcast(row, WORD.as_pointer())

    return types.CPointer(types.uint64)(), generate


address: Any = (
    _address  # in compiled code, of a row of an array: it can be indexed, and has no reference to count
)
stack_row: Any = _stack_row  # the address of a row that lives as long as the function that asks


def place(builder: Any, start: Any, index: Any) -> Any:
    """The address of a vector, `index` words from a start."""
    return builder.bitcast(builder.gep(start, [index]), VECTOR.as_pointer())


def aligned(rows: int) -> Words:
    """Zeros, `rows` rows of `ROW_WORDS` words, aligned to a cache line."""
    size = 8 * rows * ROW_WORDS
    buffer = np.zeros(size + 64, np.uint8)
    start = -buffer.ctypes.data % 64
    return buffer[start : start + size].view(np.uint64).reshape(rows, ROW_WORDS)


interpreted: bool = getattr(nb.config, "DISABLE_JIT")  # noqa: B009 - set at run time, unknown to type checkers
