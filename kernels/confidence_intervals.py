"""Two-sided intervals for a probability from counts of worlds, and for a mean from replicates.

A normal interval around a share of worlds is wrong where it matters here: at 0 of N it has no width, and at a
few hits its lower end is negative. What stands in its place:

- independent worlds: Clopper and Pearson's interval below `MIN_WILSON_HITS` hits or misses, else Wilson's;
- worlds in groups that share their parameters: Korn and Graubard's with few, else Wilson's of the effective
  counts;
- means of replicates that are no counts: Student's.

Everything takes arrays of any shape that broadcast, and gives an `Interval` of that shape.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtri, stdtrit

Floats = npt.NDArray[np.float64]

CONFIDENCE_LEVEL: Final = 0.95
MIN_WILSON_HITS: Final = 20  # hits, or misses, below which Wilson's 95 % interval may cover as little as 0.84


class Interval(NamedTuple):
    """Lower and upper ends, each an array of the same shape."""

    low: Floats
    high: Floats


class Counts(NamedTuple):
    """How many independent worlds would say as much, and how many of them are hits; not whole numbers."""

    hits: Floats
    trials: Floats


def wilson(hits: npt.ArrayLike, trials: npt.ArrayLike, *, level: float = CONFIDENCE_LEVEL) -> Interval:
    """The interval of the probabilities that a score test would not reject.

    (p + z^2/2n ± z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n), Wilson 1927
    (10.1080/01621459.1927.10502953). Never of no width; within [0, 1]. Holds its level on average over
    probabilities (Brown, Cai and DasGupta 2001, 10.1214/ss/1009213286), not at each: with few hits it
    covers as little as 0.838 where 0.95 is said.
    """
    hits, trials = _checked(hits, trials)
    z2 = float(ndtri(_beyond(level) / 2)) ** 2
    fewer = np.minimum(hits, trials - hits)  # from the nearer end, so that a tiny share does not cancel
    share = fewer / trials
    centre = fewer + z2 / 2
    half = np.sqrt(z2 * (fewer * (1.0 - share) + z2 / 4))
    low = fewer * share / (centre + half)  # the product of both ends is share^2 / (1 + z2 / trials)
    high = np.minimum((centre + half) / (trials + z2), 1.0)
    return _turned(Interval(low, high), hits > trials - hits)


def clopper_pearson(
    hits: npt.ArrayLike, trials: npt.ArrayLike, *, level: float = CONFIDENCE_LEVEL
) -> Interval:
    """The probabilities under which neither so few nor so many hits have less than half of 1 - `level`.

    Quantiles of Beta(x, n - x + 1) and Beta(x + 1, n - x), Clopper and Pearson 1934
    (10.1093/biomet/26.4.404); at no hit [0, 1 - (a/2)^(1/n)]. Covers at least its level whatever the
    probability, and therefore mostly more: 0.98 for 0.95 at 3 expected hits. Counts need not be whole.
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
    """Counts of independent worlds that would tell a probability as well as grouped ones do.

    `mean` is the share of hits among `worlds` worlds, which come in `clusters` that share their parameters;
    `error` its standard error from `groups` independent groups of equal size (the clusters themselves, or
    replicates that hold several). The worlds count as p (1 - p) / error^2, never as more than they are, times
    the square of Student's t at so many worlds over that at so many groups, since the error is an estimate
    too: Korn and Graubard 1998 (Survey Methodology 24, 193-201). Where no world was hit, or each was, the
    error is 0 and says nothing: only clusters count, since all worlds of a cluster may go together.
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


def korn_graubard(
    mean: npt.ArrayLike,
    error: npt.ArrayLike,
    *,
    worlds: npt.ArrayLike,
    clusters: npt.ArrayLike,
    groups: npt.ArrayLike,
    level: float = CONFIDENCE_LEVEL,
) -> Interval:
    """Clopper and Pearson's interval of the effective counts, for worlds that come in clusters.

    Korn and Graubard 1998, arguments as `effective`. Misleads where the clusters that matter are so rare
    that none or one was seen: then the error of the mean is itself not known, and no formula repairs that.
    """
    return clopper_pearson(
        *effective(mean, error, worlds=worlds, clusters=clusters, groups=groups, level=level), level=level
    )


def proportion(hits: npt.ArrayLike, trials: npt.ArrayLike, *, level: float = CONFIDENCE_LEVEL) -> Interval:
    """The interval for a probability from independent worlds: Clopper and Pearson's where counts are small.

    Else Wilson's. Where 0.95 is said, rare hits of which fewer than 5 are expected are covered with at least
    0.958, up to 20 with at least 0.936, and beyond with 0.937 to 0.960 (their Poisson limit).
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
    """The same from worlds in clusters: Korn and Graubard's where effective counts are small, else Wilson's.

    Arguments as `effective`, limits as `korn_graubard`.
    """
    counts = effective(mean, error, worlds=worlds, clusters=clusters, groups=groups, level=level)
    return proportion(*counts, level=level)


def student(replicates: Floats, *, level: float = CONFIDENCE_LEVEL) -> Interval:
    """The interval for a mean from independent replicates along the first axis, by Student's t.

    Mean ± t_(n-1) s / sqrt(n), Student 1908 (10.1093/biomet/6.1.1). Exact for normal replicates; with few it
    misleads where they are far from that, as counts of rare hits are: use `clustered_proportion` there.
    Raises ValueError for fewer than 2.
    """
    count = len(replicates)
    if count < 2:
        raise ValueError(f"an interval needs at least 2 replicates, not {count}")
    beside = (
        replicates - replicates[0]
    )  # of replicates that are all alike, the mean is their value to the bit
    mean = replicates[0] + beside.mean(axis=0)
    error = beside.std(axis=0, ddof=1) / np.sqrt(count)
    wide = half(error, count, level=level)
    return Interval(mean - wide, mean + wide)


def half(error: npt.ArrayLike, replicates: int, *, level: float = CONFIDENCE_LEVEL) -> Floats:
    """Half the width of such an interval, where the standard error is from so many replicates."""
    wide: Floats = stdtrit(replicates - 1.0, 1.0 - _beyond(level) / 2) * np.asarray(error, np.float64)
    return wide


def ratio(shares: Floats, whole: Floats, *, level: float = CONFIDENCE_LEVEL) -> Interval:
    """The interval for a ratio of means, from its replicates along the first axis.

    `shares` are N + S (1 - W) of each replicate, where N and W (`whole`) have means S, the ratio, and 1. The
    ratios s whose N - s W has a mean that Student's t does not tell from 0: Fieller 1954
    (10.1111/j.2517-6161.1954.tb00159.x). Where whole means are skewed, as of heavy tails, it holds its level
    and the interval around S by the standard error does not. Unbounded where the mean of W may be 0.
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
    """Both as arrays of one shape; hits that rounding carried beyond the trials are put back."""
    hits, trials = (np.asarray(part, np.float64) for part in np.broadcast_arrays(hits, trials))
    if not (trials >= 1).all():
        raise ValueError("an interval needs at least one trial")
    if not ((hits >= 0) & (hits <= trials * (1 + 1e-12))).all():
        raise ValueError("hits are neither negative nor more than the trials")
    return np.minimum(hits, trials), trials


def _turned(interval: Interval, where: npt.NDArray[np.bool_]) -> Interval:
    """The interval of the misses where these were counted."""
    return Interval(
        np.where(where, 1.0 - interval.high, interval.low), np.where(where, 1.0 - interval.low, interval.high)
    )
