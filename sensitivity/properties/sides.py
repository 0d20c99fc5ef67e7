"""The two sides of a requirement and its margin, as intervals over cases."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sensa.sampling.estimates import Interval

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Sides:
    """Both sides and the margin, as arrays of one shape; NaN where a condition is impossible."""

    left: Interval
    right: Interval
    margin: Interval  # at least 0 where the requirement holds
    strict: bool
    unmet: Bools = field(default_factory=lambda: np.zeros(1, np.bool_))  # where a condition may be impossible

    @property
    def holds(self) -> Bools:
        """Where it certainly holds; equal sides satisfy `<=` and break `<`."""
        kept: Bools = self.margin.low > 0 if self.strict else self.margin.low >= 0
        return kept

    @property
    def breaks(self) -> Bools:
        """Where it certainly does not hold."""
        broken: Bools = self.margin.high <= 0 if self.strict else self.margin.high < 0
        return broken

    @property
    def vacuous(self) -> Bools:
        """Where a condition is impossible."""
        return np.isnan(self.margin.high)
