"""Means over a level, by adaptive Gauss-Legendre quadrature."""

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from sensa.kernels.distributions.levels import MAX_SCORE, Levels, at_scores

Floats = npt.NDArray[np.float64]

NODES_PER_CELL = 12
MAX_DEPTH = 60
RELATIVE_TOLERANCE = 1e-14


@cache
def legendre(nodes: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on [-1, 1]."""
    from numpy.polynomial.legendre import leggauss  # imported late: 5 ms

    x, w = leggauss(nodes)
    return np.asarray(x), np.asarray(w)


def mean_of(function: Callable[[Levels], Floats]) -> float:
    """E f(U) for a uniform level U: integral over the normal score of f times the normal density.

    Cells are halved until whole and halves agree to 1e-14 of the sum. This resolves kinks and jumps of f, and
    means that a far tail dominates (up to a score of 38). If f overflows, the mean is not finite.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _mean_of(function)


def _mean_of(function: Callable[[Levels], Floats]) -> float:
    x, w = legendre(NODES_PER_CELL)
    step = 1.0
    left = np.arange(-MAX_SCORE, MAX_SCORE, step)
    whole = _cells(function, left, step, x, w)
    done = 0.0
    for _ in range(MAX_DEPTH):
        step /= 2
        halves = _cells(function, np.concatenate([left, left + step]), step, x, w)
        pairs = halves.reshape(2, -1)
        total = abs(done) + np.abs(pairs).sum()
        open_ = np.abs(pairs.sum(axis=0) - whole) > RELATIVE_TOLERANCE * total
        done += float(pairs[:, ~open_].sum())
        left = np.concatenate([left[open_], left[open_] + step])
        whole = np.concatenate([pairs[0, open_], pairs[1, open_]])
        if not len(left):
            break
    return done + float(whole.sum())


def _cells(function: Callable[[Levels], Floats], left: Floats, step: float, x: Floats, w: Floats) -> Floats:
    """The integral over each cell [left, left + step]."""
    z = (left[:, None] + step / 2 * (1.0 + x)).ravel()
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    values = (function(at_scores(z)) * density).reshape(-1, len(x))
    return np.asarray(values @ w * (step / 2))


def moments_of(inverse: Callable[[Levels], Floats]) -> tuple[float, float]:
    """Mean and variance of the distribution with this quantile function."""
    mean = mean_of(inverse)
    return mean, mean_of(lambda levels: (inverse(levels) - mean) ** 2)
