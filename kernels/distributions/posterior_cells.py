"""A density of log-odds on adaptive cells, with its distribution function and quantiles.

The log-odds are middle + scale sinh(t), with cells in t; the distribution function is the exact integral of
the polynomials that interpolate the density, from both ends.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from sensa.kernels.distributions.levels import UNIT, Levels, Marginal, Tails
from sensa.kernels.distributions.logistic_posterior import coefficients
from sensa.kernels.distributions.quadrature import legendre, moments_of
from sensa.kernels.distributions.quantile_tables import tabulated
from sensa.kernels.distributions.root_finding import roots

Floats = npt.NDArray[np.float64]

NODES_PER_CELL = 16
ASINH_REACH = 44.0  # in asinh units: a Cauchy tail of probability 1e-19
NEGLIGIBLE_MASS = 1e-19  # share of the total mass below which a cell need not be resolved
SATURATED_LOG_ODDS = 1e3  # log-odds at which a probability is 0 or 1: beyond it only the mass matters
MAX_HALVINGS = 10
TOLERANCE = 1e-10  # of a cell, relative
SCORE_TOLERANCE = 2e-13  # in normal score


class Cells(NamedTuple):
    """A distribution of log-odds in t = asinh((log-odds - middle) / scale), by cells."""

    middle: float
    scale: float
    edges: Floats  # (cell + 1,)
    below: Floats  # (cell + 1,): probability below each edge
    above: Floats  # (cell + 1,)
    rising: Floats  # (NODES_PER_CELL + 1, cell): probability from the cell's left end, by power


def resolved(density: Callable[[Floats], Floats], middle: float, scale: float) -> Cells:
    """The distribution with this density of log-odds, as a function of their rise from `middle`.

    The density need not be normalized; `middle` and `scale` are its mode and width, roughly.
    """
    x, _ = legendre(NODES_PER_CELL)
    to_coefficients = coefficients(NODES_PER_CELL)
    left, width = np.arange(-ASINH_REACH, ASINH_REACH, 4.0), 4.0
    lefts, widths, found, total, kept = [], [], [], 0.0, 0.0
    for depth in range(MAX_HALVINGS + 1):
        t = left[:, None] + width / 2 * (1 + x)
        rise = scale * np.sinh(t)
        values = density(rise.ravel()).reshape(t.shape) * scale * np.cosh(t)
        c = values @ to_coefficients
        total = max(total, kept + float(c[:, 0].sum()) * width)
        fine = _resolved(c, width, total, np.abs(middle + rise).min(axis=1) > SATURATED_LOG_ODDS)
        fine |= depth == MAX_HALVINGS
        kept += float(c[fine, 0].sum()) * width
        lefts.append(left[fine])
        widths.append(np.full(int(fine.sum()), width))
        found.append(c[fine])
        if fine.all():
            break
        width /= 2
        left = np.concatenate([left[~fine], left[~fine] + width])
    return _gathered(middle, scale, np.concatenate(lefts), np.concatenate(widths), np.concatenate(found))


def _resolved(
    c: Floats, width: float, total: float, saturated: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Whether each cell's Legendre coefficients decay enough, relative to the cell or to the total."""
    rough = np.abs(c[:, -1]) + np.abs(c[:, -2])
    share = rough * width / total
    fine: npt.NDArray[np.bool_] = (rough <= TOLERANCE * np.abs(c).max(axis=1)) | (
        share <= np.where(saturated, 1e-14, NEGLIGIBLE_MASS)
    )
    return fine


def _gathered(middle: float, scale: float, left: Floats, width: Floats, coefficients: Floats) -> Cells:
    """Sort the cells, and compute the probabilities below and above their edges."""
    order = np.argsort(left)
    left, width, coefficients = left[order], width[order], coefficients[order]
    half = width / 2
    mass = 2 * coefficients[:, 0] * half
    total = math.fsum(mass.tolist())
    below = np.concatenate([[0.0], np.cumsum(mass)]) / total
    above = np.concatenate([np.cumsum(mass[::-1])[::-1], [0.0]]) / total
    integral = np.polynomial.legendre.legint(coefficients.T, lbnd=-1) * half / total
    powers = np.zeros((NODES_PER_CELL + 1, NODES_PER_CELL + 1))
    for degree, row in enumerate(powers):
        row[: degree + 1] = np.polynomial.legendre.leg2poly([0.0] * degree + [1.0])
    rising = powers.T @ integral
    return Cells(middle, scale, np.append(left, left[-1] + width[-1]), below, above, rising)


def _tails(cells: Cells, t: Floats) -> Tails:
    """Probability below and above t."""
    cell = np.clip(np.searchsorted(cells.edges, t, side="right") - 1, 0, len(cells.edges) - 2)
    left, right = cells.edges[cell], cells.edges[cell + 1]
    local = np.clip((2 * t - left - right) / (right - left), -1.0, 1.0)
    rising = cells.rising[-1][cell]
    for power in range(len(cells.rising) - 2, -1, -1):
        rising = rising * local + cells.rising[power][cell]
    mass = cells.below[cell + 1] - cells.below[cell]
    falling = np.maximum(mass - rising, 0.0)
    return Tails(np.clip(cells.below[cell] + rising, 0, 1), np.clip(cells.above[cell + 1] + falling, 0, 1))


def of_cells(made: Callable[[], Cells]) -> Marginal:
    """The probability of which the log-odds have this distribution, made on first use."""
    found = cache(made)

    def exact(levels: Levels) -> Floats:
        z, of = levels.score, found()
        cell = np.searchsorted(Tails(of.below, of.above).score[1:-1], z)
        ends = of.edges[cell], of.edges[cell + 1]
        return roots(lambda t, which: _tails(of, t).score - z[which], *ends, exact=SCORE_TOLERANCE)

    place = tabulated(exact)

    def log_odds(levels: Levels) -> Floats:
        t = place(levels)
        return found().middle + found().scale * np.sinh(t)

    def inverse(levels: Levels) -> Floats:
        return np.asarray(expit(log_odds(levels)))

    def at_odds(y: Floats) -> Tails:
        return _tails(found(), np.arcsinh((y - found().middle) / found().scale))

    def tails(x: Floats) -> Tails:
        return at_odds(UNIT.forward(np.asarray(x)))

    return Marginal(
        inverse, tails, lambda: moments_of(inverse), (0.0, 1.0), log_odds=log_odds, tails_at_odds=at_odds
    )
