"""What several families of models did at several scales, carried to a larger scale: a partially pooled line.

The model: at scale x a model of family f succeeds with probability logistic(level_f + slope x), x as in
`extrapolation`. The families share the slope; their levels are Normal(alpha, tau), so that a family with few
trials borrows from the others. The target belongs to a family that was tried, or to a new one. Beyond the
largest scale tried the line may bend: with probability `chance` its slope there changes by Normal(0, sd) in
log-odds for each decade.

Priors: alpha is the log-odds of a Beta(1/2, 1/2), Jeffreys' prior of a proportion, so that trials without a
failure say what they say as `held` of `trials`; slope ~ Normal(0, 2.5) per scaled unit (the scale of Gelman
et al. 2008 without the Cauchy tail, under which separated data have no mean: Ghosh, Li and Mitra 2018, DOI
10.1214/17-BA1051); tau ~ half-Normal(0, 1) (Gelman 2006, DOI 10.1214/06-BA117A).

It misleads where families differ in slope, which only the bend leaves room for.

Method: no random draws. Levels lie on an even grid, where convolution with Normal(0, tau) is a product in
the cosine transform; slopes on an even grid around the mode, and tau on Gauss-Legendre nodes. Both grids are
finer than the posterior, so that sums over them converge exponentially. The log-odds at the target have the
sum of shifted columns as their density, with the bend as a factor of the Fourier transform. Probabilities
are accurate to some 1e-10; tails below continue exponentially.
"""

import math
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy
from scipy.special import expit

from sensa.kernels.distributions.levels import UNIT, Levels, Marginal, Tails
from sensa.kernels.distributions.log_odds_density import LogOdds, from_columns
from sensa.kernels.distributions.quadrature import legendre

Floats = npt.NDArray[np.float64]

LEVEL_REACH = 64.0  # of the grid over levels, in log-odds: the prior has a mass of 1e-14 beyond
MIN_LEVELS, MAX_LEVELS = 1024, 8192
SLOPE_SD = 2.5  # of the prior, per scaled unit
MIN_SLOPES = 41  # columns of the grid over slopes
SLOPE_STEP = 0.2  # at most, times the largest x
SLOPES_OF_A_SEARCH, MAX_SEARCHES = 11, 12
SLOPE_REACH = 8.0 * SLOPE_SD
LOG_NEGLIGIBLE = 36.0  # of a column of the grid, relative to the largest
SPREAD_EDGES = (0.0, 0.15, 0.5, 1.2, 2.5, 4.5, 8.0)  # of cells over tau, with this many nodes in each:
NODES_PER_SPREAD_CELL = 4
CELLS_PER_WIDTH = 2.2  # of the grid over levels, per standard deviation of the narrowest likelihood
TINY = 1e-300


class Trials(NamedTuple):
    """Rows of trials, with their families as indices, and where the answer is wanted."""

    x: Floats  # scaled
    trials: Floats
    held: Floats
    family: npt.NDArray[np.int64]
    of: int  # the target's family; `new` for one without trials
    new: int  # how many families were tried
    target: float  # scaled
    decades: float  # from the largest scale tried to the target, at least 0
    chance: float  # that the line bends there
    sd: float  # of the bend per decade

    @property
    def bend(self) -> float:
        """The standard deviation of the log-odds at the target if the line bends."""
        return self.sd * self.decades


class Joint(NamedTuple):
    """The posterior of the level of the target's family and of the slope, on a grid."""

    level: Floats  # (levels,)
    slope: Floats  # (slopes,)
    weight: Floats  # (levels, slopes), of sum 1
    spread: float  # E tau^2


def read(args: tuple[float, ...]) -> Trials:
    """Scale the input: (at, of or -1, chance, sd, then family, scale, trials, held of each row)."""
    at, of, chance, sd = args[:4]
    family, scale, trials, held = np.array(args[4:]).reshape(-1, 4).T
    x = np.log10(scale)
    spread = float(np.std(x, ddof=1)) if len(x) > 1 else 0.0
    unit = 2.0 * spread if spread > 0 else 1.0
    middle, log_at = float(x.mean()), math.log10(at)
    new = int(family.max()) + 1
    return Trials(
        (x - middle) / unit,
        trials,
        held,
        family.astype(np.int64),
        new if of < 0 else int(of),
        new,
        (log_at - middle) / unit,
        max(0.0, log_at - float(x.max())),
        chance,
        sd,
    )


@cache
def _spreads() -> tuple[Floats, Floats]:
    """Nodes of tau and their prior weights."""
    x, w = legendre(NODES_PER_SPREAD_CELL)
    edges = np.array(SPREAD_EDGES)
    half = np.diff(edges)[:, None] / 2
    tau = (edges[:-1, None] + half * (1 + x)).ravel()
    weight = (half * w).ravel() * np.exp(-tau * tau / 2)
    return tau, weight / weight.sum()


def _levels(data: Trials) -> tuple[Floats, float]:
    """The grid over levels, and the factor by which trials count.

    The narrowest likelihood must span a few cells. So many trials that the finest grid is too coarse count
    for as many as it can resolve.
    """
    share = (data.held + 0.5) / (data.trials + 1.0)
    information = float((data.trials * share * (1 - share)).sum())
    wanted = 2 * LEVEL_REACH * CELLS_PER_WIDTH * math.sqrt(information)
    size = scipy.fft.next_fast_len(min(max(math.ceil(wanted), MIN_LEVELS), MAX_LEVELS), real=True)
    step = 2 * LEVEL_REACH / size
    level: Floats = np.asarray(-LEVEL_REACH + step * (np.arange(size) + 0.5))
    return level, min(1.0, (MAX_LEVELS / max(wanted, 1.0)) ** 2)


