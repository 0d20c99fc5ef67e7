"""What independent trials are expected to change about a probability with a Beta distribution.

A function of the probability p is written in Bernstein's form, f(p) = sum c_i C(d, i) p^i (1 - p)^(d - i). p
stays Beta after trials, and the mean of a Bernstein polynomial over a Beta is the probability of a count
that is beta-binomial: sums of positive terms, in which nothing cancels and nothing is sampled.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sensa.kernels.program import Floats

NOISE = 1e-15  # of the largest coefficient
TINY = 1e-13  # of the largest coefficient
ROUNDING = 1e-12  # of a limit; a mean closer to it is within
SAFE = 1e-9  # of the largest coefficient: the polynomial is evaluated in place of its function
MAX_TRIALS = 1 << 24


class Beta(NamedTuple):
    """The distribution of a probability."""

    a: float
    b: float

    def after(self, held: Floats | float, trials: float) -> "tuple[Floats | float, Floats | float]":
        """The arguments after so many of the trials held."""
        return self.a + held, self.b + trials - held


class Polynomial(NamedTuple):
    """A function on [0, 1] in Bernstein's form, and whether it is one of the degree that was tried."""

    coefficients: Floats
    resolved: bool = True

    def __call__(self, p: Floats) -> Floats:
        """Its values."""
        degree = len(self.coefficients) - 1
        i = np.arange(degree + 1)
        basis = np.exp(_log_choose(degree)) * p[..., None] ** i * (1 - p[..., None]) ** (degree - i)
        found: Floats = basis @ self.coefficients
        return found

    def mean(self, a: Floats | float, b: Floats | float) -> Floats:
        """Its mean over Beta(a, b), for arrays of arguments."""
        degree = len(self.coefficients) - 1
        counts: Floats = beta_binomial(degree, np.asarray(a)[..., None], np.asarray(b)[..., None])
        found: Floats = counts @ self.coefficients
        return found

    def squared(self) -> "Polynomial":
        """Its square: the products of coefficients, weighted by binomials, which are positive."""
        degree = len(self.coefficients) - 1
        one = _log_choose(degree)
        scaled = self.coefficients * np.exp(one)
        return Polynomial(np.convolve(scaled, scaled) / np.exp(_log_choose(2 * degree)), self.resolved)


def polynomial(of: np.polynomial.Chebyshev) -> Polynomial:
    """A Chebyshev series of 2 p - 1 in Bernstein's form, of least degree; resolved if it ends in zeros."""
    series = of.coef
    largest = float(np.abs(series).max())
    kept = np.flatnonzero(np.abs(series) > TINY * largest)
    degree = int(kept[-1]) if len(kept) else 0
    resolved = bool(np.abs(series[-2:]).max() <= SAFE * largest)
    p = (1 + np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))) / 2
    basis = np.stack([Polynomial(row)(p) for row in np.eye(degree + 1)], axis=1)
    found = np.linalg.solve(basis, of.truncate(degree + 1)(2 * p - 1))
    found[np.abs(found) <= NOISE * np.abs(found).max()] = 0.0  # else a risk of 0 at an end has a limit
    return Polynomial(found, resolved)


def beta_binomial(trials: int, a: Floats, b: Floats) -> Floats:
    """P(k of the trials hold), k = 0 to `trials` in the last dimension, where p is Beta(a, b)."""
    held, failed = _log_rising(a, trials), _log_rising(b, trials)[..., ::-1]
    found: Floats = np.exp(_log_choose(trials) + held + failed - _log_rising(a + b, trials)[..., -1:])
    return found


def _log_rising(a: Floats, n: int) -> Floats:
    """log a (a + 1) … (a + k - 1), k = 0 to n in the last dimension, of which `a` has one element there.

    Unlike a difference of log-gamma functions it keeps its accuracy where `a` is large.
    """
    each = np.log(a + np.arange(n))
    none = np.zeros((*each.shape[:-1], 1))
    return np.concatenate([none, np.cumsum(each, axis=-1)], axis=-1)


def _log_choose(n: int) -> Floats:
    k = np.arange(n)
    return np.concatenate([[0.0], np.cumsum(np.log((n - k) / (k + 1)))])


class Expected(NamedTuple):
    """What trials are expected to change."""

    spread: float  # standard deviation of the risk over this number, in expectation
    turned: Floats  # P(the mean risk is then on the other side of each limit)
    chance: Floats  # of each count that holds
    loss: Floats  # mean loss after each count


def expected(prior: Beta, trials: int, risk: Polynomial, loss: Polynomial, limits: Floats) -> Expected:
    """What `trials` more are expected to change, by a sum over all counts (Raiffa and Schlaifer 1961)."""
    chance = beta_binomial(trials, np.array([prior.a]), np.array([prior.b]))
    after = prior.after(np.arange(trials + 1.0), trials)
    mean, square = risk.mean(*after), risk.squared().mean(*after)
    now = float(risk.mean(*prior))
    most = limits * (1.0 + ROUNDING)
    turned = ((mean[:, None] <= most) != (now <= most)).T @ chance
    spread = float(chance @ np.sqrt(np.maximum(square - mean**2, 0.0)))
    return Expected(spread, turned, chance, loss.mean(*after))


def good_trials(prior: Beta, risk: Polynomial, limit: float) -> float:
    """The fewest trials, all of which go well, after which the mean risk is within a limit; infinite if none.

    Well is the way in which the risk falls. 0 where it is within the limit now.
    """
    ends = risk.coefficients[0], risk.coefficients[-1]  # at p = 0 and p = 1
    held, most = ends[1] <= ends[0], limit * (1.0 + ROUNDING)

    def within(n: int) -> bool:
        return float(risk.mean(*prior.after(float(n) if held else 0.0, float(n)))) <= most

    return fewest(within)


def fewest(enough: Callable[[int], bool]) -> float:
    """The fewest trials that are enough, if more are enough too; infinite beyond `MAX_TRIALS`."""
    if enough(0):
        return 0.0
    high = 1
    while not enough(high):
        high *= 2
        if high > MAX_TRIALS:
            return math.inf
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return float(high)
