"""Words of Bernoulli bits, 64 worlds of a coin at once: what they are, and a plain implementation.

Each bit has a random number of its own between 0 and 1, and is true where it is below the coin's probability.
So bits are independent, and what is true at a probability is true at any larger one under the same keys.
Only as much of a number is drawn as decides:

- `points` draws the numbers next to 0 and to 1. If the probability is there too (p or 1 - p at most `EDGE`),
  nothing else is drawn: rare and nearly certain coins are fast.
- All other numbers are EDGE + (1 - 2 EDGE) v, and v is compared with (p - EDGE) / (1 - 2 EDGE), digit by
  digit from the top. The first `PLANES` digits take a random word each, whose zeros are ones of v.
- One bit in 2^PLANES is undecided after that. The lowest undecided bit of a word is decided by one more
  random word, every other one by a number at an address of its own.

The probability is exact to 2^-52 between the edges, and to 2^-74 in them.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sensa.kernels.program import Floats
from sensa.kernels.worlds import bits
from sensa.kernels.worlds.bits import BLOCK_WORDS, MASK, WORLDS, Words
from sensa.kernels.worlds.points import ADDRESSES, COUNTS, EDGE, mark

PLANES: Final = 9
STRETCH: Final = 1.0 / (1.0 - 2.0 * EDGE)
BELOW_ONE: Final = 1.0 - 2.0**-53
_ONE, _FULL = np.uint64(1), np.uint64(MASK)
_LANES = np.arange(WORLDS, dtype=np.uint64)


class Source(NamedTuple):
    """Where random bits come from, by the key of a draw."""

    words: Callable[[Words, Words, int], Words]  # of words by their numbers, for so many planes
    numbers: Callable[[Words, Words], Words]  # at addresses


FAST: Final = Source(bits.words, bits.numbers)
AUDITED: Final = Source(bits.audited_words, bits.audited_numbers)


def checked(p: Floats) -> Floats:
    """Probabilities as they are. Raises ValueError if one is none."""
    p = np.asarray(p, np.float64)
    if not ((p >= 0.0) & (p <= 1.0)).all():
        raise ValueError("a probability is NaN or not in [0, 1]")
    return p


def digits(p: Floats) -> tuple[Words, Words]:
    """The first `PLANES` binary digits of v, and the next 62 at the top of a word; between the edges only."""
    scaled = np.minimum((p - EDGE) * STRETCH, BELOW_ONE) * (1 << PLANES)
    kept = scaled.astype(np.int64)
    tail = ((scaled - kept) * 2.0**62).astype(np.int64)
    return kept.astype(np.uint64), tail.astype(np.uint64) << np.uint64(2)


def bernoulli(key: Words, p: Floats, numbers: Words, source: Source = FAST) -> Words:
    """The words of these numbers (words,), each with its own probability (words,)."""
    between = (p > EDGE) & (p < 1.0 - EDGE)
    kept, tail = digits(np.where(between, p, 0.5))
    found = np.where(p >= 1.0 - EDGE, _FULL, np.uint64(0))
    undecided = np.where(between, _FULL, np.uint64(0))
    *planes, last = source.words(key, numbers, PLANES + 1)
    for plane, random in enumerate(planes):
        digit = np.where(kept >> np.uint64(PLANES - 1 - plane) & _ONE == 1, _FULL, np.uint64(0))
        left = undecided & (random ^ digit)
        found |= (undecided ^ left) & digit
        undecided = left
    found |= np.where(last < tail, undecided, np.uint64(0))
    _settle(found, undecided & (undecided - _ONE), tail, key, numbers, source)
    _put_points(found, mark(p), key, numbers, source)
    return found


def _settle(found: Words, undecided: Words, tail: Words, key: Words, numbers: Words, source: Source) -> None:
    for lane in np.flatnonzero(np.bitwise_or.reduce(undecided) >> _LANES & _ONE).tolist():
        at = np.flatnonzero(undecided >> np.uint64(lane) & _ONE)
        own = source.numbers(key, numbers[at] * np.uint64(WORLDS) + np.uint64(lane))
        _set(found, at, lane, own < tail[at])


def _put_points(found: Words, marks: Words, key: Words, numbers: Words, source: Source) -> None:
    """Points are at addresses under the key with its halves exchanged."""
    for block in np.unique(numbers // np.uint64(BLOCK_WORDS)):
        addresses = block * np.uint64(ADDRESSES) + np.arange(2 * len(COUNTS), dtype=np.uint64)
        random = source.numbers(key[::-1], addresses)
        for point in range(1, 1 + int(np.searchsorted(COUNTS, random[0]))):
            word, lane = divmod(int(random[2 * point]) % (BLOCK_WORDS * WORLDS), WORLDS)
            at = np.flatnonzero(numbers == block * np.uint64(BLOCK_WORDS) + np.uint64(word))
            _set(found, at, lane, random[2 * point + 1] >> _ONE < marks[at])


def _set(found: Words, at: npt.NDArray[np.intp], lane: int, true: npt.NDArray[np.bool_]) -> None:
    """Make a bit of some words what `true` says of each."""
    bit = _ONE << np.uint64(lane)
    found[at] = np.where(true, found[at] | bit, found[at] & ~bit)
