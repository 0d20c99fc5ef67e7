"""Failures of smaller systems carried to a larger one: Bayesian logistic regression on log10(scale).

The model: of `trials` at each scale, `held` succeed with probability logistic(alpha + beta x), x the log10 of
the scale less its mean over the rows, divided by twice its standard deviation (so that it has standard
deviation 1/2). Where all scales are one, x is in decades. The priors are those of Gelman, Jakulin, Pittau and
Su (2008, DOI 10.1214/08-AOAS191): alpha ~ Cauchy(0, 10), beta ~ Cauchy(0, 2.5), independent. The answer is
the posterior of p = logistic(alpha + beta x) at the scale asked for.

It misleads where the log-odds are not linear in the log of the scale: an ability that appears suddenly is not
foreseen, and nothing in the posterior says so.

Method: with eta = alpha + beta x_at, the density of eta at a node is an adaptive integral over beta, on cells
graded around the three places where something can be narrow (each prior's centre and the likelihood's
mode); eta itself is on adaptive cells in asinh((eta - mode) / s), mode and s by Laplace's approximation; the
distribution function is the exact integral of the interpolating polynomials. Cauchy tails, one row, all
held and no trials at all are ordinary cases.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from sensa.kernels.levels import UNIT, Levels, Marginal, Tails
from sensa.kernels.quadrature import legendre, moments_of
from sensa.kernels.solving import roots
from sensa.kernels.tables import tabulated

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

INTERCEPT, SLOPE = 10.0, 2.5
INNER, OUTER = 10, 12  # nodes of a cell over beta, over eta
REACH = 44.0  # in asinh units: a Cauchy tail of probability 1e-19
NEGLIGIBLE = 1e-19  # share of all mass below which a cell of eta need not be resolved
SATURATED = 1e3  # log-odds at which a probability is 0 or 1: beyond, only the mass matters
DEPTH = 40
HALVINGS = 10
INNER_TOLERANCE = 1e-11  # of the density, relative
OUTER_TOLERANCE = 1e-10  # of a cell, relative
SETTLED = 2e-13  # in normal score
_GRADES = np.array([0.0, 2.0, 8.0, 32.0, 1e3, 1e5, 1e8])
_OFFSETS = np.concatenate([-_GRADES[:0:-1], _GRADES])


class Data(NamedTuple):
    """Rows in scaled input: `away` is each row's x less that of the target."""

    x: Floats
    trials: Floats
    held: Floats
    target: float

    @property
    def away(self) -> Floats:
        """From the target to each row."""
        return self.x - self.target


class Mode(NamedTuple):
    """Laplace's approximation under normal priors of the same scales."""

    eta: float
    scale: float  # standard deviation of eta
    beta: float


class Density(NamedTuple):
    """The posterior of eta in t = asinh((eta - middle) / scale), by cells."""

    middle: float
    scale: float
    edges: Floats  # (cell + 1,)
    below: Floats  # (cell + 1,): probability below each edge
    above: Floats  # (cell + 1,)
    rising: Floats  # (OUTER + 1, cell): probability from the cell's left end, by power of its own [-1, 1]


def scaled(args: tuple[float, ...]) -> Data:
    """From (at, then scale, trials, held of each row) to scaled input."""
    scale, trials, held = np.array(args[1:]).reshape(-1, 3).T
    x = np.log10(scale)
    spread = float(np.std(x, ddof=1)) if len(x) > 1 else 0.0
    unit = 2.0 * spread if spread > 0 else 1.0
    middle = float(x.mean())
    return Data((x - middle) / unit, trials, held, (math.log10(args[0]) - middle) / unit)


