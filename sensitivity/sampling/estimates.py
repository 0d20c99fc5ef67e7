"""Means with their errors, from independent replicates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sensa.generated import generated_by
from sensa.kernels import confidence_intervals
from sensa.kernels.program import Floats, Ints
from sensa.results import QUANTILES
from sensa.stories.arguments import require_number
from sensa.stories.problems import quoted

ROUNDING = 1e-13  # of the largest value: smaller variation is rounding
MIN_TAIL_VALUES, MAX_TAIL_INDEX = 5, 0.5  # values of a tail, and its index
LIMIT_ERRORS = 1.96  # standard errors to a 95 % limit
MIN_MEAN_ERRORS = 10.0  # a mean of fewer standard errors gets an interval by counts


@dataclass(frozen=True)
class Estimate:
    """A mean over the parameters and its standard error (0 if exact), of any shape."""

    mean: Floats
    error: Floats

    def __getitem__(self, at: Any) -> "Estimate":
        """The part at an index, as of arrays."""
        return Estimate(self.mean[at], self.error[at])


@dataclass(frozen=True)
class Interval:
    """95 % intervals, of any shape; both ends equal an exact value."""

    low: Floats
    high: Floats


@generated_by("sensa.testing.strategies.small_values:precisions")
@dataclass(frozen=True)
class Precision:
    """The requested precision: half the width of 95 % intervals, absolute or relative to each probability."""

    value: float
    relative: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for a precision that is never or always met."""
        require_number("value", self.value)
        if not 0 < self.value < 1:
            raise ValueError(f"a precision lies between 0 and 1, not at {self.value:g}")

    def __str__(self) -> str:
        """As `of` reads it: `0.0001`, or `5%`."""
        return f"{100 * self.value:.15g}%" if self.relative else repr(self.value)

    def met(self, mean: Floats, interval: Interval) -> bool:
        """Whether all estimates have this precision."""
        return bool((interval.high - interval.low <= 2 * self._wanted(mean)).all())

    def share(self, mean: Floats, interval: Interval) -> float:
        """The share of the samples for this precision that there is, as widths go down with their root."""
        wanted, width = self._wanted(mean), (interval.high - interval.low) / 2
        return float((wanted / np.maximum(np.maximum(wanted, width), 1e-300)).min(initial=1.0) ** 2)

    def _wanted(self, mean: Floats) -> Floats:
        return self.value * mean if self.relative else np.full_like(mean, self.value)

    @classmethod
    def of(cls, written: "Precision | float | str") -> "Precision":
        """Parse a precision: `1e-4`, or `"5%"` of each probability. Raises ValueError."""
        if isinstance(written, Precision):
            return written
        text = str(written).strip()
        share = text.endswith("%")
        try:
            value = float(text.removesuffix("%"))
            return cls(value / 100 if share else value, relative=share)
        except ValueError:
            wanted = "expected a number between 0 and 1 as 1e-4, or a share as 5%"
            raise ValueError(f"{wanted}, got {quoted(text)}") from None


def quantiles(values: Floats, replicate: Ints, levels: Sequence[float] = QUANTILES) -> Estimate:
    """Quantiles of values (points, …) over all points; the error is from the quantiles of each replicate.

    The error is somewhat too large: quantiles of a replicate are worse than proportionally to its points.
    """
    alone = [np.quantile(values[replicate == r], levels, axis=0) for r in np.unique(replicate)]
    return Estimate(np.quantile(values, levels, axis=0), spread(np.stack(alone)).error)


