"""Families with closed-form quantile functions: one function each, from arguments to `Marginal`.

Quantiles are computed from the smaller tail, so `lower` and `upper` keep their relative accuracy.
"""

import math

import numpy as np
import numpy.typing as npt
from scipy import special

from sensa.kernels.distributions.levels import POSITIVE, Levels, Marginal, Tails, at_odds, scaled, short_of
from sensa.kernels.distributions.quadrature import moments_of

Floats = npt.NDArray[np.float64]
Args = tuple[float, ...]
Parts = tuple[Marginal, ...]
INFINITY = math.inf


def uniform(args: Args, _: Parts = ()) -> Marginal:
    """Uniform on [a, b]; used for `interval` too, whose expectations treat it as uniform."""
    a, b = args

    def inverse(levels: Levels) -> Floats:
        span = b - a
        return np.where(levels.lower < 0.5, a + span * levels.lower, b - span * levels.upper)

    def tails(x: Floats, rest: Floats | None = None) -> Tails:
        return Tails(scaled(x, a, b), np.clip(short_of(b, x, rest) / (b - a), 0.0, 1.0))

    return Marginal(
        inverse,
        tails,
        lambda: ((a + b) / 2, (b - a) ** 2 / 12),
        (a, b),
        tails_at_odds=at_odds(tails),
        smooth=True,
    )


def triangular(args: Args, _: Parts = ()) -> Marginal:
    """Triangular on [a, b] with a mode; measured from the mode for levels on its far side."""
    a, mode, b = args
    span, rise, fall = b - a, mode - a, b - mode
    split, rest_split = rise / span, fall / span

    def inverse(levels: Levels) -> Floats:
        up, down = np.sqrt(levels.lower * span * rise), np.sqrt(levels.upper * span * fall)
        with np.errstate(divide="ignore", invalid="ignore"):
            after = mode + span * (levels.lower - split) * fall / (fall + down)
            before = mode - span * (levels.upper - rest_split) * rise / (rise + up)
        early = levels.lower <= levels.upper
        rising, falling = np.where(early, a + up, before), np.where(early, after, b - down)
        return np.where(levels.lower <= split, rising, falling)

    def tails(x: Floats, rest: Floats | None = None) -> Tails:
        short = np.clip(short_of(b, x, rest), 0.0, span)
        x = np.clip(x, a, b)
        off = np.abs(x - mode)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            rising, falling = (x - a) ** 2 / (span * rise), short**2 / (span * fall)
            above_rising = rest_split + off * (2 * rise - off) / (span * rise)
            below_falling = split + off * (2 * fall - off) / (span * fall)
        left = x < mode
        return Tails(np.where(left, rising, below_falling), np.where(left, above_rising, falling))

    mean = (a + mode + b) / 3
    variance = (span**2 + rise**2 - span * rise) / 18
    return Marginal(inverse, tails, lambda: (mean, variance), (a, b), tails_at_odds=at_odds(tails))


def normal(args: Args, _: Parts = ()) -> Marginal:
    """Normal with mean mu and standard deviation sigma."""
    mu, sigma = args

    def tails(x: Floats) -> Tails:
        z = (x - mu) / sigma
        return Tails(special.ndtr(z), special.ndtr(-z))

    return Marginal(
        lambda levels: mu + sigma * levels.score,
        tails,
        lambda: (mu, sigma**2),
        (-INFINITY, INFINITY),
        smooth=True,
    )


def lognormal(args: Args, _: Parts = ()) -> Marginal:
    """Lognormal with mu and sigma of the log."""
    mu, sigma = args
    of_log = normal(args)

    def moments() -> tuple[float, float]:
        mean = math.exp(mu + sigma**2 / 2)
        return mean, mean**2 * math.expm1(sigma**2)

    return Marginal(
        lambda levels: np.exp(of_log.inverse(levels)),
        lambda x: of_log.tails(POSITIVE.forward(x)),
        moments,
        (0.0, INFINITY),
        smooth=True,
    )


def logit_normal(args: Args, _: Parts = ()) -> Marginal:
    """Logit-normal with mu and sigma of the log-odds; moments by quadrature."""
    of_odds = normal(args)

    def inverse(levels: Levels) -> Floats:
        return np.asarray(special.expit(of_odds.inverse(levels)))

    return Marginal(
        inverse,
        lambda x: of_odds.tails(special.logit(x)),
        lambda: moments_of(inverse),
        (0.0, 1.0),
        log_odds=of_odds.inverse,
        tails_at_odds=of_odds.tails,
        smooth=True,
    )


def loguniform(args: Args, _: Parts = ()) -> Marginal:
    """Loguniform: the log is uniform between log a and log b."""
    a, b = args
    span = math.log(b / a)

    def inverse(levels: Levels) -> Floats:
        near_a = a * np.exp(span * levels.lower)
        return np.where(levels.lower < 0.5, near_a, b * np.exp(-span * levels.upper))

    def tails(x: Floats) -> Tails:
        x = np.clip(x, a, b)
        return Tails(np.log(x / a) / span, np.log(b / x) / span)

    mean = (b - a) / span
    variance = (b * b - a * a) / (2 * span) - mean**2
    return Marginal(inverse, tails, lambda: (mean, variance), (a, b), smooth=True)


def exponential(args: Args, _: Parts = ()) -> Marginal:
    """Exponential with a rate."""
    (rate,) = args

    def inverse(levels: Levels) -> Floats:
        low = -np.log1p(-np.minimum(levels.lower, 0.5))
        return np.where(levels.lower < 0.5, low, -np.log(levels.upper)) / rate

    def tails(x: Floats) -> Tails:
        x = np.maximum(x, 0.0)
        return Tails(-np.expm1(-rate * x), np.exp(-rate * x))

    return Marginal(inverse, tails, lambda: (1 / rate, 1 / rate**2), (0.0, INFINITY))


def point(args: Args, _: Parts = ()) -> Marginal:
    """A point mass: a component of a pool."""
    (value,) = args

    def tails(x: Floats) -> Tails:
        reached = (x >= value).astype(np.float64)
        return Tails(reached, 1.0 - reached)

    log_odds = float(special.logit(value)) if 0 <= value <= 1 else math.nan
    return Marginal(
        lambda levels: np.full(levels.lower.shape, value),
        tails,
        lambda: (value, 0.0),
        (value, value),
        (value,),
        lambda levels: np.full(levels.lower.shape, log_odds),
    )
