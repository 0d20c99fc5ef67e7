"""Families whose quantiles need the incomplete beta and gamma functions: beta, PERT, gamma.

SciPy's inverse functions are checked against its distribution functions, corrected where they fail (in far
tails they give NaN, or 0 where the quantile underflows), and tabulated.
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import special

from sensa.kernels.distributions.levels import (
    MAX_LOG_ODDS,
    Levels,
    Marginal,
    Tails,
    at_odds,
    scaled,
    short_of,
)
from sensa.kernels.distributions.quantile_tables import tabulated
from sensa.kernels.distributions.root_finding import roots

Floats = npt.NDArray[np.float64]
Args = tuple[float, ...]
Parts = tuple[Marginal, ...]
INFINITY = math.inf
MIN_QUANTILE = 1e-290
MAX_LEVEL_ERROR = 1e-11  # relative error of a level above which SciPy's quantile is replaced


def _polished(
    y: Floats, level: Floats, distribution: Callable[[Floats], Floats], bottom: float, top: float
) -> Floats:
    """Check quantiles against the distribution function, and find those that are wrong by bracketing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        wrong = ~(np.abs(distribution(y) / level - 1.0) <= MAX_LEVEL_ERROR)
    if wrong.any():
        wanted = np.log(level[wrong])

        def miss(at: Floats, which: npt.NDArray[np.int64]) -> Floats:
            with np.errstate(divide="ignore"):
                return np.maximum(np.log(distribution(at)), -1e4) - wanted[which]

        low, high = np.full(len(wanted), bottom), np.full(len(wanted), top)
        y[wrong] = roots(miss, low, high, exact=1e-14)
    return y


def _beta_log_odds(a: float, b: float, u: Floats) -> Floats:
    """Log-odds of the Beta(a, b) quantile at small levels u <= 1/2."""
    x = special.betaincinv(a, b, u)
    with np.errstate(divide="ignore"):
        y = np.log(x) - np.log1p(-x)
        right = ~(x < 0.5)
        rest = special.betainccinv(b, a, u[right])  # 1 minus the quantile
        y[right] = np.log1p(-rest) - np.log(rest)
    # F(x) = x^a / (a B(a, b)) (1 + O(x)): below 1e-290 the first term is enough, and x may underflow.
    with np.errstate(divide="ignore"):  # a level of 0 is the end of the support
        power = (np.log(u) + math.log(a) + special.betaln(a, b)) / a
    small = power < math.log(MIN_QUANTILE) - math.log1p(a + b)
    y = np.where(small, power, y)

    def distribution(at: Floats) -> Floats:
        level = np.empty(at.shape)
        left = at < 0
        level[left] = special.betainc(a, b, special.expit(at[left]))
        level[~left] = special.betaincc(b, a, special.expit(-at[~left]))
        return level

    kept = ~small
    y[kept] = _polished(y[kept], u[kept], distribution, -MAX_LOG_ODDS, MAX_LOG_ODDS)
    return y


def beta(args: Args, _: Parts = ()) -> Marginal:
    """Beta(alpha, beta); the log-odds of the quantile are tabulated."""
    a, b = args

    def exact(levels: Levels) -> Floats:
        small = levels.lower <= levels.upper
        y = np.empty(levels.lower.shape)
        y[small] = _beta_log_odds(a, b, levels.lower[small])
        y[~small] = -_beta_log_odds(b, a, levels.upper[~small])
        return y

    def tails(x: Floats, rest: Floats | None = None) -> Tails:
        x = np.clip(x, 0.0, 1.0)
        upper = special.betaincc(a, b, x) if rest is None else special.betainc(b, a, rest)
        return Tails(special.betainc(a, b, x), upper)

    log_odds = tabulated(exact)
    mean = a / (a + b)
    return Marginal(
        lambda levels: np.asarray(special.expit(log_odds(levels))),
        tails,
        lambda: (mean, mean * (b / (a + b)) / (a + b + 1)),
        (0.0, 1.0),
        log_odds=log_odds,
        tails_at_odds=at_odds(tails),
        smooth=True,
    )


def pert(args: Args, _: Parts = ()) -> Marginal:
    """Beta on [a, b] with mean (a + 4 mode + b) / 6 (Malcolm et al. 1959)."""
    a, mode, b = args
    alpha, rest_alpha = 1 + 4 * (mode - a) / (b - a), 1 + 4 * (b - mode) / (b - a)
    unit, mirrored = beta((alpha, rest_alpha)), beta((rest_alpha, alpha))

    def inverse(levels: Levels) -> Floats:
        odds = unit.odds(levels)
        return np.where(odds < 0, a + (b - a) * special.expit(odds), b - (b - a) * special.expit(-odds))

    def tails(x: Floats, rest: Floats | None = None) -> Tails:
        short = np.clip(short_of(b, x, rest) / (b - a), 0.0, 1.0)
        lower, upper = unit.tails(scaled(x, a, b)), mirrored.tails(short)
        return Tails(lower.lower, upper.lower)

    mean, variance = unit.moments()
    return Marginal(
        inverse,
        tails,
        lambda: (a + (b - a) * mean, (b - a) ** 2 * variance),
        (a, b),
        tails_at_odds=at_odds(tails),
        smooth=True,
    )


def gamma(args: Args, _: Parts = ()) -> Marginal:
    """Gamma with shape and scale; the log of the quantile is tabulated."""
    shape, scale = args
    unscale = math.log(scale)

    def exact(levels: Levels) -> Floats:
        small = levels.lower <= levels.upper
        y = np.empty(levels.lower.shape)
        u, v = levels.lower[small], levels.upper[~small]
        with np.errstate(divide="ignore"):
            y[small] = np.log(special.gammaincinv(shape, u))
            y[~small] = np.log(special.gammainccinv(shape, v))
        y[small] = _gamma_low(shape, y[small], u)
        y[~small] = -_polished(
            -y[~small], v, lambda at: np.asarray(special.gammaincc(shape, np.exp(-at))), -709.0, MAX_LOG_ODDS
        )
        return y

    of_log = tabulated(exact)

    def tails(x: Floats) -> Tails:
        x = np.maximum(x, 0.0) / scale
        return Tails(np.asarray(special.gammainc(shape, x)), np.asarray(special.gammaincc(shape, x)))

    return Marginal(
        lambda levels: np.exp(of_log(levels) + unscale),
        tails,
        lambda: (shape * scale, shape * scale**2),
        (0.0, INFINITY),
        smooth=True,
    )


def _gamma_low(shape: float, y: Floats, u: Floats) -> Floats:
    """Logs of standard gamma quantiles at small levels, corrected."""
    power = (np.log(u) + special.gammaln(shape + 1)) / shape  # F(x) = x^a / Gamma(a + 1) (1 + O(x))
    small = power < math.log(MIN_QUANTILE)
    y = np.where(small, power, y)
    kept = ~small
    y[kept] = _polished(
        y[kept], u[kept], lambda at: np.asarray(special.gammainc(shape, np.exp(at))), -MAX_LOG_ODDS, 709.0
    )
    return y
