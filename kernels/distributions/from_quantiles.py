"""Distributions given by quantiles: piecewise linear in the normal score of the level.

The value, its log or its log-odds is linear in the probit of the level between the given quantiles, and
extrapolated linearly beyond the first and the last; arguments are (levels..., values...).
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import special

from sensa.kernels.distributions.levels import POSITIVE, UNIT, Levels, Marginal, Tails
from sensa.kernels.distributions.quadrature import moments_of

Floats = npt.NDArray[np.float64]
Args = tuple[float, ...]
Parts = tuple[Marginal, ...]
INFINITY = math.inf


def quantiles(args: Args, _: Parts = ()) -> Marginal:
    """The value is piecewise linear in the probit of the level."""
    line = Line(args, np.asarray)
    return Marginal(
        line.at, line.tails, lambda: _line_moments(line), (-INFINITY, INFINITY), line.flats(np.asarray)
    )


def log_quantiles(args: Args, _: Parts = ()) -> Marginal:
    """The value's log is piecewise linear in the probit of the level."""
    line = Line(args, np.log)

    def moments() -> tuple[float, float]:
        mean, square = line.exponential_mean(1.0), line.exponential_mean(2.0)
        return mean, max(square - mean**2, 0.0)

    return Marginal(
        lambda levels: np.exp(line.at(levels)),
        lambda x: line.tails(POSITIVE.forward(x)),
        moments,
        (0.0, INFINITY),
        line.flats(np.exp),
    )


def logit_quantiles(args: Args, _: Parts = ()) -> Marginal:
    """The value's log-odds are piecewise linear in the probit of the level."""
    line = Line(args, special.logit)

    def inverse(levels: Levels) -> Floats:
        return np.asarray(special.expit(line.at(levels)))

    return Marginal(
        inverse,
        lambda x: line.tails(UNIT.forward(x)),
        lambda: moments_of(inverse),
        (0.0, 1.0),
        line.flats(special.expit),
        line.at,
        line.tails,
    )


class Line:
    """A piecewise linear function y of the normal score of the level, extrapolated beyond its ends."""

    def __init__(self, args: Args, forward: Callable[[Floats], Floats]) -> None:
        half = len(args) // 2
        self.z = np.asarray(special.ndtri(np.array(args[:half])))
        self.y = np.asarray(forward(np.array(args[half:])), np.float64)
        self.slope = np.diff(self.y) / np.diff(self.z)

    def at(self, levels: Levels) -> Floats:
        """The line's value."""
        z = levels.score
        piece = np.clip(np.searchsorted(self.z, z) - 1, 0, len(self.slope) - 1)
        value: Floats = self.y[piece] + self.slope[piece] * (z - self.z[piece])
        return value

    def tails(self, y: Floats) -> Tails:
        """The highest level whose value is at most y."""
        piece = np.clip(np.searchsorted(self.y, y, side="right") - 1, 0, len(self.slope) - 1)
        slope = self.slope[piece]
        beyond = np.where(y >= self.y[piece], np.inf, -np.inf)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(slope > 0, self.z[piece] + (y - self.y[piece]) / slope, beyond)
        return Tails(special.ndtr(z), special.ndtr(-z))

    def flats(self, backward: Callable[[Floats], Floats]) -> tuple[float, ...]:
        """Values of positive probability: where the line is flat."""
        return tuple(sorted({float(v) for v in backward(self.y[:-1][self.slope == 0])}))

    def pieces(self) -> list[tuple[float, float, float, float]]:
        """(from score, to score, value at score 0, slope) of each linear piece."""
        ends = [-INFINITY, *self.z[1:-1].tolist(), INFINITY]
        offsets = (self.y[:-1] - self.slope * self.z[:-1]).tolist()
        return list(zip(ends[:-1], ends[1:], offsets, self.slope.tolist(), strict=True))

    def exponential_mean(self, power: float) -> float:
        """E exp(power y), piece by piece: exp(a + b^2/2) (Phi(z1 - b) - Phi(z0 - b))."""
        total = 0.0
        for low, high, a, b in self.pieces():
            a, b = power * a, power * b
            total += math.exp(a + b * b / 2 + _log_mass(low - b, high - b))
        return total


def _log_mass(low: float, high: float) -> float:
    """Log of Phi(high) - Phi(low)."""
    if low > 0:
        low, high = -high, -low
    top, bottom = float(special.log_ndtr(high)), float(special.log_ndtr(low))
    return top + math.log1p(-math.exp(bottom - top)) if bottom < top else -INFINITY


def _line_moments(line: Line) -> tuple[float, float]:
    """Mean and variance of the line: moments of a truncated normal, piece by piece."""

    def density(z: float) -> tuple[float, float]:
        return (0.0, 0.0) if math.isinf(z) else (math.exp(-z * z / 2) / math.sqrt(2 * math.pi), z)

    masses = []
    for low, high, a, b in line.pieces():
        (f0, z0), (f1, z1) = density(low), density(high)
        m0 = math.exp(_log_mass(low, high))
        masses.append((a, b, m0, f0 - f1, m0 + z0 * f0 - z1 * f1))
    mean = sum(a * m0 + b * m1 for a, b, m0, m1, _ in masses)
    shifted = ((a - mean, b, m0, m1, m2) for a, b, m0, m1, m2 in masses)
    return mean, sum(c * c * m0 + 2 * c * b * m1 + b * b * m2 for c, b, m0, m1, m2 in shifted)
