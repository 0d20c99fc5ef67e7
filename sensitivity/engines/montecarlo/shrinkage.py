"""The variation of a probability over the parameters, when it is estimated from worlds.

A share of worlds varies more over parameter values than the probability, by the noise of the worlds. Two
shares from independent worlds have independent noise, which cancels in their covariance.
"""

import numpy as np

from sensa.engines.montecarlo.twins import covariance
from sensa.kernels.program import Floats, Ints


def shrunken(first: Floats, second: Floats, replicate: Ints) -> Floats:
    """Values (points, …) that vary as much as the probabilities do, from two estimates (points, …) of each.

    `replicate` (points,) has the independent design of each point; at least 3, of equal size. The mean of
    the two estimates is shrunk towards the overall mean by one factor, so that the variance becomes their
    covariance, which has none of the worlds' noise: constrained empirical Bayes (Louis 1984,
    10.1080/01621459.1984.10478062; Ghosh 1992, 10.1080/01621459.1992.10475236). Means are kept, and quantiles
    have the right spread, whereas posterior means would vary too little and the raw estimates too much.

    Misleads if the noise is not small compared with the spread: the shape is then mostly that of the noise,
    nearly normal, or for rare outcomes concentrated at 0 and a few multiples; the far quantiles of a skewed
    distribution come out too close. All points are shrunk equally, though small probabilities have less
    noise. Single values do not estimate single probabilities. Without variance all values are the mean.
    """
    middle = (first + second) / 2
    centre = middle.mean(axis=0)
    seen = ((middle - centre) ** 2).mean(axis=0)
    true = np.clip(covariance(*_means(first, second, replicate)), 0.0, seen)
    factor = np.sqrt(np.divide(true, seen, out=np.zeros_like(seen), where=seen > 0))
    return np.asarray(centre + factor * (middle - centre))


def _means(first: Floats, second: Floats, replicate: Ints) -> tuple[Floats, Floats]:
    """Means by replicate (replicates, …) of the estimates' product, and of both estimates."""
    own = [replicate == r for r in np.unique(replicate)]
    product, middle = first * second, (first + second) / 2
    return np.stack([product[r].mean(axis=0) for r in own]), np.stack([middle[r].mean(axis=0) for r in own])
