"""Values of the parameters, by the distributions of scipy: no form is implemented twice in one way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq
from scipy.special import expit, logit, ndtr, ndtri

from tests.naive.parameters import Scale, declarations, is_parameter

Curve = Callable[[Any], Any]
LIKELIHOODS = {
    "virtually certain": (0.99, 1),
    "extremely likely": (0.95, 1),
    "very likely": (0.9, 1),
    "likely": (0.66, 1),
    "more likely than not": (0.5, 1),
    "about as likely as not": (0.33, 0.66),
    "unlikely": (0, 0.33),
    "very unlikely": (0, 0.1),
    "extremely unlikely": (0, 0.05),
    "exceptionally unlikely": (0, 0.01),
}


@dataclass(frozen=True)
class Marginal:
    """Level to value, and value to level."""

    ppf: Curve
    cdf: Curve


def _same(x: Any) -> Any:
    return x


def _of(family: Any, *shape: float, forth: Curve = _same, back: Curve = _same) -> Marginal:
    """A family of scipy, with its arguments in order (loc and scale last), of `back(value)`."""
    return Marginal(lambda u: forth(family.ppf(u, *shape)), lambda x: family.cdf(back(x), *shape))


def marginal(raw: Any, scale: Scale) -> Marginal:
    """What is written, as a distribution."""
    match raw:
        case None:
            return _of(stats.uniform)
        case int() | float():
            return Marginal(
                lambda u: np.full(np.shape(u), float(raw)), lambda x: np.where(np.asarray(x) >= raw, 1.0, 0.0)
            )
        case {"odds": [on, against]}:
            return marginal(on / (on + against), scale)
        case {"within": [a, b], **rest}:
            return _cut(marginal(rest, "real"), a, b)
        case {"mean": mean, "sd": sd}:
            return _of_moments(mean, sd, raw.get("family", "beta" if scale == "probability" else "normal"))
        case {"median": median, "error_factor": factor}:
            quantiles = {"quantiles": [[0.5, median], [0.95, median * factor]], "log": True}
            return marginal(quantiles, scale)
        case {"groups": groups}:
            return _beta_binomial(groups, *raw.get("prior", (0.5, 0.5)))
        case {"low": low, "high": high}:
            return _central(raw, low, high, scale)
        case {"beta": [a, b]}:
            return _of(stats.beta, a, b)
        case {"mean": mean, "concentration": c}:
            return _of(stats.beta, mean * c, (1 - mean) * c)
        case {"held": held, "trials": trials}:
            a, b = raw.get("prior", (0.5, 0.5))
            return _of(stats.beta, a + held, b + trials - held)
        case {"logit_normal": [mu, sigma]}:
            return _of(stats.norm, mu, sigma, forth=expit, back=logit)
        case {"normal": [mu, sigma]}:
            return _of(stats.norm, mu, sigma)
        case {"lognormal": [mu, sigma]}:
            return _of(stats.lognorm, sigma, 0, np.exp(mu))
        case {"uniform": [a, b]} | {"interval": [a, b]}:
            return _of(stats.uniform, a, b - a)
        case {"triangular": [a, mode, b]}:
            return _of(stats.triang, (mode - a) / (b - a), a, b - a)
        case {"pert": [a, mode, b]}:
            alpha, beta = 1 + 4 * (mode - a) / (b - a), 1 + 4 * (b - mode) / (b - a)
            return _of(stats.beta, alpha, beta, a, b - a)
        case {"loguniform": [a, b]}:
            return _of(stats.loguniform, a, b)
        case {"gamma": [shape, size]}:
            return _of(stats.gamma, shape, 0, size)
        case {"exponential": [rate]}:
            return _of(stats.expon, 0, 1 / rate)
        case {"quantiles": pairs}:
            return _quantiles(pairs, scale, bool(raw.get("log", False)))
        case {"likelihood": words}:
            a, b = LIKELIHOODS[words]
            return _of(stats.uniform, a, b - a)
        case {"experts": experts}:
            return _pool(experts, raw.get("pool", "linear"), scale)
    raise NotImplementedError(f"no naive sampling of {raw}")


def _cut(whole: Marginal, a: float, b: float) -> Marginal:
    """What is left between two ends."""
    below, above = whole.cdf(a), whole.cdf(b)
    return Marginal(
        lambda u: whole.ppf(below + u * (above - below)),
        lambda x: np.clip((whole.cdf(x) - below) / (above - below), 0, 1),
    )


def _of_moments(mean: float, sd: float, family: str) -> Marginal:
    """By the textbook's formulas for the arguments."""
    if family == "beta":
        n = mean * (1 - mean) / sd**2 - 1
        return _of(stats.beta, n * mean, n * (1 - mean))
    if family == "gamma":
        return _of(stats.gamma, mean**2 / sd**2, 0, sd**2 / mean)
    if family == "lognormal":
        sigma = np.sqrt(np.log(1 + sd**2 / mean**2))
        return _of(stats.lognorm, sigma, 0, mean / np.sqrt(1 + sd**2 / mean**2))
    return _of(stats.norm, mean, sd)