def log_posterior(data: Data, mode: Mode, rise: Floats, beta: Floats) -> Floats:
    """Log of likelihood times priors at eta = mode.eta + rise, less the log-likelihood at the mode.

    softplus(a + d) - softplus(a) is taken as log1p(p expm1(d)) with p = logistic(a), so that a million trials
    cost no digits near the mode. `rise` and `beta` have one shape.
    """
    alpha = mode.eta + rise - beta * data.target
    total = -np.log1p((alpha / INTERCEPT) ** 2) - np.log1p((beta / SLOPE) ** 2)
    slope = beta - mode.beta
    rows = zip(data.away.tolist(), data.trials.tolist(), data.held.tolist(), strict=True)
    for away, trials, held in rows:
        if trials:
            d = rise + slope * away
            at = mode.eta + mode.beta * away
            share = np.where(d < 0, expit(at), expit(-at))
            total -= trials * np.log1p(share * np.expm1(-np.abs(d)))
            total += np.where(d < 0, held, held - trials) * d
    return total


def _laplace(data: Data) -> Mode:
    """Where the posterior is, and how wide (Newton's method, short steps)."""
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


def _likelihood_mode(data: Data, eta: Floats) -> tuple[Floats, Floats]:
    """For each eta the beta of greatest likelihood and the width there (bisection in asinh(beta))."""
    low, high = np.full(len(eta), -60.0), np.full(len(eta), 60.0)
    away = data.away
    for _ in range(60):
        middle = (low + high) / 2
        p = expit(eta[:, None] + np.sinh(middle)[:, None] * away)
        rising = ((data.held - data.trials * p) * away).sum(axis=1) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    beta = np.sinh((low + high) / 2)
    beta = np.where(np.abs(beta) < 1e9, beta, 0.0)  # no mode: the likelihood only rises or falls
    p = expit(eta[:, None] + beta[:, None] * away)
    curvature = (data.trials * p * (1 - p) * away**2).sum(axis=1)
    return beta, 1.0 / np.sqrt(curvature + 1e-6)


def _density(data: Data, at: Mode, rise: Floats) -> Floats:
    """Posterior density of eta = mode + rise, a factor aside: adaptive quadrature over beta. Shapes (n,)."""
    eta = at.eta + rise
    mode, width = _likelihood_mode(data, eta)
    centres = [np.zeros_like(eta)[:, None] + SLOPE * _OFFSETS, mode[:, None] + width[:, None] * _OFFSETS]
    if data.target != 0:
        centres.append((eta / data.target)[:, None] + INTERCEPT / abs(data.target) * _OFFSETS)
    edges = np.sort(np.concatenate(centres, axis=1), axis=1)
    which = np.repeat(np.arange(len(eta)), edges.shape[1] - 1)
    left, right = edges[:, :-1].ravel(), edges[:, 1:].ravel()
    done = np.zeros(len(eta))
    for _ in range(DEPTH):
        mass, rough = _cells(data, at, rise[which], left, right)
        total = done + np.bincount(which, mass, len(eta))
        middle = (left + right) / 2
        open_ = rough > INNER_TOLERANCE * total[which]
        open_ &= right - left > 1e-9 * np.abs(middle)  # else what is left is the rounding of alpha
        done += np.bincount(which[~open_], mass[~open_], len(eta))
        if not open_.any():
            return done
        left, right, middle = left[open_], right[open_], middle[open_]
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
        which = np.tile(which[open_], 2)
    return done + np.bincount(which, _cells(data, at, rise[which], left, right)[0], len(eta))


def _cells(data: Data, at: Mode, rise: Floats, left: Floats, right: Floats) -> tuple[Floats, Floats]:
    """The integral over beta of each cell and what its polynomial misses; some cells at a time."""
    x, w = legendre(INNER)
    last = _coefficients(INNER)[:, -2:]
    mass, rough = np.empty(len(rise)), np.empty(len(rise))
    for first in range(0, len(rise), 2048):
        part = slice(first, first + 2048)
        half = (right[part] - left[part]) / 2
        beta = ((left[part] + right[part]) / 2)[:, None] + half[:, None] * x
        values = np.exp(log_posterior(data, at, np.broadcast_to(rise[part][:, None], beta.shape), beta))
        mass[part] = values @ w * half
        rough[part] = np.abs(values @ last).sum(axis=1) * half
    return mass, rough


