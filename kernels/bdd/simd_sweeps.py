"""The steps of a diagram's sweep on a row of `ROW_SAMPLES` samples, as vector instructions.

Numba's loops over rows of one array are guarded by overlap tests and often not vectorised (0.5 to 2 ns a
node and sample against 0.2 to 0.3). Here the rows are loaded, combined and stored as LLVM vectors, which
LLVM makes legal on any processor. No operation is fused or reassociated: the results are those of
`sensa.kernels.bdd.diagrams` to the last bit. With NUMBA_DISABLE_JIT the plain functions are used.
"""

from typing import Any

import numba as nb
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from sensa.kernels.program import Floats

ROW_SAMPLES = 32
VECTOR_DOUBLES = 8  # doubles in a vector; narrower processors split it


def _forward_plain(values: Floats, variable: int, low: int, high: int, own: int) -> None:
    p = values[variable]
    values[own] = (1.0 - p) * values[low] + p * values[high]


def _saving_plain(
    values: Floats, slopes: Floats, variable: int, low: int, high: int, own: int, node: int
) -> None:
    slopes[node] = values[high] - values[low]
    _forward_plain(values, variable, low, high, own)


def _backward_plain(
    values: Floats, adjoints: Floats, slopes: Floats, variable: int, low: int, high: int, own: int, node: int
) -> None:
    p, a = values[variable], adjoints[own].copy()
    adjoints[high] += p * a
    adjoints[low] += (1.0 - p) * a
    adjoints[variable] += slopes[node] * a
    adjoints[own] = 0.0


_VECTOR = ir.VectorType(ir.DoubleType(), VECTOR_DOUBLES)
_ONE = ir.Constant(_VECTOR, [1.0] * VECTOR_DOUBLES)
_ZERO = ir.Constant(_VECTOR, [0.0] * VECTOR_DOUBLES)
_WORD = ir.IntType(64)


def _row(context: Any, builder: Any, kind: Any, array: Any, row: Any) -> Any:
    """The address of a row of an array of `ROW_SAMPLES` columns."""
    data = context.make_array(kind)(context, builder, array).data
    wide = row if row.type.width == 64 else builder.zext(row, _WORD)
    return builder.gep(data, [builder.mul(wide, ir.Constant(_WORD, ROW_SAMPLES))])


def _part(builder: Any, row: Any, part: int) -> Any:
    start = builder.gep(row, [ir.Constant(_WORD, part * VECTOR_DOUBLES)])
    return builder.bitcast(start, _VECTOR.as_pointer())


def _load(builder: Any, row: Any, part: int) -> Any:
    return builder.load(_part(builder, row, part), align=8)


def _store(builder: Any, value: Any, row: Any, part: int) -> None:
    builder.store(value, _part(builder, row, part), align=8)


@intrinsic
def _forward_vector(typing: Any, values: Any, variable: Any, low: Any, high: Any, own: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        p, low_row, high_row, own_row = (
            _row(context, builder, signature.args[0], args[0], row) for row in args[1:]
        )
        results = []
        for part in range(ROW_SAMPLES // VECTOR_DOUBLES):
            chance = _load(builder, p, part)
            below = builder.fmul(builder.fsub(_ONE, chance), _load(builder, low_row, part))
            results.append(builder.fadd(below, builder.fmul(chance, _load(builder, high_row, part))))
        for part, result in enumerate(results):
            _store(builder, result, own_row, part)
        return context.get_dummy_value()

    return types.void(values, variable, low, high, own), generate


@intrinsic
def _saving_vector(
    typing: Any, values: Any, slopes: Any, variable: Any, low: Any, high: Any, own: Any, node: Any
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        p, low_row, high_row, own_row = (
            _row(context, builder, signature.args[0], args[0], row) for row in args[2:6]
        )
        saved = _row(context, builder, signature.args[1], args[1], args[6])
        for part in range(ROW_SAMPLES // VECTOR_DOUBLES):
            chance, below, above = (_load(builder, row, part) for row in (p, low_row, high_row))
            _store(builder, builder.fsub(above, below), saved, part)
            rest = builder.fmul(builder.fsub(_ONE, chance), below)
            _store(builder, builder.fadd(rest, builder.fmul(chance, above)), own_row, part)
        return context.get_dummy_value()

    return types.void(values, slopes, variable, low, high, own, node), generate


@intrinsic
def _backward_vector(
    typing: Any,
    values: Any,
    adjoints: Any,
    slopes: Any,
    variable: Any,
    low: Any,
    high: Any,
    own: Any,
    node: Any,
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        p = _row(context, builder, signature.args[0], args[0], args[3])
        variable_row, low_row, high_row, own_row = (
            _row(context, builder, signature.args[1], args[1], row) for row in args[3:7]
        )
        saved = _row(context, builder, signature.args[2], args[2], args[7])
        for part in range(ROW_SAMPLES // VECTOR_DOUBLES):
            a, chance = _load(builder, own_row, part), _load(builder, p, part)
            flows = (
                (high_row, builder.fmul(chance, a)),
                (low_row, builder.fmul(builder.fsub(_ONE, chance), a)),
                (variable_row, builder.fmul(_load(builder, saved, part), a)),
            )
            for row, flow in flows:
                _store(builder, builder.fadd(_load(builder, row, part), flow), row, part)
            _store(builder, _ZERO, own_row, part)
        return context.get_dummy_value()

    return types.void(values, adjoints, slopes, variable, low, high, own, node), generate


_plain: bool = getattr(nb.config, "DISABLE_JIT")  # noqa: B009 - set at run time, unknown to type checkers
forward_step: Any = _forward_plain if _plain else _forward_vector
saving_step: Any = _saving_plain if _plain else _saving_vector
backward_step: Any = _backward_plain if _plain else _backward_vector


def aligned(rows: int) -> Floats:
    """Zeros, `rows` rows of `ROW_SAMPLES` samples, aligned to a cache line."""
    size = 8 * rows * ROW_SAMPLES
    buffer = np.zeros(size + 64, np.uint8)
    start = -buffer.ctypes.data % 64
    return buffer[start : start + size].view(np.float64).reshape(rows, ROW_SAMPLES)
