"""Draw a block of a coin in compiled code: the same words as `bernoulli`, some hundred times as fast.

Numba's own loops leave what is decided so far in memory; here it stays in vector registers over all planes.
Addresses of rows are passed instead of arrays, whose references Numba would count. Under NUMBA_DISABLE_JIT
plain functions do the same.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from sensa.kernels.jit import njit
from sensa.kernels.program import Floats
from sensa.kernels.worlds import bits
from sensa.kernels.worlds.bernoulli import BELOW_ONE, PLANES, STRETCH, bernoulli
from sensa.kernels.worlds.bits import MASK, WORLDS, Words
from sensa.kernels.worlds.points import ADDRESSES, COUNTS, EDGE, MIDDLE
from sensa.kernels.worlds.population import lowest
from sensa.kernels.worlds.streams import Streams
from sensa.kernels.worlds.vectors import (
    ROW_WORDS,
    VECTOR,
    VECTOR_WORDS,
    WORD,
    address,
    constant,
    interpreted,
    place,
    splat,
    stack_row,
)

_ONE, _FULL = np.uint64(1), np.uint64(MASK)
_WORLDS, _ROW_WORDS = np.uint64(WORLDS), np.uint64(ROW_WORDS)
_GROUPS: Final = ROW_WORDS // VECTOR_WORDS
_NUMBERS: Final = ir.VectorType(ir.DoubleType(), VECTOR_WORDS)

_number = njit(nogil=True)(bits.number)


def _integer(value: int) -> Any:
    return ir.Constant(WORD, value)


Start = Callable[[Any], tuple[Any, Any, Any, Callable[[Any, Any, Any, Any], tuple[Any, Any]]]]


def _compare(builder: Any, start: Start, row: Any, left: Any, k0: Any, k1: Any, block: Any) -> Any:
    """Write code that fills a row, with all but the lowest undecided bit of each word in `left`.

    Its value says which words have such bits. The loop is over vectors of words, and within it over planes.
    Of the vector at a place of the row, `start(at)` gives the bits that are true and those that are undecided
    before the first plane, the tails, and a function from these bits, a random vector and a plane's number to
    the bits after the plane.
    """
    streams = Streams(builder, k0, k1, block, _GROUPS * (PLANES + 1))
    found, undecided = (cgutils.alloca_once(builder, VECTOR) for _ in range(2))
    several = cgutils.alloca_once_value(builder, _integer(0))
    with cgutils.for_range(builder, _integer(_GROUPS)) as group:
        at = builder.mul(group.index, _integer(VECTOR_WORDS))
        true, open_, tail, with_plane = start(at)
        builder.store(true, found)
        builder.store(open_, undecided)
        with cgutils.for_range(builder, _integer(PLANES)) as plane:
            before = builder.load(found), builder.load(undecided)
            true, open_ = with_plane(*before, streams.word(), plane.index)
            builder.store(true, found)
            builder.store(open_, undecided)
        true, open_ = builder.load(found), builder.load(undecided)
        below = builder.sext(builder.icmp_unsigned("<", streams.word(), tail), VECTOR)
        builder.store(builder.or_(true, builder.and_(open_, below)), place(builder, row, at), align=8)
        rest = builder.and_(open_, builder.add(open_, constant(MASK)))
        builder.store(rest, place(builder, left, at), align=8)
        some = builder.icmp_unsigned("!=", rest, constant(0))
        some = builder.zext(builder.bitcast(some, ir.IntType(VECTOR_WORDS)), WORD)
        builder.store(builder.or_(builder.load(several), builder.shl(some, at)), several)
    return builder.load(several)


def _masks(builder: Any, digits: Any) -> Any:
    """A function from a plane to a vector, all ones where that digit of a number is 1; from a table."""
    table = cgutils.alloca_once(builder, ir.ArrayType(WORD, PLANES))
    for plane in range(PLANES):
        bit = builder.and_(builder.lshr(digits, _integer(PLANES - 1 - plane)), _integer(1))
        builder.store(builder.neg(bit), cgutils.gep(builder, table, 0, plane))
    return lambda plane: splat(builder, builder.load(cgutils.gep(builder, table, 0, plane)))


@intrinsic
def _planes(typing: Any, row: Any, left: Any, k0: Any, k1: Any, block: Any, kept: Any, tail: Any) -> Any:
    """Compare with one probability.

    What becomes true at a plane is what is decided there, masked by its digit. Added up over all planes, this
    is what is undecided after each plane, masked by the change to the next digit: one operation less.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kept, rest = args[5], splat(builder, args[6])
        digit = _masks(builder, kept)
        change = _masks(builder, builder.xor(kept, builder.shl(kept, _integer(1))))
        first = digit(_integer(0))

        def with_plane(true: Any, open_: Any, random: Any, plane: Any) -> tuple[Any, Any]:
            after = builder.and_(open_, builder.xor(random, digit(plane)))
            return builder.xor(true, builder.and_(after, change(plane))), after

        start: Start = lambda at: (first, constant(MASK), rest, with_plane)  # noqa: E731
        return _compare(builder, start, *args[:5])

    return types.uint64(row, left, *[types.uint64] * 5), generate


