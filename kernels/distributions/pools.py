"""Pools of distributions: the mixture, and the average of log-odds."""

import math

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from sensa.kernels.distributions.levels import (
    MAX_LOG_ODDS,
    MAX_SCORE,
    UNIT,
    Levels,
    Marginal,
    Tails,
    at_scores,
    coordinate,
)
from sensa.kernels.distributions.quadrature import moments_of
from sensa.kernels.distributions.quantile_tables import tabulated
from sensa.kernels.distributions.root_finding import roots

Floats = npt.NDArray[np.float64]
Args = tuple[float, ...]
Parts = tuple[Marginal, ...]

SCORE_TOLERANCE = 2e-13  # in normal score: the accuracy of the distribution functions themselves


def linear_pool(weights: Args, parts: Parts) -> Marginal:
    """The mixture of the parts by weight.

    Its quantile lies between the smallest and the largest of the parts' and is found by bracketing, in the
    coordinate of the support; where a part is a point mass the quantile function is flat, and exact.
    """
    support = (min(p.support[0] for p in parts), max(p.support[1] for p in parts))
    line = coordinate(support)
    atoms = np.array(sorted({atom for part in parts for atom in part.atoms}))

    def tails(x: Floats) -> Tails:
        return _mixed_tails(weights, [part.tails(x) for part in parts])

    def tails_at_odds(y: Floats) -> Tails:
        return _mixed_tails(weights, [part.odds_tails(y) for part in parts])

    within = line is UNIT

    before, after = tails(np.nextafter(atoms, -np.inf)).score, tails(atoms).score

    def settled(z: Floats, x: Floats) -> Floats:
        """x, replaced by a point mass where the level belongs to it."""
        for atom, low, high in zip(atoms, before, after, strict=True):
            x = np.where((z > low) & (z <= high), atom, x)
        return x

    def exact(levels: Levels) -> Floats:
        point = settled(levels.score, np.full(levels.lower.shape, np.nan))
        y = line.forward(point)
        between = np.isnan(point)
        y[between] = solved(levels[between])
        return y

    def solved(levels: Levels) -> Floats:
        z = levels.score
        each = [part.odds(levels) if within else line.forward(part.inverse(levels)) for part in parts]
        ends = np.clip(np.stack(each), -MAX_LOG_ODDS, MAX_LOG_ODDS) if within else np.stack(each)

        def miss(y: Floats, which: npt.NDArray[np.int64]) -> Floats:
            return (tails_at_odds(y) if within else tails(line.backward(y))).score - z[which]

        return roots(miss, ends.min(axis=0), ends.max(axis=0), exact=SCORE_TOLERANCE)

    quantile = tabulated(exact)

    def inverse(levels: Levels) -> Floats:
        return settled(levels.score, line.backward(quantile(levels)))

    return Marginal(
        inverse,
        tails,
        lambda: _mixed(weights, parts),
        support,
        tuple(atoms.tolist()),
        quantile if within else None,
        tails_at_odds if within else None,
    )


def _mixed_tails(weights: Args, each: list[Tails]) -> Tails:
    nothing = np.zeros(np.shape(each[0].lower))
    lower = sum((w * t.lower for w, t in zip(weights, each, strict=True)), nothing)
    upper = sum((w * t.upper for w, t in zip(weights, each, strict=True)), nothing)
    return Tails(lower, upper)


def _mixed(weights: Args, parts: Parts) -> tuple[float, float]:
    """Mean and variance: within the parts and between them."""
    each = [part.moments() for part in parts]
    mean = math.fsum(w * m for w, (m, _) in zip(weights, each, strict=True))
    return mean, math.fsum(w * (v + (m - mean) ** 2) for w, (m, v) in zip(weights, each, strict=True))


def odds_pool(weights: Args, parts: Parts) -> Marginal:
    """Weighted averages of quantiles' log-odds, level by level; of points, the geometric mean of odds."""

    def log_odds(levels: Levels) -> Floats:
        total: Floats = sum(
            (w * p.odds(levels) for w, p in zip(weights, parts, strict=True)), np.zeros(levels.lower.shape)
        )
        return total

    def inverse(levels: Levels) -> Floats:
        return np.asarray(expit(log_odds(levels)))

    def tails_at_odds(y: Floats) -> Tails:
        odds = np.clip(y.ravel(), -MAX_LOG_ODDS, MAX_LOG_ODDS)

        def miss(z: Floats, which: npt.NDArray[np.int64]) -> Floats:
            excess = log_odds(at_scores(z)) - odds[which]
            return np.where(excess <= 0, np.minimum(excess, -1e-300), excess)  # flat: the highest score

        far = np.full(odds.size, MAX_SCORE)
        z = roots(miss, -far, far).reshape(y.shape)
        levels = at_scores(z)
        return Tails(levels.lower, levels.upper)

    points = all(part.support[0] == part.support[1] for part in parts)
    atoms = tuple(inverse(at_scores(np.zeros(1))).tolist()) if points else ()
    return Marginal(
        inverse,
        lambda x: tails_at_odds(UNIT.forward(np.asarray(x))),
        lambda: moments_of(inverse),
        (0.0, 1.0),
        atoms,
        log_odds,
        tails_at_odds,
    )