def _likelihoods(data: Trials, level: Floats, slope: Floats, counted: float) -> Floats:
    """The log-likelihood of each family (families, slopes, levels)."""
    found = np.zeros((data.new, len(slope), len(level)))
    for x, trials, held, family in zip(data.x, data.trials, data.held, data.family, strict=True):
        if trials:
            odds = level + slope[:, None] * x
            soft = np.log1p(
                np.exp(-np.abs(odds))
            )  # -log_expit is soft, less the odds where they are negative
            log = np.where(odds < 0, held, held - trials) * odds - trials * soft
            found[family] += counted * log
    return found


def _columns(
    data: Trials, grid: tuple[Floats, float], slope: Floats, spreads: tuple[Floats, Floats]
) -> tuple[Floats, Floats, Floats]:
    """For each slope the log of its mass, the density over levels, and E[tau^2 | slope]."""
    level, counted = grid
    log = _likelihoods(data, level, slope, counted)
    top = log.max(axis=2, keepdims=True)
    spectra = [scipy.fft.dct(np.exp(log[f] - top[f])) for f in range(data.new) if f != data.of]
    own = 1.0 if data.of == data.new else np.exp(log[data.of] - top[data.of])
    prior = -np.logaddexp(level / 2, -level / 2)
    omega = np.pi * np.arange(len(level)) / (2 * LEVEL_REACH)
    scale = np.full((len(slope), 1), -np.inf)
    total, squared = np.zeros((2, len(slope), len(level)))
    for tau, weight in zip(*spreads, strict=True):
        blur = np.exp(-((tau * omega) ** 2) / 2)
        centre = prior + sum(np.log(np.maximum(scipy.fft.idct(s * blur), TINY)) for s in spectra)
        larger = np.maximum(scale, np.broadcast_to(centre, total.shape).max(axis=1, keepdims=True))
        term = weight * blur * scipy.fft.dct(np.exp(centre - larger))
        total = total * np.exp(scale - larger) + term
        squared = squared * np.exp(scale - larger) + tau**2 * term
        scale = larger
    density, second = (np.maximum(scipy.fft.idct(s), 0.0) * own for s in (total, squared))
    mass = np.maximum(density.sum(axis=1), TINY)
    logs = np.log(mass) + scale[:, 0] + top[:, :, 0].sum(axis=0) - (slope / SLOPE_SD) ** 2 / 2
    return logs, density / mass[:, None], second.sum(axis=1) / mass


def _slopes(data: Trials, grid: tuple[Floats, float]) -> tuple[float, float]:
    """The slopes between which the posterior lies, by ever finer grids and few spreads."""
    low, high = -SLOPE_REACH, SLOPE_REACH
    tau, weight = _spreads()
    for _ in range(MAX_SEARCHES):
        slope = np.linspace(low, high, SLOPES_OF_A_SEARCH)
        logs, *_ = _columns(data, grid, slope, (tau[::4], weight[::4]))
        matter = slope[logs > logs.max() - LOG_NEGLIGIBLE]
        step = float(slope[1] - slope[0])
        low, high = float(matter[0]) - step, float(matter[-1]) + step
        if len(matter) >= SLOPES_OF_A_SEARCH // 2:
            break
    return low, high


def joint(data: Trials) -> Joint:
    """The posterior of the level of the target's family and of the slope."""
    grid = _levels(data)
    low, high = _slopes(data, grid)
    wanted = math.ceil((high - low) * float(np.abs(data.x).max()) / SLOPE_STEP)
    slope = np.linspace(low, high, max(wanted, MIN_SLOPES))
    logs, density, squared = _columns(data, grid, slope, _spreads())
    mass = np.exp(logs - logs.max())
    mass /= mass.sum()
    return Joint(grid[0], slope, density.T * mass, float((squared * mass).sum()))


@lru_cache(maxsize=64)
def fitted(args: tuple[float, ...]) -> tuple[Trials, Joint]:
    """The trials and their posterior."""
    data = read(args)
    return data, joint(data)


@lru_cache(maxsize=64)
def log_odds_at(args: tuple[float, ...]) -> LogOdds:
    """The posterior of the log-odds at the target."""
    data, of = fitted(args)
    return from_columns(of.level, of.slope * data.target, of.weight, chance=data.chance, sd=data.bend)


def extrapolate_families(args: tuple[float, ...], _: tuple[Marginal, ...] = ()) -> Marginal:
    """The posterior of p at the scale `args[0]`; see the module's docstring."""

    def found() -> LogOdds:
        return log_odds_at(args)

    def log_odds(levels: Levels) -> Floats:
        return found().quantiles(levels)

    def inverse(levels: Levels) -> Floats:
        return np.asarray(expit(log_odds(levels)))

    def at_odds(y: Floats) -> Tails:
        return found().tails(y)

    def tails(x: Floats) -> Tails:
        return at_odds(UNIT.forward(np.asarray(x)))

    def moments() -> tuple[float, float]:
        mean = found().mean_of(expit)
        return mean, found().mean_of(lambda y: (expit(y) - mean) ** 2)

    return Marginal(inverse, tails, moments, (0.0, 1.0), log_odds=log_odds, tails_at_odds=at_odds)