@intrinsic
def _planes_each(typing: Any, row: Any, left: Any, k0: Any, k1: Any, block: Any, p: Any, tails: Any) -> Any:
    """Compare with each word's own probability, and fill in the words' tails."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        number = lambda value: ir.Constant(_NUMBERS, [value] * VECTOR_WORDS)  # noqa: E731
        digits = cgutils.alloca_once(builder, VECTOR)

        def whole(value: Any) -> tuple[Any, Any]:
            """Whole numbers below 2^31, and what is left: by 32 bits, which all processors convert."""
            found = builder.fptosi(value, ir.VectorType(ir.IntType(32), VECTOR_WORDS))
            return builder.zext(found, VECTOR), builder.fsub(value, builder.sitofp(found, _NUMBERS))

        def with_plane(true: Any, open_: Any, random: Any, plane: Any) -> tuple[Any, Any]:
            """The digit to come is the highest of `digits`."""
            now = builder.load(digits)
            digit = builder.ashr(now, constant(63))
            builder.store(builder.shl(now, constant(1)), digits)
            after = builder.and_(open_, builder.xor(random, digit))
            return builder.xor(true, builder.and_(builder.xor(open_, after), digit)), after

        def start(at: Any) -> Any:
            p = builder.load(builder.bitcast(place(builder, args[5], at), _NUMBERS.as_pointer()), align=8)
            v = builder.fmul(builder.fsub(p, number(EDGE)), number(STRETCH))
            v = builder.select(builder.fcmp_ordered("<", v, number(BELOW_ONE)), v, number(BELOW_ONE))
            scaled = builder.fmul(v, number(float(1 << PLANES)))
            kept, rest = whole(scaled)
            high, rest = whole(builder.fmul(rest, number(2.0**31)))
            low, _ = whole(builder.fmul(rest, number(2.0**31)))
            tail = builder.or_(builder.shl(high, constant(33)), builder.shl(low, constant(2)))
            builder.store(tail, place(builder, args[6], at), align=8)
            builder.store(builder.shl(kept, constant(64 - PLANES)), digits)
            above = builder.fcmp_ordered(">", p, number(EDGE))
            high = builder.fcmp_ordered(">=", p, number(1.0 - EDGE))
            between = builder.and_(above, builder.not_(high))
            return builder.sext(high, VECTOR), builder.sext(between, VECTOR), tail, with_plane

        return _compare(builder, start, *args[:5])

    return types.uint64(row, left, *[types.uint64] * 3, p, tails), generate


planes: Any = _planes
planes_each: Any = _planes_each


@njit(nogil=True)
def _settle(row: Any, left: Any, j: Any, k0: Any, k1: Any, block: Any, tail: Any) -> None:
    """Decide the bits of a word that are left."""
    first, open_, word = (block * _ROW_WORDS + j) * _WORLDS, left[j], row[j]
    while open_ != 0:
        lane = lowest(open_)
        true = np.uint64(_number(k0, k1, first + lane) < tail)
        word = word & ~(_ONE << lane) | true << lane
        open_ &= open_ - _ONE
    row[j] = word


@njit(nogil=True)
def _point(k0: Any, k1: Any, address: Any) -> tuple[Any, Any, Any]:
    """The word and the lane on which a point falls, and its mark."""
    position = _number(k1, k0, address)
    mark = _number(k1, k0, address + _ONE) >> _ONE
    return position // _WORLDS % _ROW_WORDS, position % _WORLDS, mark


@njit(nogil=True)
def _put(row: Any, j: Any, lane: Any, true: Any) -> None:
    row[j] = row[j] & ~(_ONE << lane) | np.uint64(true) << lane


@njit(nogil=True)
def _limit(p: float) -> Any:
    """The mark below which points make their bits true."""
    low, high = min(p, EDGE) * (MIDDLE / EDGE), min(1.0 - p, EDGE) * (MIDDLE / EDGE)
    return np.uint64(np.int64(low)) + (np.uint64(MIDDLE) - np.uint64(np.int64(high)))


@njit(nogil=True)
def _draw_compiled(rows: Words, own: int, block: Any, k0: Any, k1: Any, p: float) -> None:
    row = address(rows, own)
    if EDGE < p < 1.0 - EDGE:
        left = stack_row()
        scaled = min((p - EDGE) * STRETCH, BELOW_ONE) * (1 << PLANES)
        kept = np.int64(scaled)
        tail = np.uint64(np.int64((scaled - kept) * 2.0**62)) << np.uint64(2)
        several = planes(row, left, k0, k1, block, np.uint64(kept), tail)
        while several != 0:
            _settle(row, left, lowest(several), k0, k1, block, tail)
            several &= several - _ONE
    else:
        word = _FULL if p > 0.5 else np.uint64(0)
        for j in range(ROW_WORDS):
            row[j] = word
    first = block * np.uint64(ADDRESSES)
    many, limit, point = _number(k1, k0, first), _limit(p), 0
    while COUNTS[point] < many:
        point += 1
        j, lane, mark = _point(k0, k1, first + np.uint64(2 * point))
        _put(row, j, lane, mark < limit)


@njit(nogil=True)
def _draw_each_compiled(rows: Words, own: int, block: Any, k0: Any, k1: Any, p: Floats) -> None:
    row, each = address(rows, own), address(p, 0)
    between = False
    for j in range(ROW_WORDS):
        between |= (each[j] > EDGE) & (each[j] < 1.0 - EDGE)
    if between:
        left, tails = stack_row(), stack_row()
        several = planes_each(row, left, k0, k1, block, each, tails)
        while several != 0:
            j = lowest(several)
            _settle(row, left, j, k0, k1, block, tails[j])
            several &= several - _ONE
    else:
        for j in range(ROW_WORDS):
            row[j] = _FULL if each[j] > 0.5 else np.uint64(0)
    first = block * np.uint64(ADDRESSES)
    many, point = _number(k1, k0, first), 0
    while COUNTS[point] < many:
        point += 1
        j, lane, mark = _point(k0, k1, first + np.uint64(2 * point))
        _put(row, j, lane, mark < _limit(each[j]))


def _draw_plain(rows: Words, own: int, block: int, k0: int, k1: int, p: float) -> None:
    _draw_each_plain(rows, own, block, k0, k1, np.full(ROW_WORDS, p))


def _draw_each_plain(rows: Words, own: int, block: int, k0: int, k1: int, p: Floats) -> None:
    numbers = np.arange(ROW_WORDS, dtype=np.uint64) + np.uint64(ROW_WORDS) * np.uint64(block)
    rows[own] = bernoulli(np.array([k0, k1], np.uint64), p, numbers)


draw: Any = _draw_plain if interpreted else _draw_compiled
draw_each: Any = _draw_each_plain if interpreted else _draw_each_compiled
