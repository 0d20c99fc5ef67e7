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
from sensa.kernels.worlds.bits import COUNTER, FIRST, MASK, PLANE_COUNTER, PLANE_KEY, SECOND, Words
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
VECTORS_AT_ONCE: Final = 4  # vectors whose accumulators are kept in registers
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
    random = bits.audited_words if audit else bits.words
    full = np.uint64(MASK)
    found = np.where(random(key, DIGIT_PLANES, numbers) < tail, full, np.uint64(0))
    for plane in range(DIGIT_PLANES):
        r = random(key, plane, numbers)
        found = np.where(kept >> np.uint64(plane) & np.uint64(1) == 1, found | r, found & r)
    return np.where(kept == FIXED_POINT_ONE, full, found)


def _draw_plain(rows: Words, own: int, first: int, k0: int, k1: int, kept: int, tail: int) -> None:
    key = np.array([k0, k1], np.uint64)
    numbers = _LANE + np.uint64(first)
    of = np.full(ROW_WORDS, kept, np.uint64), np.full(ROW_WORDS, tail, np.uint64)
    rows[own] = bernoulli(key, *of, numbers)


def _draw_each_plain(rows: Words, own: int, first: int, k0: int, k1: int, kept: Words, tails: Words) -> None:
    rows[own] = bernoulli(np.array([k0, k1], np.uint64), kept, tails, _LANE + np.uint64(first))


def hashed(builder: Any, z: Any, key: Any) -> Any:
    """A vector of words, of their counters with the first key added, and of the second key."""
    z = builder.mul(builder.xor(z, builder.lshr(z, constant(30))), constant(FIRST))
    z = builder.xor(z, key)
    z = builder.mul(builder.xor(z, builder.lshr(z, constant(27))), constant(SECOND))
    return builder.xor(z, builder.lshr(z, constant(31)))


def _generate(
    builder: Any, own: Any, first: Any, k0: Any, k1: Any, digit_of: Any, below_tail: Any, certain: Any
) -> None:
    """The loop over groups of vectors, and within it over planes, the accumulators in registers."""
    integer = lambda value: ir.Constant(WORD, value & MASK)  # noqa: E731
    start = builder.add(builder.mul(first, integer(COUNTER)), k0)
    tail_start = builder.add(start, integer(DIGIT_PLANES * PLANE_COUNTER))
    tail_key = builder.add(k1, integer(DIGIT_PLANES * PLANE_KEY))
    steps = [
        ir.Constant(
            VECTOR, [(lane * COUNTER) & MASK for lane in range(v * VECTOR_WORDS, (v + 1) * VECTOR_WORDS)]
        )
        for v in range(VECTORS_AT_ONCE)
    ]
    key = cgutils.alloca_once(builder, VECTOR)
    counters = [cgutils.alloca_once(builder, VECTOR) for _ in range(VECTORS_AT_ONCE)]
    found = [cgutils.alloca_once(builder, VECTOR) for _ in range(VECTORS_AT_ONCE)]
    size = VECTOR_WORDS * VECTORS_AT_ONCE
    with cgutils.for_range(builder, integer(ROW_WORDS // size)) as group:
        offset = builder.mul(group.index, integer(size))
        shift = splat(builder, builder.mul(offset, integer(COUNTER)))
        at = [builder.add(offset, integer(v * VECTOR_WORDS)) for v in range(VECTORS_AT_ONCE)]
        for v in range(VECTORS_AT_ONCE):
            step = builder.add(steps[v], shift)
            word = hashed(builder, builder.add(step, splat(builder, tail_start)), splat(builder, tail_key))
            builder.store(builder.sext(below_tail(word, at[v]), VECTOR), found[v])
            builder.store(builder.add(step, splat(builder, start)), counters[v])
        builder.store(splat(builder, k1), key)
        with cgutils.for_range(builder, integer(DIGIT_PLANES)) as plane:
            k = builder.load(key)
            for v in range(VECTORS_AT_ONCE):
                z = builder.load(counters[v])
                builder.store(builder.add(z, constant(PLANE_COUNTER)), counters[v])
                r, a = hashed(builder, z, k), builder.load(found[v])
                digit = digit_of(plane.index, at[v])
                both = builder.and_(a, r)
                builder.store(builder.or_(both, builder.and_(digit, builder.or_(a, r))), found[v])
            builder.store(builder.add(k, constant(PLANE_KEY)), key)
        for v in range(VECTORS_AT_ONCE):
            builder.store(
                builder.or_(builder.load(found[v]), certain(at[v])), place(builder, own, at[v]), align=8
            )


@intrinsic
def _draw_vector(typing: Any, rows: Any, own: Any, first: Any, k0: Any, k1: Any, kept: Any, tail: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        row = row_start(context, builder, signature.args[0], args[0], args[1])
        chance, rest = args[5], splat(builder, args[6])
        one = ir.Constant(WORD, 1)

        def all_of(shift: Any) -> Any:
            bit = builder.and_(builder.lshr(chance, shift), one)
            return splat(builder, builder.sub(ir.Constant(WORD, 0), bit))

        _generate(
            builder,
            row,
            args[2],
            args[3],
            args[4],
            lambda plane, at: all_of(plane),
            lambda word, at: builder.icmp_unsigned("<", word, rest),
            lambda at: all_of(ir.Constant(WORD, DIGIT_PLANES)),
        )
        return context.get_dummy_value()

    return types.void(
        rows, own, types.uint64, types.uint64, types.uint64, types.uint64, types.uint64
    ), generate


@intrinsic
def _draw_each_vector(
    typing: Any, rows: Any, own: Any, first: Any, k0: Any, k1: Any, kept: Any, tails: Any
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        row = row_start(context, builder, signature.args[0], args[0], args[1])
        chances = context.make_array(signature.args[5])(context, builder, args[5]).data
        rests = context.make_array(signature.args[6])(context, builder, args[6]).data
        zero = constant(0)

        def all_of(at: Any, shift: Any) -> Any:
            chance = builder.load(place(builder, chances, at), align=8)
            bit = builder.and_(builder.lshr(chance, splat(builder, shift)), constant(1))
            return builder.sub(zero, bit)

        _generate(
            builder,
            row,
            args[2],
            args[3],
            args[4],
            lambda plane, at: all_of(at, plane),
            lambda word, at: builder.icmp_unsigned(
                "<", word, builder.load(place(builder, rests, at), align=8)
            ),
            lambda at: all_of(at, ir.Constant(WORD, DIGIT_PLANES)),
        )
        return context.get_dummy_value()

    return types.void(rows, own, types.uint64, types.uint64, types.uint64, kept, tails), generate


draw: Any = _draw_plain if interpreted else _draw_vector
draw_each: Any = _draw_each_plain if interpreted else _draw_each_vector
