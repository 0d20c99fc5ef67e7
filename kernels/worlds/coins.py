"""Words of Bernoulli bits: 64 worlds of a coin at once, each true with exactly the coin's probability.

The probability is compared with a random number that is drawn digit by digit, from the least significant of
its `DIGIT_PLANES` kept digits up: where a digit is 1 the bit becomes (bit or random), where it is 0 (bit and
random), which is the majority of bit, random and digit. What the first `DIGIT_PLANES` digits leave over, the
tail, is decided by one number for the whole word. So the probability is exact to 2^-75, and a word takes
`DIGIT_PLANES` + 1 random words; its bits are not quite independent, since they share the tail: the variance
of a count is larger by the share 63 / 2^DIGIT_PLANES (1.5 %) at most, for coins rarer than 2^-DIGIT_PLANES.

Numba's own loops leave the accumulators in memory; here they stay in vector registers over all planes. Under
NUMBA_DISABLE_JIT the plain functions do the same.
"""

from typing import Any, Final

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from sensa.kernels.program import Floats
from sensa.kernels.worlds import bits
from sensa.kernels.worlds.bits import MASK, Words
from sensa.kernels.worlds.streams import Streams
from sensa.kernels.worlds.vectors import (
    ROW_WORDS,
    VECTOR,
    VECTOR_WORDS,
    WORD,
    constant,
    interpreted,
    place,
    row_start,
    splat,
)

DIGIT_PLANES: Final = 12
FIXED_POINT_ONE: Final = 1 << DIGIT_PLANES  # the digits of probability 1

_LANE = np.arange(ROW_WORDS, dtype=np.uint64)


def digits(p: Floats) -> tuple[Words, Words]:
    """The first `DIGIT_PLANES` binary digits of p, as an integer (2^DIGIT_PLANES for 1), and tails.

    Raises ValueError for an invalid probability.
    """
    p = np.asarray(p, np.float64)
    if not ((p >= 0.0) & (p <= 1.0)).all():
        raise ValueError("a probability is NaN or not in [0, 1]")
    scaled = p * FIXED_POINT_ONE
    kept = scaled.astype(np.int64)
    tail = ((scaled - kept) * 2.0**63).astype(np.int64)
    return kept.astype(np.uint64), tail.astype(np.uint64) << np.uint64(1)


def bernoulli(key: Words, kept: Words, tail: Words, numbers: Words, *, audit: bool = False) -> Words:
    """The words of these numbers, each with its own digits and tail: the direct implementation."""
    random = (bits.audited_words if audit else bits.words)(key, numbers, DIGIT_PLANES + 1)
    full = np.uint64(MASK)
    found = np.where(random[0] < tail, full, np.uint64(0))
    for plane in range(DIGIT_PLANES):
        r = random[plane + 1]
        found = np.where(kept >> np.uint64(plane) & np.uint64(1) == 1, found | r, found & r)
    return np.where(kept == FIXED_POINT_ONE, full, found)


def _draw_plain(rows: Words, own: int, block: int, k0: int, k1: int, kept: int, tail: int) -> None:
    of = np.full(ROW_WORDS, kept, np.uint64), np.full(ROW_WORDS, tail, np.uint64)
    _draw_each_plain(rows, own, block, k0, k1, *of)


def _draw_each_plain(rows: Words, own: int, block: int, k0: int, k1: int, kept: Words, tails: Words) -> None:
    numbers = _LANE + np.uint64(ROW_WORDS) * np.uint64(block)
    rows[own] = bernoulli(np.array([k0, k1], np.uint64), kept, tails, numbers)


