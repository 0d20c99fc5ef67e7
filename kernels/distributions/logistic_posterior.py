"""The posterior density of a log-odds under logistic regression: an adaptive integral over the slope.

The model is that of `extrapolation`: logistic(alpha + beta x) at each row, and eta = alpha + beta target.
Narrow features in beta may be far from wide ones, so cells are graded around each point where the integrand
bends; cells that a bound shows to be negligible are left out, and the others are halved as needed.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from sensa.kernels.distributions.quadrature import legendre

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

INTERCEPT, SLOPE = 10.0, 2.5  # scales of the priors
NODES_PER_BETA_CELL = 14  # nodes of a cell
MAX_DEPTH = 40
MAX_BISECTIONS = 30
NEGLIGIBLE_SHARE = 1e-15  # of the density: cells with a smaller share are left out
RELATIVE_TOLERANCE = 1e-13  # of the density, relative
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
        """The distance from the target to each row."""
        return self.x - self.target


class Mode(NamedTuple):
    """Laplace's approximation under normal priors of the same scales."""

    eta: float
    scale: float  # standard deviation of eta
    beta: float


def _likelihood(data: Data, mode: Mode, rise: Floats, beta: Floats) -> Floats:
    """The likelihood at eta = mode.eta + rise, as a multiple of that at the mode; shapes broadcast.

    softplus(a + d) - softplus(a) is taken as log1p(p expm1(d)) with p = logistic(a), so that a million trials
    cost no precision near the mode.
    """
    total = np.zeros(beta.shape)
    slope = beta - mode.beta
    rows = zip(data.away.tolist(), data.trials.tolist(), data.held.tolist(), strict=True)
    for away, trials, held in rows:
        if trials:
            d = slope * away
            d += rise
            at = mode.eta + mode.beta * away
            falling = d < 0
            share = np.where(falling, expit(at), expit(-at))
            share *= np.expm1(-np.abs(d))
            total -= trials * np.log1p(share)
            d *= np.where(falling, held, held - trials)
            total += d
    return np.exp(total, out=total)


