"""Values of the parameters, by the distributions of scipy: no form is implemented twice in one way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats
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