def _generate(
    builder: Any, own: Any, block: Any, k0: Any, k1: Any, from_tail: Any, with_plane: Any, certain: Any
) -> None:
    """The loop over vectors of words, and within it over planes, all that changes in registers.

    `at` is where in the row a vector is: `from_tail(random, at)` gives the bits before the first plane,
    `with_plane(bits, random, plane, at)` those after a plane, `certain(at)` what is true in any case.
    """
    integer = lambda value: ir.Constant(WORD, value)  # noqa: E731
    streams = Streams(builder, k0, k1, block, ROW_WORDS // VECTOR_WORDS * (DIGIT_PLANES + 1))
    found = cgutils.alloca_once(builder, VECTOR)
    with cgutils.for_range(builder, integer(ROW_WORDS // VECTOR_WORDS)) as group:
        at = builder.mul(group.index, integer(VECTOR_WORDS))
        builder.store(from_tail(streams.word(), at), found)
        with cgutils.for_range(builder, integer(DIGIT_PLANES)) as plane:
            after = with_plane(builder.load(found), streams.word(), plane.index, at)
            builder.store(after, found)
        builder.store(builder.or_(builder.load(found), certain(at)), place(builder, own, at), align=8)


def _masks(builder: Any, digits: Any) -> Any:
    """A function from a plane to a vector, all ones where that digit of a number is 1; from a table."""
    table = cgutils.alloca_once(builder, ir.ArrayType(WORD, DIGIT_PLANES))
    for plane in range(DIGIT_PLANES):
        bit = builder.and_(builder.lshr(digits, ir.Constant(WORD, plane)), ir.Constant(WORD, 1))
        builder.store(builder.neg(bit), cgutils.gep(builder, table, 0, plane))
    return lambda plane: splat(builder, builder.load(cgutils.gep(builder, table, 0, plane)))


@intrinsic
def _draw_vector(typing: Any, rows: Any, own: Any, block: Any, k0: Any, k1: Any, kept: Any, tail: Any) -> Any:
    """Bits stay xored with the digit of the plane to come: a plane takes three operations instead of four."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        row = row_start(context, builder, signature.args[0], args[0], args[1])
        chance, rest = args[5], splat(builder, args[6])
        one = ir.Constant(WORD, DIGIT_PLANES)
        all_of = builder.neg(builder.lshr(chance, one))
        within = builder.and_(chance, ir.Constant(WORD, FIXED_POINT_ONE - 1))
        digit = _masks(builder, within)
        change = _masks(builder, builder.xor(within, builder.lshr(within, ir.Constant(WORD, 1))))
        first = digit(ir.Constant(WORD, 0))

        def from_tail(random: Any, at: Any) -> Any:
            return builder.xor(builder.sext(builder.icmp_unsigned("<", random, rest), VECTOR), first)

        def with_plane(found: Any, random: Any, plane: Any, at: Any) -> Any:
            return builder.xor(builder.and_(found, builder.xor(random, digit(plane))), change(plane))

        certain = splat(builder, all_of)
        _generate(builder, row, args[2], args[3], args[4], from_tail, with_plane, lambda at: certain)
        return context.get_dummy_value()

    return types.void(
        rows, own, types.uint64, types.uint64, types.uint64, types.uint64, types.uint64
    ), generate


@intrinsic
def _draw_each_vector(
    typing: Any, rows: Any, own: Any, block: Any, k0: Any, k1: Any, kept: Any, tails: Any
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        row = row_start(context, builder, signature.args[0], args[0], args[1])
        chances = context.make_array(signature.args[5])(context, builder, args[5]).data
        rests = context.make_array(signature.args[6])(context, builder, args[6]).data

        def mask(at: Any, shift: Any) -> Any:
            chance = builder.load(place(builder, chances, at), align=8)
            return builder.neg(builder.and_(builder.lshr(chance, splat(builder, shift)), constant(1)))

        def from_tail(random: Any, at: Any) -> Any:
            rest = builder.load(place(builder, rests, at), align=8)
            return builder.sext(builder.icmp_unsigned("<", random, rest), VECTOR)

        def with_plane(found: Any, random: Any, plane: Any, at: Any) -> Any:
            either, both = builder.or_(found, random), builder.and_(found, random)
            return builder.or_(both, builder.and_(mask(at, plane), either))

        certain = lambda at: mask(at, ir.Constant(WORD, DIGIT_PLANES))  # noqa: E731
        _generate(builder, row, args[2], args[3], args[4], from_tail, with_plane, certain)
        return context.get_dummy_value()

    return types.void(rows, own, types.uint64, types.uint64, types.uint64, kept, tails), generate


draw: Any = _draw_plain if interpreted else _draw_vector
draw_each: Any = _draw_each_plain if interpreted else _draw_each_vector
