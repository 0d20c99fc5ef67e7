"""Factors over coins, and their exact indices: first order, total, closed, second order, Shapley effects."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sensa.engines.exact.covariances import QUADRATURE_TOLERANCE, VARIANCE_ROUNDING, Covariances
from sensa.engines.protocol import Engine
from sensa.kernels.distributions.quadrature import legendre
from sensa.kernels.program import Floats

Sets = npt.NDArray[np.bool_]
Partial = Callable[[frozenset[int]], float]  # the variance of a coin if only these factors are known

MAX_CLUMPED = 10  # factors of several draws; Shapley effects need all sets of them
MAX_WORK = 2e9  # pairs times designs that Shapley effects may take


class TooMuchWorkError(Exception):
    """The work exceeds the limit; the message says why."""


@dataclass(frozen=True, eq=False)
class Layer:
    """Means and variances (1, coins) of the coins' probabilities, and the factors they depend on.

    `coins[f]` are the coins that depend on factor f. A coin of several factors has an entry in
    `partial`. A coin without factors has no variance.
    """

    m: Floats
    v: Floats
    coins: tuple[tuple[int, ...], ...]
    partial: Mapping[int, Partial] = field(default_factory=dict)

    @property
    def factors(self) -> int:
        """The number of factors."""
        return len(self.coins)

    @cached_property
    def _reach(self) -> Sets:
        reach = np.zeros((self.factors, self.m.shape[1]), np.bool_)
        for factor, coins in enumerate(self.coins):
            reach[factor, list(coins)] = True
        return reach

    def design(self, sets: Sets) -> Floats:
        """The coins' variances (sets, coins) if the factors of each set (sets, factors) are known."""
        v: Floats = np.where(sets.astype(np.int64) @ self._reach > 0, self.v, 0.0)
        for coin, partial in self.partial.items():
            of = np.flatnonzero(self._reach[:, coin])
            known = [frozenset(of[row].tolist()) for row in sets[:, of]]
            v[:, coin] = [partial(each) for each in known]
        return v

    @property
    def lone(self) -> bool:
        """Whether at most one coin varies, with one factor."""
        return sum(map(len, self.coins)) <= 1

    def alone(self, factor: int) -> int | None:
        """The only coin of a factor; None if it has several, or none."""
        coins = self.coins[factor]
        return coins[0] if len(coins) == 1 else None


@dataclass(frozen=True)
class Indices:
    """Shares of the variance (outputs, factors), and the variance (outputs,) itself."""

    variance: Floats
    first: Floats
    total: Floats


def indices(layer: Layer, covariances: Covariances) -> Indices:
    """First-order and total indices; NaN for an output that does not vary.

    Those of a factor with one coin come from the two gradients; for one with several coins, the first-order
    index is its closed index, and the total index is 1 minus the closed index of the rest.
    """
    variance = covariances.variances(layer.m, layer.v)[0]
    outputs = len(variance)
    first, total = (np.zeros((outputs, layer.factors)) for _ in range(2))
    every = np.ones((1, layer.factors), np.bool_)
    single = [f for f in range(layer.factors) if layer.alone(f) is not None]
    if single:
        up, down = (
            covariances.engine.gradients(layer.m, covariances.combine)[1][0] ** 2,
            covariances.gradients(layer.m, layer.v)[1][0],
        )
        for f in single:
            (coin,) = layer.coins[f]
            known = rest = None
            if coin in layer.partial:
                of = frozenset(np.flatnonzero(layer._reach[:, coin]).tolist())
                known, rest = layer.partial[coin](frozenset({f})), layer.partial[coin](of - {f})
            whole = float(layer.v[0, coin])
            first[:, f] = up[:, coin] * (whole if known is None else known)
            total[:, f] = down[:, coin] * (whole - (0.0 if rest is None else rest))
    several = [f for f in range(layer.factors) if len(layer.coins[f]) > 1]
    if several:
        own = np.zeros((len(several), layer.factors), np.bool_)
        own[range(len(several)), several] = True
        parts = covariances.variances(layer.m, layer.design(np.concatenate([own, every & ~own])))
        first[:, several] = parts[: len(several)].T
        total[:, several] = variance[:, None] - parts[len(several) :].T
    return Indices(variance, shares(first, variance), shares(total, variance))


def lone_indices(layer: Layer, engine: Engine, combine: Floats) -> Indices:
    """The indices of outputs `combine` (outputs, roots) in a layer where at most one coin varies.

    An output is linear in that coin, so its variance is the coin's times the squared derivative, and needs no
    product of the diagram with itself. NaN for an output that does not vary, as in `indices`.
    """
    slopes = engine.gradients(layer.m)[1][0]
    squares, scale = (combine @ slopes) ** 2, (np.abs(combine) @ np.abs(slopes)) ** 2
    parts = np.where(squares <= VARIANCE_ROUNDING * scale, 0.0, squares * layer.v) @ layer._reach.T
    variance: Floats = parts.sum(axis=1)
    return Indices(variance, shares(parts, variance), shares(parts, variance))


def shares(parts: Floats, variance: Floats, *, clip: bool = True) -> Floats:
    """Parts (outputs, ...) of the variance (outputs,) as shares of it, at least 0; NaN without variance."""
    out = np.full(parts.shape, np.nan)
    varies = variance > 0
    whole = variance[varies].reshape(-1, *[1] * (parts.ndim - 1))
    out[varies] = parts[varies] / whole
    if clip:
        np.maximum(out, 0.0, out=out)  # less is rounding
    return out


