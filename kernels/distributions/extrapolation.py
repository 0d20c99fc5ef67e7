"""Failures of smaller systems carried to a larger one: Bayesian logistic regression on log10(scale).

The model: of `trials` at each scale, `held` succeed with probability logistic(alpha + beta x), x the log10 of
the scale less its mean over the rows, divided by twice its standard deviation (so that it has standard
deviation 1/2). If all scales are equal, x is in decades. The priors are those of Gelman, Jakulin, Pittau and
Su (2008, DOI 10.1214/08-AOAS191): alpha ~ Cauchy(0, 10), beta ~ Cauchy(0, 2.5), independent. The answer is
the posterior of p = logistic(alpha + beta x) at the target scale.

It misleads where the log-odds are not linear in the log of the scale: an ability that emerges suddenly is not
foreseen, and nothing in the posterior warns of it.

Method: with eta = alpha + beta x_at, the density of eta at a node is an adaptive integral over beta, on cells
graded around the places where something can be narrow (each prior's centre, the likelihood's mode, and where
a row with all or no successes starts to matter: `logistic_posterior`); eta itself is on adaptive cells in
asinh((eta - mode) / s), mode and s by Laplace's approximation; the distribution function is the exact
integral of the interpolating polynomials. Cauchy tails, a single row, all successes and no trials need no
special cases.
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from sensa.kernels.distributions.levels import UNIT, Levels, Marginal, Tails
from sensa.kernels.distributions.logistic_posterior import INTERCEPT, SLOPE, Data, Mode, coefficients, density
from sensa.kernels.distributions.quadrature import legendre, moments_of
from sensa.kernels.distributions.quantile_tables import tabulated
from sensa.kernels.distributions.root_finding import roots

Floats = npt.NDArray[np.float64]

NODES_PER_ETA_CELL = 16  # nodes of a cell over eta
ASINH_REACH = 44.0  # in asinh units: a Cauchy tail of probability 1e-19
NEGLIGIBLE_MASS = 1e-19  # share of the total mass below which a cell of eta need not be resolved
SATURATED_LOG_ODDS = 1e3  # log-odds at which a probability is 0 or 1: beyond it only the mass matters
MAX_HALVINGS = 10
OUTER_TOLERANCE = 1e-10  # of a cell, relative
SCORE_TOLERANCE = 2e-13  # in normal score


class Density(NamedTuple):
    """The posterior of eta in t = asinh((eta - middle) / scale), by cells."""

    middle: float
    scale: float
    edges: Floats  # (cell + 1,)
    below: Floats  # (cell + 1,): probability below each edge
    above: Floats  # (cell + 1,)
    rising: Floats  # (NODES_PER_ETA_CELL + 1, cell): probability from the cell's left end, by power


def scaled(args: tuple[float, ...]) -> Data:
    """Scale the input: (at, then scale, trials, held of each row)."""
    scale, trials, held = np.array(args[1:]).reshape(-1, 3).T
    x = np.log10(scale)
    spread = float(np.std(x, ddof=1)) if len(x) > 1 else 0.0
    unit = 2.0 * spread if spread > 0 else 1.0
    middle = float(x.mean())
    return Data((x - middle) / unit, trials, held, (math.log10(args[0]) - middle) / unit)


def laplace(data: Data) -> Mode:
    """Laplace's approximation of the posterior, by damped Newton steps."""
    design = np.stack([np.ones_like(data.x), data.x], axis=1)
    precision = np.diag([INTERCEPT**-2, SLOPE**-2])
    theta = np.zeros(2)
    curvature = precision
    for _ in range(200):
        p = expit(design @ theta)
        slope = design.T @ (data.held - data.trials * p) - precision @ theta
        curvature = design.T @ ((data.trials * p * (1 - p))[:, None] * design) + precision
        step = np.linalg.solve(curvature, slope)
        theta = theta + step * min(1.0, 1.0 / float(np.abs(step).max() + 1e-300))
        if np.abs(step).max() < 1e-9:
            break
    to_target = np.array([1.0, data.target])
    variance = float(to_target @ np.linalg.solve(curvature, to_target))
    return Mode(float(to_target @ theta), math.sqrt(variance), float(theta[1]))


