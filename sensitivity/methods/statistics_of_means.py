"""A statistic of means over replicates, with its error."""

from collections.abc import Callable, Sequence

import numpy as np

from sensa.engines.montecarlo.jackknife import jackknife
from sensa.kernels.program import Floats
from sensa.sampling.estimates import Estimate

Statistic = Callable[..., Floats]


def of_means(statistic: Statistic, *parts: Floats) -> Estimate:
    """A statistic of the mean of each part over its replicates (the first axis).

    The error is the jackknife's over the replicates: parts with as many replicates share their worlds, others
    are independent, so that their errors add up in quadrature. 0 where each part has a single one, as where
    all is exact; NaN where the statistic is infinite or not defined.
    """

    def of_each(*kept: Floats) -> Floats:
        return np.asarray(statistic(*(part.mean(axis=0) for part in kept)))

    value = of_each(*parts)
    squares = np.where(np.isnan(value), np.nan, 0.0)
    for count in {len(part) for part in parts} - {1}:
        sampled = [len(part) == count for part in parts]

        def of_sampled(*left: Floats, sampled: Sequence[bool] = sampled) -> Floats:
            kept = iter(left)
            return of_each(*(next(kept) if own else part for own, part in zip(sampled, parts, strict=True)))

        own = [part for part, asked in zip(parts, sampled, strict=True) if asked]
        with np.errstate(invalid="ignore"):
            squares = squares + jackknife(of_sampled, *own, least=2).error ** 2
    return Estimate(value, np.sqrt(squares))
