"""The probability of what was never seen, by Good and Turing."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy.special import gammaincinv, ndtri


class Unseen(NamedTuple):
    """The probability that the next trial shows something new, with an interval."""

    mean: float
    low: float
    high: float


def good_turing(counts: Sequence[int], trials: float, *, level: float = 0.9) -> Unseen:
    """P(the next trial shows a kind never seen), from how often each kind was seen in `trials`.

    The estimate is N1 / trials, N1 the kinds seen once (Good 1953, DOI 10.1093/biomet/40.3-4.237). The
    interval is normal with the variance (N1 + 2 N2 - N1^2 / trials) / trials^2 (Esty 1983, DOI
    10.1214/aos/1176346256), or if that is wider Poisson's for N1, which also holds where few kinds or none
    were seen once. Misleads if the next trials are unlike these: it speaks of more red-teaming of the same
    kind, of the models that were tried.
    """
    once, twice = (sum(count == n for count in counts) for n in (1, 2))
    z = float(ndtri((1 + level) / 2))
    half = z * math.sqrt(max(once + 2 * twice - once**2 / trials, 0.0))
    tail = (1 - level) / 2
    fewest = float(gammaincinv(once, tail)) if once else 0.0
    most = float(gammaincinv(once + 1, 1 - tail))
    low, high = min(once - half, fewest), max(once + half, most)
    return Unseen(once / trials, max(low, 0.0) / trials, min(high / trials, 1.0))