def posterior(data: Data) -> Density:
    """The posterior of the log-odds at the target."""
    mode = laplace(data)
    x, _ = legendre(NODES_PER_ETA_CELL)
    to_coefficients = coefficients(NODES_PER_ETA_CELL)
    left, width = np.arange(-ASINH_REACH, ASINH_REACH, 4.0), 4.0
    lefts, widths, found, total, kept = [], [], [], 0.0, 0.0
    for depth in range(MAX_HALVINGS + 1):
        t = left[:, None] + width / 2 * (1 + x)
        rise = mode.scale * np.sinh(t)
        values = density(data, mode, rise.ravel()).reshape(t.shape) * mode.scale * np.cosh(t)
        c = values @ to_coefficients
        total = max(total, kept + float(c[:, 0].sum()) * width)
        fine = _resolved(c, width, total, np.abs(mode.eta + rise).min(axis=1) > SATURATED_LOG_ODDS)
        fine |= depth == MAX_HALVINGS
        kept += float(c[fine, 0].sum()) * width
        lefts.append(left[fine])
        widths.append(np.full(int(fine.sum()), width))
        found.append(c[fine])
        if fine.all():
            break
        width /= 2
        left = np.concatenate([left[~fine], left[~fine] + width])
    return _gathered(mode, np.concatenate(lefts), np.concatenate(widths), np.concatenate(found))


def _resolved(
    c: Floats, width: float, total: float, saturated: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Whether each cell's Legendre coefficients decay enough, relative to the cell or to the total."""
    rough = np.abs(c[:, -1]) + np.abs(c[:, -2])
    share = rough * width / total
    fine: npt.NDArray[np.bool_] = (rough <= OUTER_TOLERANCE * np.abs(c).max(axis=1)) | (
        share <= np.where(saturated, 1e-14, NEGLIGIBLE_MASS)
    )
    return fine


def _gathered(mode: Mode, left: Floats, width: Floats, coefficients: Floats) -> Density:
    """Sort the cells, and compute the probabilities below and above their edges."""
    order = np.argsort(left)
    left, width, coefficients = left[order], width[order], coefficients[order]
    half = width / 2
    mass = 2 * coefficients[:, 0] * half
    total = math.fsum(mass.tolist())
    below = np.concatenate([[0.0], np.cumsum(mass)]) / total
    above = np.concatenate([np.cumsum(mass[::-1])[::-1], [0.0]]) / total
    integral = np.polynomial.legendre.legint(coefficients.T, lbnd=-1) * half / total
    powers = np.zeros((NODES_PER_ETA_CELL + 1, NODES_PER_ETA_CELL + 1))
    for degree, row in enumerate(powers):
        row[: degree + 1] = np.polynomial.legendre.leg2poly([0.0] * degree + [1.0])
    rising = powers.T @ integral
    return Density(mode.eta, mode.scale, np.append(left, left[-1] + width[-1]), below, above, rising)


def _tails(density: Density, t: Floats) -> Tails:
    """Probability below and above t."""
    cell = np.clip(np.searchsorted(density.edges, t, side="right") - 1, 0, len(density.edges) - 2)
    left, right = density.edges[cell], density.edges[cell + 1]
    local = np.clip((2 * t - left - right) / (right - left), -1.0, 1.0)
    rising = density.rising[-1][cell]
    for power in range(len(density.rising) - 2, -1, -1):
        rising = rising * local + density.rising[power][cell]
    mass = density.below[cell + 1] - density.below[cell]
    falling = np.maximum(mass - rising, 0.0)
    return Tails(
        np.clip(density.below[cell] + rising, 0, 1), np.clip(density.above[cell + 1] + falling, 0, 1)
    )


def extrapolate(args: tuple[float, ...], _: tuple[Marginal, ...] = ()) -> Marginal:
    """The posterior of p at the scale `args[0]`; see the module's docstring."""
    data = scaled(args)

    @cache
    def found() -> Density:
        return posterior(data)

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
