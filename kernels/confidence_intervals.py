"""Two-sided intervals for a probability from counts of worlds, and for a mean from replicates.

A normal interval around a share of worlds is wrong where it matters here: at 0 of N it has no width, and at a
few hits its lower end is negative. Used instead:

- independent worlds: Clopper and Pearson's interval below `MIN_WILSON_HITS` hits or misses, else Wilson's;
- worlds in groups that share their parameters: Korn and Graubard's for small effective counts, else Wilson's
  of the effective counts;
- means of replicates that are not counts: Student's.

All functions take arrays that broadcast, and return an `Interval` of the broadcast shape.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtri, stdtrit

Floats = npt.NDArray[np.float64]

CONFIDENCE_LEVEL: Final = 0.95
MIN_WILSON_HITS: Final = 20  # with fewer hits or misses a 95 % interval may cover only 0.84


class Interval(NamedTuple):
    """Lower and upper ends, each an array of the same shape."""

    low: Floats
    high: Floats


class Counts(NamedTuple):
    """The effective number of independent worlds and of hits among them; not whole numbers."""

    hits: Floats
    trials: Floats


def wilson(hits: npt.ArrayLike, trials: npt.ArrayLike, *, level: float = CONFIDENCE_LEVEL) -> Interval:
    """Wilson's interval: the probabilities that a score test does not reject.

    (p + z^2/2n ± z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n), Wilson 1927 (10.1080/01621459.1927.10502953).
    Its width is never 0, and it lies within [0, 1]. Its coverage is nominal on average over probabilities
    (Brown, Cai and DasGupta 2001, 10.1214/ss/1009213286), not at each: with few hits a 95 % interval covers
    as little as 0.838.
    """
    hits, trials = _checked(hits, trials)
    z2 = float(ndtri(_beyond(level) / 2)) ** 2
    fewer = np.minimum(hits, trials - hits)  # from the nearer end, to avoid cancellation for a tiny share
    share = fewer / trials
    centre = fewer + z2 / 2
    half = np.sqrt(z2 * (fewer * (1.0 - share) + z2 / 4))
    low = fewer * share / (centre + half)  # the product of both ends is share^2 / (1 + z2 / trials)
    high = np.minimum((centre + half) / (trials + z2), 1.0)
    return _turned(Interval(low, high), hits > trials - hits)


def clopper_pearson(
    hits: npt.ArrayLike, trials: npt.ArrayLike, *, level: float = CONFIDENCE_LEVEL
) -> Interval:
    """Clopper and Pearson's interval: each tail of the binomial has at least half of 1 - `level`.

    Quantiles of Beta(x, n - x + 1) and Beta(x + 1, n - x), Clopper and Pearson 1934
    (10.1093/biomet/26.4.404); without a hit [0, 1 - (a/2)^(1/n)]. Covers at least its level at every
    probability, and mostly more: 0.98 for 0.95 at 3 expected hits. Counts need not be whole.
    """
    hits, trials = _checked(hits, trials)
    tail = _beyond(level) / 2
    fewer = np.minimum(hits, trials - hits)
    more = trials - fewer
    inner = np.maximum(fewer, np.finfo(float).tiny)
    low = np.where(fewer > 0, betaincinv(inner, more + 1.0, tail), 0.0)
    at_none = -np.expm1(np.log(tail) / trials)
    high = np.where(fewer > 0, betaincinv(inner + 1.0, more, 1.0 - tail), at_none)
    return _turned(Interval(low, high), hits > trials - hits)


def effective(
    mean: npt.ArrayLike,
    error: npt.ArrayLike,
    *,
    worlds: npt.ArrayLike,
    clusters: npt.ArrayLike,
    groups: npt.ArrayLike,
    level: float = CONFIDENCE_LEVEL,
) -> Counts:
    """The effective counts of grouped worlds: independent worlds that would estimate a probability as well.

    `mean` is the share of hits among `worlds` worlds, which come in `clusters` that share their parameters;
    `error` its standard error from `groups` independent groups of equal size (the clusters themselves, or
    replicates that hold several). The effective number is p (1 - p) / error^2, at most the actual number,
    times the square of Student's t for the number of worlds over that for the number of groups, since the
    error is an estimate too: Korn and Graubard 1998 (Survey Methodology 24, 193-201). If no world was hit, or
    all were, the error of 0 means nothing, and each cluster counts as one world, since its worlds may all
    agree.
    """
    mean, error, worlds, clusters, groups = (
        np.asarray(part, np.float64) for part in np.broadcast_arrays(mean, error, worlds, clusters, groups)
    )
    if ((mean < 0) | (mean > 1) | ~(error >= 0)).any():
        raise ValueError("means are probabilities, and errors not negative")
    if ((groups < 2) | (clusters < groups) | (worlds < clusters)).any():
        raise ValueError("at least 2 groups, as many clusters, as many worlds")
    beyond = 1.0 - _beyond(level) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = np.minimum(mean * (1.0 - mean) / error**2, worlds)
    learned = (stdtrit(worlds - 1.0, beyond) / stdtrit(groups - 1.0, beyond)) ** 2
    trials = np.where((mean > 0) & (mean < 1), plain * learned, clusters)
    trials = np.maximum(trials, 1.0)
    return Counts(mean * trials, trials)


def proportion(hits: npt.ArrayLike, trials: npt.ArrayLike, *, level: float = CONFIDENCE_LEVEL) -> Interval:
    """The interval for a probability from independent worlds: Clopper and Pearson's where counts are small.

    Else Wilson's. At level 0.95 and in the Poisson limit, coverage is at least 0.958 where fewer than 5 hits
    are expected, at least 0.936 up to 20, and 0.937 to 0.960 beyond.
    """
    hits, trials = _checked(hits, trials)
    few = np.minimum(hits, trials - hits) < MIN_WILSON_HITS
    exact, score = clopper_pearson(hits, trials, level=level), wilson(hits, trials, level=level)
    return Interval(np.where(few, exact.low, score.low), np.where(few, exact.high, score.high))


def clustered_proportion(
    mean: npt.ArrayLike,
    error: npt.ArrayLike,
    *,
    worlds: npt.ArrayLike,
    clusters: npt.ArrayLike,
    groups: npt.ArrayLike,
    level: float = CONFIDENCE_LEVEL,
) -> Interval:
    """The interval from worlds in clusters: Korn and Graubard's if effective counts are small, else Wilson's.

    Korn and Graubard 1998, arguments as `effective`. Misleads where the clusters that matter are so rare
    that none or one was seen: then the error of the mean is unknown, and no formula helps.
    """
    counts = effective(mean, error, worlds=worlds, clusters=clusters, groups=groups, level=level)
    return proportion(*counts, level=level)


def student(replicates: Floats, *, level: float = CONFIDENCE_LEVEL) -> Interval:
    """The interval for a mean from independent replicates along the first axis, by Student's t.

    Mean ± t_(n-1) s / sqrt(n), Student 1908 (10.1093/biomet/6.1.1). Exact for normal replicates. Misleads
    with few replicates that are far from normal, such as counts of rare hits: use `clustered_proportion`
    there. Raises ValueError for fewer than 2.
    """
    count = len(replicates)
    if count < 2:
        raise ValueError(f"an interval needs at least 2 replicates, not {count}")
    beside = (
        replicates - replicates[0]
    )  # if all replicates are equal, the mean is their value to the last bit
    mean = replicates[0] + beside.mean(axis=0)
    error = beside.std(axis=0, ddof=1) / np.sqrt(count)
    wide = half(error, count, level=level)
    return Interval(mean - wide, mean + wide)


def half(error: npt.ArrayLike, replicates: int, *, level: float = CONFIDENCE_LEVEL) -> Floats:
    """Half the width of Student's interval from a standard error and its number of replicates."""
    wide: Floats = stdtrit(replicates - 1.0, 1.0 - _beyond(level) / 2) * np.asarray(error, np.float64)
    return wide


