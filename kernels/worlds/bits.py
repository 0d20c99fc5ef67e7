"""Random bits by address: any word of any draw, independent of what else is drawn.

A *word* is 64 random bits, one for each of 64 worlds. It is a function of the draw's two keys, the number of
the word, and the *plane* (drawing a bit with a given probability takes several words). Keys come from
Philox (Salmon et al. 2011, 10.1145/2063384.2063405) of the seed, a stream and the draw's address; words from
a two-key variant of SplitMix64 (Steele, Lea and Flood 2014, 10.1145/2660193.2660195): both keys and the plane
enter before the first multiplication, and the second key and the plane again before the second, since planes
that share a stage are correlated (1.9e-2 was measured). In audit mode words come from Philox itself.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Keys = npt.NDArray[np.uint64]  # (draws, 2)

WORLDS: Final = 64  # in a word
MASK: Final = (1 << 64) - 1

# SplitMix64's own increment and multipliers; the odd fractional parts that planes step by
COUNTER: Final = 0x9E3779B97F4A7C15
FIRST: Final = 0xBF58476D1CE4E5B9
SECOND: Final = 0x94D049BB133111EB
PLANE_COUNTER: Final = 0xD6E8FEB86659FD93
PLANE_KEY: Final = 0xD1B54A32D192ED03

# Philox4x32: Random123's multipliers and Weyl increments
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


def philox(counter: tuple[Words, Words, Words, Words], key: tuple[Words, Words]) -> tuple[Words, ...]:
    """Philox4x32-10 of arrays of 32-bit numbers, each in a uint64; four such arrays."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (p1 >> _HALF) ^ c1 ^ k0, p1 & _LOW, (p0 >> _HALF) ^ c3 ^ k1, p0 & _LOW
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return c0, c1, c2, c3


def _split(values: Words) -> tuple[Words, Words]:
    return values & _LOW, values >> _HALF


def coin_keys(addresses: Words, *, seed: int, replicate: int = 0, stream: int = 0) -> Keys:
    """The keys (draws, 2) of draws by their 64-bit addresses.

    Different seeds, replicates and streams give unrelated keys. Raises ValueError for a seed beyond 64 bits,
    or a replicate or stream beyond 32.
    """
    if not (0 <= seed <= MASK and 0 <= replicate < 1 << 32 and 0 <= stream < 1 << 32):
        raise ValueError(f"seed, replicate, stream out of range: {seed}, {replicate}, {stream}")
    low, high = _split(np.asarray(addresses, np.uint64))
    constant = [
        np.full(len(low), value, np.uint64) for value in (replicate, stream, seed & 0xFFFFFFFF, seed >> 32)
    ]
    out = philox((low, high, constant[0], constant[1]), (constant[2], constant[3]))
    return np.stack([out[0] | out[1] << _HALF, out[2] | out[3] << _HALF], axis=1)


def words(key: Words, plane: int, numbers: Words) -> Words:
    """The words of these numbers in a plane of the draw with this key (two numbers)."""
    k0 = (int(key[0]) + plane * PLANE_COUNTER) & MASK
    k1 = (int(key[1]) + plane * PLANE_KEY) & MASK
    z = numbers * np.uint64(COUNTER) + np.uint64(k0)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(FIRST)
    z = z ^ np.uint64(k1)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(SECOND)
    return z ^ (z >> np.uint64(31))


def audited_words(key: Words, plane: int, numbers: Words) -> Words:
    """Words by Philox: slower, but of proven quality."""
    low, high = _split(numbers)
    k0, k1 = _split(np.full(len(numbers), key[0], np.uint64))
    other, _ = _split(np.full(len(numbers), key[1], np.uint64))
    out = philox((low, high, np.full(len(numbers), plane, np.uint64), other), (k0, k1))
    return out[0] | out[1] << _HALF