def _priors(data: Data, eta: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """The prior densities of alpha and of beta, relative to their maxima."""
    alpha = (eta - beta * data.target) / INTERCEPT
    return 1.0 / (1.0 + alpha * alpha), 1.0 / (1.0 + (beta / SLOPE) ** 2)


def _shoulders(data: Data, eta: Floats) -> list[tuple[Floats, Floats]]:
    """The points in beta where the likelihood bends, and the widths there, for each eta.

    First the mode with half a success and half a failure added to each row, which always exists: between
    those of the rows by themselves, by bisection in asinh(beta) and a step of Newton's method. The slope of
    the log-likelihood is the sum over the rows of (held - trials p) away, and p = (1 + tanh(logit / 2)) / 2.
    Then the same for each row with all or no successes, by itself: a flat stretch may end there.
    """
    seen = (data.trials > 0) & (data.away != 0)
    if not seen.any():
        return []
    away, held, failed = data.away[seen], data.held[seen] + 0.5, (data.trials - data.held)[seen] + 0.5
    weight = (held + failed) * away / 2
    level = float(((held - failed) * away).sum()) / 2
    alone = (np.log(held / failed)[:, None] - eta) / away[:, None]
    low, high = np.arcsinh(alone.min(axis=0)), np.arcsinh(alone.max(axis=0))
    half_eta, half_away = eta / 2, away[:, None] / 2
    for _ in range(MAX_BISECTIONS):
        middle = (low + high) / 2
        rising = level > weight @ np.tanh(half_eta + half_away * np.sinh(middle))
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    beta = np.sinh((low + high) / 2)
    hold = np.tanh(half_eta + half_away * beta)
    width = 1.0 / np.sqrt((weight * away / 2) @ (1 - hold * hold) + 1e-6)
    step = (level - weight @ hold) * width**2
    joint = beta + np.where(np.abs(step) < width, step, 0.0), width
    widths = np.sqrt(1 / held + 1 / failed) / np.abs(away)
    ends = np.flatnonzero(np.minimum(held, failed) < 1).tolist()
    return [joint, *((alone[row], np.broadcast_to(widths[row], eta.shape)) for row in ends)]


def density(data: Data, at: Mode, rise: Floats) -> Floats:
    """Posterior density of eta = mode + rise, up to a factor: adaptive quadrature over beta. Shapes (n,)."""
    which, left, right = _weighty(data, at, rise)
    done = np.zeros(len(rise))
    for _ in range(MAX_DEPTH):
        mass, error = _cells(data, at, rise[which], left, right)
        total = done + np.bincount(which, mass, len(rise))
        middle = (left + right) / 2
        open_ = error > RELATIVE_TOLERANCE * total[which]
        open_ &= right - left > 1e-9 * np.abs(middle)  # else the rest is rounding of alpha
        done += np.bincount(which[~open_], mass[~open_], len(rise))
        if not open_.any():
            return done
        left, right, middle = left[open_], right[open_], middle[open_]
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
        which = np.tile(which[open_], 2)
    return done + np.bincount(which, _cells(data, at, rise[which], left, right)[0], len(rise))


def _weighty(data: Data, mode: Mode, rise: Floats) -> tuple[Indices, Floats, Floats]:
    """Cells over beta graded around each centre, without negligible ones: index of the eta, and ends.

    Maxima of the likelihood and the priors are at edges, so each is monotone within a cell: the products of
    their larger and of their smaller end values bound the mass.
    """
    eta = (mode.eta + rise)[:, None]
    centres = [np.broadcast_to(SLOPE * _OFFSETS, (len(eta), len(_OFFSETS)))]
    centres += [at[:, None] + width[:, None] * _OFFSETS for at, width in _shoulders(data, eta[:, 0])]
    if data.target != 0:
        centres.append(eta / data.target + INTERCEPT / abs(data.target) * _OFFSETS)
    edges = np.sort(np.concatenate(centres, axis=1), axis=1)
    most = least = np.diff(edges, axis=1)
    for factor in (_likelihood(data, mode, rise[:, None], edges), *_priors(data, eta, edges)):
        most = most * np.maximum(factor[:, :-1], factor[:, 1:])
        least = least * np.minimum(factor[:, :-1], factor[:, 1:])
    which, cell = np.nonzero(most > NEGLIGIBLE_SHARE * least.sum(axis=1, keepdims=True))
    return which, edges[which, cell], edges[which, cell + 1]


def _cells(data: Data, at: Mode, rise: Floats, left: Floats, right: Floats) -> tuple[Floats, Floats]:
    """The integral over beta of each cell and an estimate of its error, some cells at a time.

    Gauss's rule with n nodes is exact to degree 2n - 1: if the coefficients of degree n - 1 are a share r of
    the total, those that it misses are of order r^2.
    """
    x, w = legendre(NODES_PER_BETA_CELL)
    last = coefficients(NODES_PER_BETA_CELL)[:, -2:]
    mass, error = np.empty(len(rise)), np.empty(len(rise))
    for first in range(0, len(rise), 1024):
        part = slice(first, first + 1024)
        half = (right[part] - left[part]) / 2
        beta = ((left[part] + right[part]) / 2)[:, None] + half[:, None] * x
        of_alpha, of_beta = _priors(data, at.eta + rise[part, None], beta)
        values = _likelihood(data, at, rise[part, None], beta) * of_alpha * of_beta
        mass[part] = values @ w * half
        rough = np.abs(values @ last).sum(axis=1) * half
        error[part] = rough * np.sqrt(rough / np.maximum(mass[part], 1e-300))
    return mass, error


@cache
def coefficients(nodes: int) -> Floats:
    """The matrix from values at Gauss-Legendre nodes to Legendre coefficients."""
    x, w = legendre(nodes)
    return np.asarray(np.polynomial.legendre.legvander(x, nodes - 1) * w[:, None] * (np.arange(nodes) + 0.5))


def conditional_slopes(data: Data, mode: Mode, rise: Floats) -> tuple[Indices, Floats, Floats]:
    """Nodes of beta given eta = mode + rise: index of the eta, beta, and weights of sum 1 for each eta."""
    x, w = legendre(NODES_PER_BETA_CELL)
    which, left, right = _weighty(data, mode, rise)
    half = (right - left) / 2
    beta = ((left + right) / 2)[:, None] + half[:, None] * x
    of_alpha, of_beta = _priors(data, mode.eta + rise[which, None], beta)
    mass = _likelihood(data, mode, rise[which, None], beta) * of_alpha * of_beta * w * half[:, None]
    total = np.bincount(which, mass.sum(axis=1), len(rise))
    weight = mass / total[which, None]
    return np.repeat(which, len(x)), beta.ravel(), weight.ravel()
