"""What sampled worlds say of cases: means, and intervals that hold for what few worlds have met, too."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensa.kernels import confidence_intervals
from sensa.kernels.program import Floats
from sensa.properties import ranges
from sensa.sampling.estimates import Interval, Worlds, interval

FEW_WORLDS = 100  # with a cost: fewer say little of how much replicates vary


@dataclass(frozen=True, eq=False)
class CaseMeans:
    """Results of cases: means (replicates, cases, columns), and the sampled worlds, if any."""

    means: Floats
    worlds: Worlds
    heavy: npt.NDArray[np.bool_]  # (cases,): whether few values dominate the mean of a sampled loss
    costs: Interval  # (cases, columns but the last): what is lost on average where a column is true
    possible_loss: Interval  # (cases,): the least and the greatest that the mean loss can be
    impossible: npt.NDArray[np.bool_]  # (cases, columns but the last): whether a column is never true
    unsampled: Floats  # (2, cases, columns): how far means may be off by numbers too rare for the sample

    @property
    def exact(self) -> bool:
        """Whether no worlds were sampled."""
        return len(self.means) == 1 and not self.worlds.count

    @property
    def costly(self) -> int:
        """The number of columns at which something is lost."""
        return int(np.count_nonzero(((self.costs.low != 0) | (self.costs.high != 0)).any(axis=0)))

    def interval(self, level: float) -> Interval:
        """Confidence intervals of the means; the last column is the loss, which is not a probability."""
        found = interval(self.means[..., :-1], self.worlds, level=level)
        return Interval(found.low, np.where(self.impossible, 0.0, found.high))

    def loss(self, level: float) -> Interval:
        """An interval of the loss; unbounded if no sampled world had a cost: the sample then shows nothing.

        Replicates show nothing of costs that few worlds have met. These may be as probable as their own
        intervals allow.
        """
        loss = self.means[..., -1]
        if self.exact:
            return Interval(loss[0], loss[0])
        level = 1.0 - (1.0 - level) / (1 + self.costly)  # each interval's, so that all hold
        found, unseen = confidence_intervals.student(loss, level=level), self.unseen(level)
        silent = found.low == found.high
        low, high = found.low + unseen.low, found.high + unseen.high
        return Interval(np.where(silent, -np.inf, low), np.where(silent, np.inf, high))

    def unseen(self, level: float) -> Interval:
        """How far the loss may be from the mean by what few sampled worlds have met (cases,)."""
        mean, chances = self.means[..., :-1].mean(axis=0), self.interval(level)
        few = mean * self.worlds.count < FEW_WORLDS * (self.worlds.count > 0)
        off = ranges.minus(ranges.times(chances, self.costs), ranges.times(Interval(mean, mean), self.costs))
        return Interval(*(np.where(few, end, 0.0).sum(axis=1) for end in (off.low, off.high)))
