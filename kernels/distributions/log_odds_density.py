"""A density of log-odds on an even grid, with its distribution function and quantiles."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensa.kernels.distributions.levels import Levels, Tails
from sensa.kernels.distributions.root_finding import roots

Floats = npt.NDArray[np.float64]
Series = npt.NDArray[np.complex128]

FINER = 16  # cells of the distribution function per cell of the density
COLUMNS_FINER = 8  # columns interpolated for each given one
TAIL = 1e-10  # the tail probability below which the density is rounding: it goes on exponentially
SCORE_TOLERANCE = 2e-13  # in normal score


@dataclass(frozen=True)
class LogOdds:
    """A distribution of log-odds: its density and distribution function on an even grid."""

    y: Floats
    density: Floats
    slope: Floats  # of the density
    below: Floats

    def mean_of(self, function: Callable[[Floats], Floats]) -> float:
        """E f(y), for a smooth f."""
        # numpy's own sum: the last bits of a BLAS dot product depend on its threads
        return float((function(self.y) * self.density).sum()) * float(self.y[1] - self.y[0])

    @property
    def _ends(self) -> tuple[int, int]:
        """The cells between which the distribution function is accurate."""
        first = int(np.searchsorted(self.below, TAIL))
        last = int(np.searchsorted(-self.below[::-1], -(1 - TAIL)))
        return first, len(self.y) - 1 - last

    def tails(self, y: Floats) -> Tails:
        """P(Y <= y) and P(Y > y)."""
        first, last = self._ends
        inside = np.clip(y, self.y[first], self.y[last])
        lower = self._inside(inside)
        upper = 1.0 - lower
        falling = self.density[first] / self.below[first] * np.minimum(y - self.y[first], 0.0)
        rising = self.density[last] / (1 - self.below[last]) * np.minimum(self.y[last] - y, 0.0)
        lower, upper = lower * np.exp(falling), upper * np.exp(rising)
        return Tails(np.where(rising < 0, 1 - upper, lower), np.where(falling < 0, 1 - lower, upper))

    def _inside(self, y: Floats) -> Floats:
        """P(Y <= y) by quintic Hermite interpolation."""
        step = self.y[1] - self.y[0]
        cell = np.clip(((y - self.y[0]) / step).astype(np.int64), 0, len(self.y) - 2)
        t = (y - self.y[cell]) / step
        a0, a1 = self.below[cell], self.below[cell + 1]
        b0, b1 = self.density[cell] * step, self.density[cell + 1] * step
        c0, c1 = self.slope[cell] * step**2 / 2, self.slope[cell + 1] * step**2 / 2
        rise = a1 - a0 - b0 - c0
        bend, curve = b1 - b0 - 2 * c0, 2 * (c1 - c0)
        third = 10 * rise - 4 * bend + curve / 2
        fourth = -15 * rise + 7 * bend - curve
        fifth = 6 * rise - 3 * bend + curve / 2
        return np.asarray(a0 + t * (b0 + t * (c0 + t * (third + t * (fourth + t * fifth)))))

    def quantiles(self, levels: Levels) -> Floats:
        """The log-odds at these levels."""
        first, last = self._ends
        z = levels.score
        known = Tails(self.below[first : last + 1], 1 - self.below[first : last + 1]).score
        cell = first + np.clip(np.searchsorted(known, z) - 1, 0, last - first - 1)
        y = roots(
            lambda at, which: self.tails(at).score - z[which],
            self.y[cell],
            self.y[cell + 1],
            exact=SCORE_TOLERANCE,
        )
        with np.errstate(divide="ignore"):
            low = np.log(levels.lower / self.below[first]) * self.below[first] / self.density[first]
            high = np.log(levels.upper / (1 - self.below[last]))
            high *= (1 - self.below[last]) / self.density[last]
        y = np.where(z < known[0], self.y[first] + low, y)
        return np.asarray(np.where(z > known[-1], self.y[last] - high, y))


def from_columns(level: Floats, shift: Floats, weight: Floats, *, chance: float, sd: float) -> LogOdds:
    """The distribution of level + shift + bend: `weight` (levels, shifts) on even grids.

    The bend is Normal(0, sd) with probability `chance`, else 0. Along both grids the weights must be smooth
    and vanish at the ends: they are interpolated by their Fourier series.
    """
    step = level[1] - level[0]
    shift, weight = _finer_columns(shift, weight)
    length = level[-1] - level[0] + 2 * float(np.abs(shift).max()) + 18 * sd
    size = 2 ** math.ceil(math.log2(length / step + 2))
    omega = 2 * np.pi * np.fft.rfftfreq(size, step)
    start = (level[0] + level[-1] - size * step) / 2
    spectrum = np.zeros(len(omega), np.complex128)
    for first in range(0, len(shift), 64):
        part = slice(first, first + 64)
        columns = np.fft.rfft(weight[:, part], size, axis=0)
        spectrum += (columns * np.exp(-1j * omega[:, None] * shift[part])).sum(axis=1)
    spectrum *= np.exp(-1j * omega * (level[0] - start)) / step
    spectrum *= 1 - chance + chance * np.exp(-((omega * sd) ** 2) / 2)
    return _with_integral(start, step, size, omega, spectrum / (spectrum[0].real * step))


def _finer_columns(shift: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """More columns between those given, by their Fourier series."""
    count = len(shift)
    finer = np.fft.irfft(np.fft.rfft(weight, axis=1), count * COLUMNS_FINER, axis=1)
    step = (shift[-1] - shift[0]) / (count - 1)
    return shift[0] + step / COLUMNS_FINER * np.arange(count * COLUMNS_FINER), finer


def _with_integral(start: float, step: float, size: int, omega: Floats, spectrum: Series) -> LogOdds:
    """The density, its slope and its integral on a finer grid, all from the Fourier series."""

    def on_grid(series: Series) -> Floats:
        return np.asarray(np.fft.irfft(series, size * FINER) * FINER)

    y: Floats = np.asarray(start + step / FINER * np.arange(size * FINER))
    mean = float(spectrum[0].real) / size
    integral = np.zeros_like(spectrum)
    integral[1:] = spectrum[1:] / (1j * omega[1:])
    below = on_grid(integral) + mean * (y - start)
    below = np.maximum.accumulate(np.clip(below - below[0], 0.0, 1.0))
    return LogOdds(
        y,
        np.maximum(on_grid(spectrum), 1e-300),
        on_grid(np.asarray(1j * omega * spectrum, np.complex128)),
        below,
    )