def _beta_binomial(groups: list[list[int]], a: float, b: float) -> Marginal:
    """The mean of beta-binomial groups, by summation over log-odds and intraclass correlation."""
    y = np.linspace(-80, 80, 32001)
    x, weights = np.polynomial.legendre.leggauss(100)
    density = np.zeros_like(y)
    for rho, weight in zip((x + 1) / 2, weights, strict=True):
        p, q, size = expit(y), expit(-y), (1 - rho) / rho
        with np.errstate(divide="ignore"):
            logs = sum(
                stats.betabinom.logpmf(k, n, np.maximum(p * size, 1e-300), q * size) for k, n in groups
            )
        density += weight * np.exp(logs + a * np.log(p) + b * np.log(q))
    below = CubicSpline(y, density).antiderivative()
    whole = below(y[-1])

    def quantile(u: Any) -> Any:
        return [brentq(lambda t, level=level: below(t) / whole - level, -80, 80, xtol=1e-14) for level in u]

    return Marginal(lambda u: expit(quantile(np.ravel(u))), lambda v: below(logit(v)) / whole)


def _central(raw: dict[str, Any], low: float, high: float, scale: Scale) -> Marginal:
    family = raw.get("family", "lognormal" if low > 0 else "normal")
    curves: tuple[Curve, Curve] = (np.exp, np.log) if family == "lognormal" else (_same, _same)
    forth, back = (expit, logit) if scale == "probability" else curves
    middle, half = (back(high) + back(low)) / 2, (back(high) - back(low)) / 2
    tail = stats.norm.ppf((1 + raw.get("level", 0.9)) / 2)
    return _of(stats.norm, middle, half / tail, forth=forth, back=back)


def _quantiles(pairs: list[list[float]], scale: Scale, log: bool) -> Marginal:
    curves: tuple[Curve, Curve] = (np.exp, np.log) if log else (_same, _same)
    forth, back = (expit, logit) if scale == "probability" else curves
    z, y = ndtri([level for level, _ in pairs]), back(np.array([value for _, value in pairs], dtype=float))
    return Marginal(lambda u: forth(_straight(ndtri(u), z, y)), lambda x: ndtr(_straight(back(x), y, z)))


def _straight(x: Any, xs: Any, ys: Any) -> Any:
    """Piecewise linear through the points, the end pieces straight on."""
    piece = np.clip(np.searchsorted(xs, x) - 1, 0, len(xs) - 2)
    return ys[piece] + (x - xs[piece]) * (ys[piece + 1] - ys[piece]) / (xs[piece + 1] - xs[piece])


def _pool(experts: list[dict[str, Any]], pool: str, scale: Scale) -> Marginal:
    weights = [expert.get("weight", 1.0) / sum(e.get("weight", 1.0) for e in experts) for expert in experts]
    parts = list(zip(weights, [marginal(expert["credence"], scale) for expert in experts], strict=True))

    def odds(u: Any) -> Any:
        return expit(sum(w * logit(part.ppf(u)) for w, part in parts))

    def mixture_level(x: Any) -> Any:
        return sum(w * part.cdf(x) for w, part in parts)

    def mixture(u: Any) -> Any:
        """The least value of which the level is at least u, by bisection between the experts' values."""
        values = [part.ppf(u) for _, part in parts]
        low, high = np.minimum.reduce(values), np.maximum.reduce(values)
        high = np.where(mixture_level(low) >= u, low, high)
        for _ in range(80):
            middle = (low + high) / 2
            enough = mixture_level(middle) >= u
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return high

    def none(x: Any) -> Any:
        raise NotImplementedError("the level of a pool")

    return Marginal(odds if pool == "odds" else mixture, none)


def at_levels(doc: dict[str, Any], levels: dict[str, Any]) -> dict[str, Any]:
    """The value of each parameter at the given level in (0, 1) of its own distribution."""
    declared = {path: (raw, scale) for path, scale, raw in declarations(doc) if is_parameter(raw)}
    return {path: marginal(*declared[path]).ppf(level) for path, level in levels.items()}


def sample_theta(doc: dict[str, Any], n: int, seed: int) -> list[dict[str, float]]:
    """n values of all parameters, on scrambled Sobol' points, with the Gaussian copula of the story."""
    declared = [(path, raw, scale) for path, scale, raw in declarations(doc) if is_parameter(raw)]
    if not declared:
        return [{} for _ in range(n)]
    order = [path for path, _, _ in declared]
    points = stats.qmc.Sobol(len(declared), scramble=True, rng=np.random.default_rng(seed))
    z = ndtri(points.random_base2(max(0, n - 1).bit_length())[:n])
    correlation = np.eye(len(declared))
    for pair in doc.get("dependence", []):
        i, j = (order.index(path) for path in pair["between"])
        correlation[i, j] = correlation[j, i] = 2 * np.sin(np.pi * pair["rank_correlation"] / 6)
    u = ndtr(z @ np.linalg.cholesky(correlation).T)
    columns = [marginal(raw, scale).ppf(u[:, k]) for k, (_, raw, scale) in enumerate(declared)]
    return [dict(zip(order, (float(x) for x in row), strict=True)) for row in zip(*columns, strict=True)]