def _coefficients(nodes: int) -> Floats:
    """The matrix from values at Gauss-Legendre nodes to Legendre coefficients."""
    x, w = legendre(nodes)
    return np.asarray(np.polynomial.legendre.legvander(x, nodes - 1) * w[:, None] * (np.arange(nodes) + 0.5))


def posterior(data: Data) -> Density:
    """The posterior of the log-odds at the target."""
    mode = _laplace(data)
    x, _ = legendre(OUTER)
    to_coefficients = _coefficients(OUTER)
    left, width = np.arange(-REACH, REACH, 4.0), 4.0
    lefts, widths, coefficients, total, kept = [], [], [], 0.0, 0.0
    for depth in range(HALVINGS + 1):
        t = left[:, None] + width / 2 * (1 + x)
        rise = mode.scale * np.sinh(t)
        values = _density(data, mode, rise.ravel()).reshape(t.shape) * mode.scale * np.cosh(t)
        c = values @ to_coefficients
        total = max(total, kept + float(c[:, 0].sum()) * width)
        fine = _resolved(c, width, total, np.abs(mode.eta + rise).min(axis=1) > SATURATED)
        fine |= depth == HALVINGS
        kept += float(c[fine, 0].sum()) * width
        lefts.append(left[fine])
        widths.append(np.full(int(fine.sum()), width))
        coefficients.append(c[fine])
        if fine.all():
            break
        width /= 2
        left = np.concatenate([left[~fine], left[~fine] + width])
    return _gathered(mode, np.concatenate(lefts), np.concatenate(widths), np.concatenate(coefficients))


def _resolved(
    c: Floats, width: float, total: float, saturated: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Whether each cell's Legendre coefficients have died away, to its own size or to that of all."""
    rough = np.abs(c[:, -1]) + np.abs(c[:, -2])
    share = rough * width / total
    fine: npt.NDArray[np.bool_] = (rough <= OUTER_TOLERANCE * np.abs(c).max(axis=1)) | (
        share <= np.where(saturated, 1e-14, NEGLIGIBLE)
    )
    return fine


def _gathered(mode: Mode, left: Floats, width: Floats, coefficients: Floats) -> Density:
    """Cells in order, and the probabilities below and above their edges."""
    order = np.argsort(left)
    left, width, coefficients = left[order], width[order], coefficients[order]
    half = width / 2
    mass = 2 * coefficients[:, 0] * half
    total = math.fsum(mass.tolist())
    below = np.concatenate([[0.0], np.cumsum(mass)]) / total
    above = np.concatenate([np.cumsum(mass[::-1])[::-1], [0.0]]) / total
    integral = np.polynomial.legendre.legint(coefficients.T, lbnd=-1) * half / total
    powers = np.zeros((OUTER + 1, OUTER + 1))
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
    made: list[Density] = []

    def density() -> Density:
        if not made:
            made.append(posterior(data))
        return made[0]

    def exact(levels: Levels) -> Floats:
        z = levels.score
        ends = np.full(len(z), REACH)
        return roots(lambda t, which: _tails(density(), t).score - z[which], -ends, ends, exact=SETTLED)

    place = tabulated(exact)

    def log_odds(levels: Levels) -> Floats:
        t = place(levels)
        return density().middle + density().scale * np.sinh(t)

    def inverse(levels: Levels) -> Floats:
        return np.asarray(expit(log_odds(levels)))

    def at_odds(y: Floats) -> Tails:
        return _tails(density(), np.arcsinh((y - density().middle) / density().scale))

    def tails(x: Floats) -> Tails:
        return at_odds(UNIT.forward(np.asarray(x)))

    return Marginal(
        inverse, tails, lambda: moments_of(inverse), (0.0, 1.0), log_odds=log_odds, tails_at_odds=at_odds
    )
