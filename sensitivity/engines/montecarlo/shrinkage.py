"""How much a probability varies over the parameters, where each is known but from worlds.

A share of worlds varies more over parameter values than the probability does, by the noise of the worlds. Two
shares from independent worlds have independent noise, so their covariance has none.
"""

import numpy as np

from sensa.engines.montecarlo.jackknife import Estimated, jackknife
from sensa.engines.montecarlo.twins import covariance
from sensa.kernels.program import Floats, Ints


def variance_over_parameters(first: Floats, second: Floats, replicate: Ints) -> Estimated:
    """The variance (…) over parameter values of what two independent readings (points, …) each estimate.

    `replicate` (points,) says which independent design a point is of; 3 at least, of equal size. Unbiased;
    so it may fall below 0 where there is next to no variance.
    """
    return jackknife(covariance, *_means(first, second, replicate))


def shrunken(first: Floats, second: Floats, replicate: Ints) -> Floats:
    """Values (points, …) that vary as much as the probabilities do, from two readings (points, …) of each.

    The mean of the two readings is drawn in towards the mean of all by one factor, so that the variance of
    all becomes `variance_over_parameters`: constrained empirical Bayes (Louis 1984,
    10.1080/01621459.1984.10478062; Ghosh 1992, 10.1080/01621459.1992.10475236). Means are kept, and quantiles
    have the right spread, where plain posterior means would vary too little and the readings too much.

    Misleads where the noise is not small beside the spread: the shape is then more that of the noise, nearly
    normal, or for rare outcomes heaped at 0 and a few multiples; a skewed distribution's far quantiles come
    out too near. It draws in all points alike, though those of small probability have less noise. Single
    values are no estimates of single probabilities. Where no variance is seen all values are the mean.
    """
    middle = (first + second) / 2
    centre = middle.mean(axis=0)
    seen = ((middle - centre) ** 2).mean(axis=0)
    true = np.clip(covariance(*_means(first, second, replicate)), 0.0, seen)
    factor = np.sqrt(np.divide(true, seen, out=np.zeros_like(seen), where=seen > 0))
    return np.asarray(centre + factor * (middle - centre))


def _means(first: Floats, second: Floats, replicate: Ints) -> tuple[Floats, Floats]:
    """Means by replicate (replicates, …) of the readings' product, and of both."""
    own = [replicate == r for r in np.unique(replicate)]
    product, middle = first * second, (first + second) / 2
    return np.stack([product[r].mean(axis=0) for r in own]), np.stack([middle[r].mean(axis=0) for r in own])
