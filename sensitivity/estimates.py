"""Means with their errors, from independent replicates."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from sensa.kernels.program import Floats, Ints
from sensa.results import QUANTILES


@dataclass(frozen=True)
class Estimate:
    """A mean over the parameters and its standard error (0: exact), of any shape."""

    mean: Floats
    error: Floats


@dataclass(frozen=True)
class Interval:
    """95 % intervals, of any shape; both ends are the value where it is exact."""

    low: Floats
    high: Floats


@dataclass(frozen=True)
class Precision:
    """How close probabilities are wanted: at most half their 95 % intervals, or that as a share of each."""

    value: float
    relative: bool = False

    def __post_init__(self) -> None:
        """Refuse what could never be met, or always is."""
        if not 0 < self.value < 1:
            raise ValueError(f"a precision lies between 0 and 1, not at {self.value:g}")

    def met(self, mean: Floats, interval: Interval) -> bool:
        """Whether each is as close as this."""
        wanted = self.value * mean if self.relative else np.full_like(mean, self.value)
        return bool((interval.high - interval.low <= 2 * wanted).all())


def quantiles(values: Floats, replicate: Ints) -> Estimate:
    """Quantiles of values (points, …) over all points; the error is from those of each replicate alone.

    The error is somewhat too large: a quantile of fewer points is less than proportionally worse.
    """
    alone = [np.quantile(values[replicate == r], QUANTILES, axis=0) for r in np.unique(replicate)]
    return Estimate(np.quantile(values, QUANTILES, axis=0), spread(np.stack(alone)).error)


def spread(replicates: Floats) -> Estimate:
    """The mean over independent replicates (first axis) and its standard error.

    One alone is that of a story without parameters, and exact.
    """
    count = len(replicates)
    mean = replicates.mean(axis=0)
    error = replicates.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.zeros_like(mean)
    return Estimate(mean, error)


def steadied(first: Floats, second: Floats, replicate: Ints) -> Floats:
    """Values (points, …) from two independent noisy readings of each, spread as far as the values spread.

    The readings' covariance over the points is the variance of what they read, without bias; the mean of the
    two varies more, by the noise. Here it is drawn in towards the replicate's mean until its variance is
    that covariance (constrained empirical Bayes, Louis 1984, 10.1080/01621459.1984.10478062). Means are
    kept. Quantiles mislead where the noise is larger than the spread and that is far from normal.
    """
    middle = (first + second) / 2
    for r in np.unique(replicate):
        own = replicate == r
        x, y = first[own] - first[own].mean(axis=0), second[own] - second[own].mean(axis=0)
        true = np.maximum((x * y).mean(axis=0), 0.0)
        seen = ((x + y) ** 2).mean(axis=0) / 4
        shrunk = np.sqrt(np.divide(true, seen, out=np.zeros_like(true), where=seen > 0))
        centre = middle[own].mean(axis=0)
        middle[own] = centre + (middle[own] - centre) * np.minimum(shrunk, 1.0)
    return middle


def interval(replicates: Floats, *, worlds: int = 0, clusters: int = 0) -> Interval:
    """95 % intervals of probabilities from independent replicates (first axis); one alone is exact."""
    count = len(replicates)
    estimate = spread(replicates)
    if count == 1:
        return Interval(estimate.mean, estimate.mean)
    half = stdtrit(count - 1, 0.975) * estimate.error
    return Interval(np.maximum(estimate.mean - half, 0.0), np.minimum(estimate.mean + half, 1.0))
