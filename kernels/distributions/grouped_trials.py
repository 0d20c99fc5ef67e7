"""Trials in groups that may be alike: the posterior of their common probability under a beta-binomial.

The model: each group has a probability of its own, which is Beta-distributed with mean mu and intraclass
correlation rho = 1 / (alpha + beta + 1); given it, the group's trials are independent (Skellam 1948). The
prior of mu is the Beta that is stated, that of rho is uniform on (0, 1), independent. The answer is the
posterior of mu, the probability that a trial of a new group holds. With one trial in each group rho does not
matter, and it is the Beta posterior of independent trials. It misleads where groups of different sizes differ
in kind, such as long and short tasks.

Method: the likelihood is integrated over rho by Gauss-Legendre quadrature on cells that shrink towards 0, at
each node of an adaptive grid over the log-odds of mu.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import special

from sensa.kernels.distributions.levels import Marginal
from sensa.kernels.distributions.posterior_cells import Cells, of_cells, resolved
from sensa.kernels.distributions.quadrature import legendre

Floats = npt.NDArray[np.float64]

NODES_PER_CELL = 10
MAX_LOG_ODDS = 600.0  # beyond it the likelihood stays as it is, so that nothing underflows
STIRLING_FROM = 30.0  # where Stirling's series to the fifth order is exact in double precision


def grouped_trials(args: tuple[float, ...], _: tuple[Marginal, ...] = ()) -> Marginal:
    """The posterior of mu: alpha and beta of its prior, then held and trials of each group."""
    return of_cells(lambda: _posterior(args))


def _posterior(args: tuple[float, ...]) -> Cells:
    alpha, beta = args[:2]
    held, trials = np.array(args[2:]).reshape(-1, 2).T
    on, off = alpha + held.sum(), beta + (trials - held).sum()
    middle, scale = float(np.log(on / off)), float(np.sqrt(1 / on + 1 / off))
    log_likelihood = _log_likelihood(held, trials)

    def log_density(y: Floats) -> Floats:
        return -alpha * np.logaddexp(0, -y) - beta * np.logaddexp(0, y) + log_likelihood(y)

    around = middle + scale * np.sinh(np.linspace(-4, 4, 65))
    top = float(log_density(around).max())
    return resolved(lambda rise: np.exp(log_density(middle + rise) - top), middle, scale)


def _log_likelihood(held: Floats, trials: Floats) -> Callable[[Floats], Floats]:
    """The log-likelihood of the log-odds of mu, over rho."""
    rho, log_weight = _nodes(max(float(trials.max()), 1.0))
    size = (1 - rho) / rho  # alpha + beta of a group's distribution
    counts = [np.unique(part[part > 0], return_counts=True) for part in (held, trials - held, trials)]
    whole = sum((n * _log_rising(size, x) for x, n in zip(*counts[2], strict=True)), np.zeros(len(rho)))

    def log_likelihood(y: Floats) -> Floats:
        y = np.clip(y, -MAX_LOG_ODDS, MAX_LOG_ODDS)[:, None]
        total = np.broadcast_to(log_weight - whole, (len(y), len(rho)))
        for sign, (values, times) in zip((1.0, -1.0), counts, strict=False):
            log_share = -np.logaddexp(0, -sign * y)
            for x, n in zip(values, times, strict=True):
                total = total + n * (x * log_share + _log_rising(np.exp(log_share) * size, x))
        return np.asarray(special.logsumexp(total, axis=1))

    return log_likelihood


def _nodes(trials: float) -> tuple[Floats, Floats]:
    """Nodes of rho in (0, 1) and the logarithms of their weights, finer towards 0."""
    x, w = legendre(NODES_PER_CELL)
    decades = np.arange(np.floor(-np.log10(trials)) - 2, 0)
    edges = np.concatenate([[0.0], 10.0**decades, [0.3, 0.6, 1.0]])
    half = np.diff(edges) / 2
    return (edges[:-1, None] + half[:, None] * (1 + x)).ravel(), np.log(half[:, None] * w).ravel()


def _log_rising(z: Floats, x: float) -> Floats:
    """log of z (z + 1) … (z + x - 1) / z^x, accurate where z is large too."""
    small = z < STIRLING_FROM
    found = np.empty(z.shape)
    near, far = z[small], z[~small]
    found[small] = special.gammaln(near + x) - special.gammaln(near) - x * np.log(near)
    found[~small] = (far + x - 0.5) * np.log1p(x / far) - x + _stirling(far + x) - _stirling(far)
    return found


def _stirling(z: Floats) -> Floats:
    """log Gamma(z) less (z - 1/2) log z - z + log(2 pi) / 2."""
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / z**2) / z**2) / z**2) / z
