"""Random bits by address: any block of any draw, independent of what else is drawn.

A *word* is 64 random bits, one for each of 64 worlds; a *block* is `BLOCK_WORDS` words. Drawing a bit with
a given probability takes a random word of each of several *planes*, and now and then a random *number*.
Keys come from Philox (Salmon et al. 2011, 10.1145/2063384.2063405) of the seed, a stream and the draw's
address. A block's words come from `LANES` streams of SFC64 (Doty-Humphrey 2014, the generator of PractRand;
numpy's `SFC64`) side by side, seeded anew in each block by the two keys and the lane's number times `SPREAD`;
then `WARM_UP` steps give nothing. There is no multiplication of vectors: those of 64 bits are emulated on
processors without AVX-512. Numbers come from SplitMix64's mixer (Steele, Lea and Flood 2014,
10.1145/2660193.2660195) of an address, with one key before each half of it.
In audit mode both come from Philox.

How many steps the seed needs was measured (`benchmarks/random_words.py`): streams of neighbouring lanes,
blocks and coins are correlated after 4 and no longer after 6, of blocks 2^40 apart after 6 and not 7, of
keys (i, 0) and (i + 1, 0) after 9 and not 10.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Keys = npt.NDArray[np.uint64]  # (draws, 2)

GENERATOR: Final = "sfc64-points-9"  # a new name whenever the words of an address become others
WORLDS: Final = 64  # in a word
MASK: Final = (1 << 64) - 1
BLOCK_WORDS: Final = 64  # words whose streams are seeded together
LANES: Final = 8  # streams of a block, and its words at a time
WARM_UP: Final = 12  # steps from the seed to the first word
SPREAD: Final = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio, odd: neighbours differ in all digits

# SplitMix64's mixer
_SPREAD, _FIRST, _SECOND = (np.uint64(x) for x in (SPREAD, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
# Philox4x32: Random123's multipliers and Weyl increments
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_NO_PLANE = 0xFFFFFFFF  # in place of a plane's number: the numbers at addresses
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


def sfc64(keys: Keys, lanes: Words, steps: int, *, warm_up: int = WARM_UP) -> Words:
    """The first words (streams, steps) of the streams with these keys (streams, 2) and numbers (streams,)."""
    a, b, c = keys[:, 0], keys[:, 1], lanes * np.uint64(SPREAD)
    found = np.empty((steps, max(len(keys), len(lanes))), np.uint64)
    for step in range(-warm_up, steps):
        word = a + b + np.uint64(step + warm_up + 1)
        a, b, c = (
            b ^ b >> np.uint64(11),
            c + (c << np.uint64(3)),
            (c << np.uint64(24) | c >> np.uint64(40)) + word,
        )
        if step >= 0:
            found[step] = word
    return found.T


def words(key: Words, numbers: Words, planes: int) -> Words:
    """The words (planes, numbers) of these numbers, for the draw with this key (two numbers).

    Of each stream the first `planes` words belong to the block's first `LANES` words, and so on.
    """
    blocks, place = np.unique(numbers // np.uint64(BLOCK_WORDS), return_inverse=True)
    lanes = blocks[:, None] * np.uint64(LANES) + np.arange(LANES, dtype=np.uint64)
    groups = BLOCK_WORDS // LANES
    streams = sfc64(np.asarray(key, np.uint64)[None], lanes.ravel(), groups * planes)
    split = streams.reshape(len(blocks), LANES, groups, planes)
    whole = split.transpose(3, 0, 2, 1).reshape(planes, len(blocks), BLOCK_WORDS)
    return whole[:, place, (numbers % np.uint64(BLOCK_WORDS)).astype(np.int64)]


def number(k0: Any, k1: Any, address: Any) -> Any:
    """The random number at an address, of the draw with these keys: of arrays, or compiled."""
    z = address * _SPREAD + k0
    z = (z ^ z >> np.uint64(30)) * _FIRST
    z = z ^ k1
    z = (z ^ z >> np.uint64(27)) * _SECOND
    return z ^ z >> np.uint64(31)


def numbers(key: Words, addresses: Words) -> Words:
    """The random numbers at these addresses, of the draw with this key (two numbers)."""
    return np.asarray(number(key[0], key[1], addresses), np.uint64)


def audited_words(key: Words, numbers: Words, planes: int) -> Words:
    """Such words by Philox: slower, but of proven quality."""
    return np.stack([_audited(key, numbers, plane) for plane in range(planes)])


def audited_numbers(key: Words, addresses: Words) -> Words:
    """Such numbers at addresses by Philox."""
    return _audited(key, addresses, _NO_PLANE)


def _audited(key: Words, address: Words, plane: int) -> Words:
    low, high = _split(address)
    k0, k1 = _split(np.full(len(address), key[0], np.uint64))
    other, _ = _split(np.full(len(address), key[1], np.uint64))
    out = philox((low, high, np.full(len(address), plane, np.uint64), other), (k0, k1))
    return np.asarray(out[0] | out[1] << _HALF)