def closed(layer: Layer, covariances: Covariances, sets: Sets) -> tuple[Floats, Floats]:
    """Closed and total indices (outputs, sets) of sets of factors (sets, factors)."""
    variance = covariances.variances(layer.m, layer.v)[0]
    parts = covariances.variances(layer.m, layer.design(np.concatenate([sets, ~sets])))
    count = len(sets)
    rest = variance[:, None] - parts[count:].T
    return shares(parts[:count].T, variance), shares(rest, variance)


def second_order(layer: Layer, covariances: Covariances, pairs: Sequence[tuple[int, int]]) -> Floats:
    """Second-order indices (outputs, pairs): the share that two factors explain only together."""
    variance = covariances.variances(layer.m, layer.v)[0]
    out = np.zeros((len(variance), len(pairs)))
    coins = [layer.alone(f) for f in range(layer.factors)]
    simple = [
        i
        for i, pair in enumerate(pairs)
        if all(coins[f] is not None and coins[f] not in layer.partial for f in pair)
    ]
    if simple:
        asked = sorted({int(coins[f] or 0) for i in simple for f in pairs[i]})
        place = {coin: i for i, coin in enumerate(asked)}
        parts = covariances.interactions(layer.m, layer.v, asked)
        for i in simple:
            one, other = (place[int(coins[f] or 0)] for f in pairs[i])
            out[:, i] = parts[:, one, other]
    others = [i for i in range(len(pairs)) if i not in set(simple)]
    if others:
        sets = np.zeros((3 * len(others), layer.factors), np.bool_)
        for row, i in enumerate(others):
            one, other = pairs[i]
            sets[3 * row, [one, other]] = sets[3 * row + 1, one] = sets[3 * row + 2, other] = True
        found = covariances.variances(layer.m, layer.design(sets)).T
        out[:, others] = found[:, ::3] - found[:, 1::3] - found[:, 2::3]
    return shares(out, variance)


def shapley(layer: Layer, covariances: Covariances) -> Floats:
    """Shapley effects (outputs, factors) as shares of the variance; those of an output add up to 1.

    Shapley's share of factor f is the mean over t in [0, 1] of what it adds to the closed index of a random
    set that holds each other factor with probability t (Owen 1972, 10.1287/mnsc.18.5.64). Scaling a coin's
    variance to t v averages over the presence of a factor with one coin; the sum over the other factors takes
    all sets. Raises `TooMuchWorkError` if these are too many.
    """
    clumped = [
        f
        for f in range(layer.factors)
        if len(layer.coins[f]) > 1 or any(coin in layer.partial for coin in layer.coins[f])
    ]
    simple = [f for f in range(layer.factors) if f not in set(clumped) and layer.coins[f]]
    variance = covariances.variances(layer.m, layer.v)[0]
    if not clumped:
        parts = np.zeros((len(variance), layer.factors))
        coins = [layer.coins[f][0] for f in simple]
        parts[:, simple] = covariances.shapley(layer.m, layer.v)[:, coins]
        return shares(parts, variance)
    if len(clumped) > MAX_CLUMPED:
        raise TooMuchWorkError(f"{len(clumped)} factors of several draws")
    enough = (len(clumped) + len(simple) + 1) // 2
    count, last = min(4, enough), None
    while True:
        if float(2 ** len(clumped)) * count * covariances.pairs > MAX_WORK:
            raise TooMuchWorkError(f"{len(clumped)} factors of several draws")
        parts = _mixed_shapley(layer, covariances, simple, clumped, count)
        if count == enough or (
            last is not None and (np.abs(parts - last) <= QUADRATURE_TOLERANCE * variance[:, None]).all()
        ):
            return shares(parts, variance)
        count, last = min(2 * count, enough), parts


def _mixed_shapley(
    layer: Layer, covariances: Covariances, simple: list[int], clumped: list[int], count: int
) -> Floats:
    """Parts (outputs, factors) by `count` nodes in t, over all sets of the clumped factors."""
    clumps = len(clumped)
    sets = np.zeros((1 << clumps, layer.factors), np.bool_)
    members = (np.arange(1 << clumps)[:, None] >> np.arange(clumps) & 1).astype(np.bool_)
    sets[:, clumped] = members
    sizes = members.sum(axis=1)
    base = layer.design(sets)
    coins = [layer.coins[f][0] for f in simple]
    x, weights = legendre(count)
    parts = np.zeros((len(covariances.combine), layer.factors))
    for t, weight in zip((x + 1) / 2, weights / 2, strict=True):
        v = base.copy()
        v[:, coins] = t * layer.v[:, coins]
        values, slopes = covariances.gradients(layer.m, v)
        chance = t**sizes * (1 - t) ** (clumps - sizes)
        parts[:, simple] += weight * np.tensordot(chance, slopes[:, :, coins], axes=1) * layer.v[:, coins]
        for place, f in enumerate(clumped):
            without = np.flatnonzero(~members[:, place])
            gain = values[without | 1 << place] - values[without]
            chosen = t ** sizes[without] * (1 - t) ** (clumps - 1 - sizes[without])
            parts[:, f] += weight * (chosen @ gain)
    return parts