def ratio(shares: Floats, whole: Floats, *, level: float = CONFIDENCE_LEVEL) -> Interval:
    """The interval for a ratio of means, from its replicates along the first axis.

    `shares` are N + S (1 - W) of each replicate, where N and W (`whole`) have means S, the ratio, and 1. The
    interval has the ratios s for which Student's t does not reject that N - s W has mean 0: Fieller 1954
    (10.1111/j.2517-6161.1954.tb00159.x). If the means of W are skewed, as with heavy tails, it keeps its
    level, unlike the interval around S by the standard error. Unbounded if the mean of W may be 0.
    """
    count = len(shares)
    middle = shares.mean(axis=0)
    off, swing = shares - middle, whole - 1.0
    scale = stdtrit(count - 1.0, 1.0 - _beyond(level) / 2) ** 2 / (count * (count - 1.0))
    own, both, alike = (scale * (a * b).sum(axis=0) for a, b in ((off, off), (off, swing), (swing, swing)))
    with np.errstate(divide="ignore", invalid="ignore"):
        # where (s - S)^2 <= own - 2 (s - S) both + (s - S)^2 alike
        root = np.sqrt(both**2 + (1.0 - alike) * own)
        low, high = ((-both + sign * root) / (1.0 - alike) for sign in (-1.0, 1.0))
    known = ~(alike >= 1.0)
    return Interval(np.where(known, middle + low, -np.inf), np.where(known, middle + high, np.inf))


def _beyond(level: float) -> float:
    if not 0.0 < level < 1.0:
        raise ValueError(f"a level lies between 0 and 1, not at {level:g}")
    return 1.0 - level


def _checked(hits: npt.ArrayLike, trials: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Broadcast both to one shape; clip hits that exceed the trials by rounding."""
    hits, trials = (np.asarray(part, np.float64) for part in np.broadcast_arrays(hits, trials))
    if not (trials >= 1).all():
        raise ValueError("an interval needs at least one trial")
    if not ((hits >= 0) & (hits <= trials * (1 + 1e-12))).all():
        raise ValueError("hits are neither negative nor more than the trials")
    return np.minimum(hits, trials), trials


def _turned(interval: Interval, where: npt.NDArray[np.bool_]) -> Interval:
    """Reflect the interval where misses were counted instead of hits."""
    return Interval(
        np.where(where, 1.0 - interval.high, interval.low), np.where(where, 1.0 - interval.low, interval.high)
    )