@dataclass(frozen=True)
class Sources:
    """What values at parameter values come from: the replicate of each, and the worlds at each."""

    replicate: Ints  # (points,)
    world: float  # the share of a world among those at a point; 0 if worlds are exact

    def quantiles(
        self, values: Floats, levels: Sequence[float] = QUANTILES, ends: tuple[float, float] = (0.0, 1.0)
    ) -> Estimate:
        """Quantiles (levels, …) of values (points, …), with errors from the replicates.

        The error contains that of the mean over the worlds of one point, where the values vary: numbers of
        few values have quantiles that lie in its noise, as all replicates do. `ends` are the least and the
        greatest value of a world, between which a mean m has at most the variance (m - least)
        (greatest - m) of a world (Bhatia and Davis 2000, 10.2307/2589180).
        """
        found = quantiles(values, self.replicate, levels)
        extent = ends[1] - ends[0]
        if not self.world or not extent:
            return found
        p = np.clip((found.mean - ends[0]) / extent, self.world, 1.0 - self.world)
        noise = extent * np.sqrt(p * (1.0 - p) * self.world)
        varies = np.ptp(values, axis=0) > 0
        return Estimate(found.mean, np.hypot(found.error, np.where(varies, noise, 0.0)))


def spread(replicates: Floats) -> Estimate:
    """The mean over independent replicates (first axis) and its standard error.

    A single replicate is exact: the story has no parameters.
    """
    count = len(replicates)
    mean = replicates.mean(axis=0)
    error = replicates.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.zeros_like(mean)
    return Estimate(mean, error)


def of_unmet(error: Floats, mean: Floats, high: Floats) -> Floats:
    """Errors of probabilities, of those that no sampled world met as large as their 95 % limits make them.

    Their replicates are all 0, which shows no error.
    """
    return np.where((mean == 0) & (error == 0), high / LIMIT_ERRORS, error)


def deviation(values: Floats) -> Floats:
    """The standard deviation of values (points, …): 0 if they differ only by rounding, NaN if unknown."""
    found = (values - values[0]).std(axis=0)
    rounding = ROUNDING * np.abs(values).max(axis=0)
    return np.where(np.ptp(values, axis=0) <= rounding, 0.0, found)


def heavy_tailed(values: Floats) -> bool:
    """Whether so few values (points,) dominate the mean that its error is unreliable.

    By Hill's (1975, 10.1214/aos/1176343247) estimate of the tail index, of distances from the median, over
    the 3 sqrt(n) farthest: beyond 1/2, as of a distribution without a variance, means of replicates are far
    from normal and mostly too small. A lognormal loss is there from about sigma 1.3 on.
    """
    far = np.sort(np.abs(values - np.median(values)))
    tail = min(int(3 * np.sqrt(len(far))), len(far) // 5)
    if tail < MIN_TAIL_VALUES or far[-tail - 1] <= 0:
        return False
    return bool(np.log(far[-tail:] / far[-tail - 1]).mean() > MAX_TAIL_INDEX)


@dataclass(frozen=True)
class Worlds:
    """The worlds behind a mean; 0 if exact."""

    count: int = 0
    clusters: int = 0  # groups that share their parameters
    counted: bool = False  # whether means are only shares of independent worlds


def interval(
    replicates: Floats, worlds: Worlds, *, level: float = confidence_intervals.CONFIDENCE_LEVEL
) -> Interval:
    """Intervals of probabilities from independent replicates (first axis); a single one is exact.

    By counts if means are shares of worlds; else by Student's t, or by effective counts if a mean is small
    compared with its error.
    """
    estimate = spread(replicates)
    mean, error, groups = estimate.mean, estimate.error, len(replicates)
    if groups == 1:
        return Interval(mean, mean)
    if worlds.counted:
        return Interval(*confidence_intervals.proportion(mean * worlds.count, worlds.count, level=level))
    low, high = confidence_intervals.student(replicates, level=level)
    low, high = np.maximum(low, 0.0), np.minimum(high, 1.0)
    if not worlds.count:
        return Interval(low, high)
    few = np.minimum(mean, 1.0 - mean) < MIN_MEAN_ERRORS * error
    few |= error == 0.0
    by_counts = confidence_intervals.clustered_proportion(
        np.clip(mean, 0.0, 1.0),
        error,
        worlds=worlds.count,
        clusters=worlds.clusters,
        groups=groups,
        level=level,
    )
    return Interval(np.where(few, by_counts.low, low), np.where(few, by_counts.high, high))
