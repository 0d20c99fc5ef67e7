"""Probability levels with both tails, and the interface of a marginal distribution.

A level is stored as P(X <= x), as P(X > x) and as its normal score (probit), so that both tails keep their
relative accuracy: quantile functions use whichever side is smaller.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtr, ndtri

Floats = npt.NDArray[np.float64]

MAX_SCORE = 37.5  # the normal score beyond which a level underflows
MAX_LOG_ODDS = 746.0  # log-odds and logs beyond this are those of 0 and 1 in double precision
BELOW_ONE = 1.0 - 2.0**-53


class Levels:
    """Levels in (0, 1), as `lower` = P(X <= x) and `upper` = P(X > x); `score` is computed on demand."""

    def __init__(self, lower: Floats, upper: Floats) -> None:
        self.lower = lower
        self.upper = upper

    @cached_property
    def score(self) -> Floats:
        """The normal score: z with Phi(z) = lower."""
        near: Floats = ndtri(np.minimum(self.lower, self.upper))
        score: Floats = np.where(self.lower <= self.upper, near, -near)
        return score

    def __getitem__(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "Levels":
        """The levels at these indices."""
        part = Levels(self.lower[which], self.upper[which])
        if "score" in self.__dict__:
            part.__dict__["score"] = self.score[which]
        return part


def at_levels(u: Floats) -> Levels:
    """Levels P(X <= x) = u."""
    lower = np.asarray(u, np.float64)
    return Levels(lower, 1.0 - lower)


def at_scores(z: Floats) -> Levels:
    """Levels whose normal scores are z: both tails down to 1e-320."""
    score = np.asarray(z, np.float64)
    levels = Levels(ndtr(score), ndtr(-score))
    levels.__dict__["score"] = score
    return levels


class Tails(NamedTuple):
    """P(X <= x) and P(X > x), each with its own relative accuracy."""

    lower: Floats
    upper: Floats

    @property
    def score(self) -> Floats:
        """The normal score of the level, clipped to the range of doubles."""
        return np.clip(Levels(self.lower, self.upper).score, -MAX_SCORE - 1, MAX_SCORE + 1)


@dataclass(frozen=True)
class Marginal:
    """A marginal distribution with its arguments bound: the interface for samplers and pools."""

    inverse: Callable[[Levels], Floats]  # the quantile function
    tails: Callable[[Floats], Tails]  # the distribution function and its complement
    moments: Callable[[], tuple[float, float]]  # mean and variance
    support: tuple[float, float]
    atoms: tuple[float, ...] = ()  # values of positive probability
    log_odds: Callable[[Levels], Floats] | None = None  # of the quantile, if more accurate
    tails_at_odds: Callable[[Floats], Tails] | None = None  # the tails at log-odds, likewise
    smooth: bool = False  # whether `inverse` is analytic in the normal score: fixed quadrature is enough

    def odds(self, levels: Levels) -> Floats:
        """Log-odds of the quantiles; the distribution must lie in [0, 1]."""
        if self.log_odds is not None:
            return self.log_odds(levels)
        return np.asarray(logit(np.clip(self.inverse(levels), 0.0, BELOW_ONE)))

    def odds_tails(self, y: Floats) -> Tails:
        """The tails at the values of these log-odds; near 1 this is more accurate than the value itself."""
        return self.tails(np.asarray(expit(y))) if self.tails_at_odds is None else self.tails_at_odds(y)


class Coordinate(NamedTuple):
    """An increasing map of the support to the real line, on which quantile functions are smooth."""

    forward: Callable[[Floats], Floats]
    backward: Callable[[Floats], Floats]


def _same(x: Floats) -> Floats:
    return x


def _log_odds(x: Floats) -> Floats:
    return np.clip(logit(x), -MAX_LOG_ODDS, MAX_LOG_ODDS)


def _log(x: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(x), -MAX_LOG_ODDS)


REAL = Coordinate(_same, _same)
POSITIVE = Coordinate(_log, np.exp)
UNIT = Coordinate(_log_odds, expit)


def coordinate(support: tuple[float, float]) -> Coordinate:
    """Log-odds within [0, 1], logs above 0, else the value itself."""
    low, high = support
    if low < 0:
        return REAL
    return UNIT if high <= 1 else POSITIVE


def scaled(x: Floats, a: float, b: float) -> Floats:
    """Where x lies between a and b, as a share."""
    return np.clip((x - a) / (b - a), 0.0, 1.0)


def short_of(b: float, x: Floats, rest: Floats | None) -> Floats:
    """b - x, from `rest` = 1 - x if that is given."""
    return b - x if rest is None else (b - 1.0) + rest


def at_odds(tails: Callable[[Floats, Floats | None], Tails]) -> Callable[[Floats], Tails]:
    """Tails at log-odds, from tails at (x, 1 - x)."""
    return lambda y: tails(np.asarray(expit(y)), np.asarray(expit(-y)))
