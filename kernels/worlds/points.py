"""Points: the few bits of a block whose numbers are next to 0 or to 1.

Each bit of a coin has a random number between 0 and 1, and is true where it is below the coin's
probability. Numbers below `EDGE` and above 1 - `EDGE` are so rare that they are drawn as a list instead of
bit by bit. *Points* fall on a block's bits, each on any of them; their number is Poisson's, with the mean
-4,096 ln(1 - 2 EDGE). So they leave a bit free with the chance 1 - 2 EDGE, independently of the others. The
last point that falls on a bit says by its *mark*, of `MARK_DIGITS` binary digits, where in the two edges the
bit's number is.

What falls where depends on the coin's keys and the block alone.
"""

from typing import Final

import numpy as np

from sensa.kernels.program import Floats
from sensa.kernels.worlds.bits import BLOCK_WORDS, MASK, WORLDS, Words

EDGE_DIGITS: Final = 12
EDGE: Final = 2.0**-EDGE_DIGITS
MARK_DIGITS: Final = 63
MIDDLE: Final = 1 << MARK_DIGITS - 1  # marks below are of the edge at 0
MOST: Final = 28  # points of a block; more have a chance below 2^-64
ADDRESSES: Final = 128  # of a block: one for the number of points, two for each


def _counts() -> Words:
    """How Poisson's law is distributed, in whole numbers of 2^-64: of 0 points, of 0 or 1, and so on."""
    digits, one, share = 128, 1 << 128, EDGE_DIGITS - 1  # a bit has a point with the chance 2^-share
    bits = BLOCK_WORDS * WORLDS
    mean = sum(bits * one // (k << share * k) for k in range(1, digits))
    term = (((1 << share) - 1) ** bits << digits) >> share * bits
    total, found = term, list[int]()
    for many in range(1, MOST + 1):
        found.append((total >> 64) - 1)
        term = term * mean // (many << digits)
        total += term
    return np.array([*found, MASK], np.uint64)


COUNTS: Final = _counts()  # as many points as there are entries below a random number


def mark(p: Floats) -> Words:
    """The mark below which points make their bits true, for coins of these probabilities."""
    scale = MIDDLE / EDGE
    low = (np.minimum(p, EDGE) * scale).astype(np.uint64)
    high = (np.minimum(1.0 - p, EDGE) * scale).astype(np.uint64)
    return np.asarray(low + (np.uint64(MIDDLE) - high), np.uint64)
