"""Gates on rows of words, two arguments at a time."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from sensa.kernels.worlds.bits import MASK, Words
from sensa.kernels.worlds.vectors import (
    ROW_WORDS,
    VECTOR_WORDS,
    WORD,
    constant,
    interpreted,
    place,
    row_start,
)


def _vector(combine: Callable[[Any, Any, Any], Any]) -> Any:
    """Make an intrinsic that stores `combine` of two rows in a row."""

    @intrinsic
    def combined(typing: Any, rows: Any, own: Any, left: Any, right: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            own_row, left_row, right_row = (
                row_start(context, builder, signature.args[0], args[0], row) for row in args[1:]
            )
            offsets = [ir.Constant(WORD, at) for at in range(0, ROW_WORDS, VECTOR_WORDS)]
            values = [
                combine(
                    builder,
                    builder.load(place(builder, left_row, at), align=8),
                    builder.load(place(builder, right_row, at), align=8),
                )
                for at in offsets
            ]
            for at, value in zip(offsets, values, strict=True):
                builder.store(value, place(builder, own_row, at), align=8)
            return context.get_dummy_value()

        return types.void(rows, own, left, right), generate

    return combined


def _and_plain(rows: Words, own: int, left: int, right: int) -> None:
    rows[own] = rows[left] & rows[right]


def _or_plain(rows: Words, own: int, left: int, right: int) -> None:
    rows[own] = rows[left] | rows[right]


def _xor_plain(rows: Words, own: int, left: int, right: int) -> None:
    rows[own] = rows[left] ^ rows[right]


def _without_plain(rows: Words, own: int, left: int, right: int) -> None:
    rows[own] = rows[left] & ~rows[right]


def _or_not_plain(rows: Words, own: int, left: int, right: int) -> None:
    rows[own] = rows[left] | ~rows[right]


_ones = constant(MASK)
_and = _vector(lambda builder, a, b: builder.and_(a, b))
_or = _vector(lambda builder, a, b: builder.or_(a, b))
_xor = _vector(lambda builder, a, b: builder.xor(a, b))
_without = _vector(lambda builder, a, b: builder.and_(a, builder.xor(b, _ones)))
_or_not = _vector(lambda builder, a, b: builder.or_(a, builder.xor(b, _ones)))

and_row: Any = _and_plain if interpreted else _and
or_row: Any = _or_plain if interpreted else _or
xor_row: Any = _xor_plain if interpreted else _xor
without_row: Any = _without_plain if interpreted else _without  # left and not right
or_not_row: Any = _or_not_plain if interpreted else _or_not  # left or not right
