"""Exact indices if a few parameters move several draws each: given those, draws are independent.

Conditional on the shared parameters the credence layer is as in `sensa.variance.moments`, and the indices
are means over them. If the draws' probabilities are polynomials, Gauss quadrature for each parameter's
distribution is exact with enough nodes.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import numpy as np

from sensa.circuit import read_by
from sensa.engines.exact.covariances import Covariances
from sensa.kernels.distributions.levels import Marginal, at_scores
from sensa.kernels.distributions.quadrature import legendre
from sensa.kernels.program import Floats
from sensa.kernels.programs.degrees import degrees
from sensa.sampling.parameters import evaluate
from sensa.sampling.rules import PROBABILITY_ROUNDING
from sensa.session import Session
from sensa.variance.exact_indices import Indices, Layer, shares
from sensa.variance.factors import factors
from sensa.variance.moments import EntangledError, coins_of, covariances_of, credence_layer
from sensa.variance.sobol_outputs import Outputs

MAX_SHARED = 3
MAX_NODES = 40  # of one parameter
MAX_GRID = 1024  # values of all shared parameters together
MAX_WORK = 5e6  # pairs times designs
SCORE_STEP, MAX_SCORE = 0.05, 12.0  # of the fine sum that approximates a distribution, in normal scores
MOMENT_TOLERANCE = 1e-11  # of its mean and variance
MIN_POLYNOMIAL_NORM = 1e-13  # of the next orthogonal one: a distribution of few values has no further
VARIANCE_ROUNDING = 1e-14  # of the mean square: smaller variation is none


def mixture_indices(session: Session, outputs: Outputs) -> tuple[Indices, list[str]]:
    """First-order and total indices of all factors, and the paths of the shared ones.

    Law of total variance: with a_x a mean over the shared parameters, Var = a_x Var[f | x] + Var_x E[f | x];
    the part of a factor of one draw is the mean of its parts at each x (of slopes, for first-order indices);
    and the total index of a shared parameter needs the covariance of two copies at different values of it.
    Raises `EntangledError` if parameters are tied, if too many are shared, if a draw reads a shared parameter
    and another, if a probability is not a polynomial in a shared parameter, or beyond the budget.
    """
    circuit = session.circuit
    groups = factors(circuit)
    used = coins_of(outputs)
    read = {coin: read_by(circuit, outputs.coins[coin].program) for coin in used}
    reach = [[coin for coin in used if read[coin] & set(group)] for group in groups]
    shared = [f for f, coins in enumerate(reach) if len(coins) > 1]
    _refuse(session, groups, reach, shared)
    held = frozenset(groups[f][0] for f in shared)
    if any(own & held and own - held for own in read.values()):
        raise EntangledError(f"a draw reads `{_path(session, groups[shared[0]])}` and another parameter")
    coins = [coin for coin in used if read[coin] & held]
    layer = credence_layer(session, outputs, held)
    axes, weights = _axes(session, outputs, [groups[f][0] for f in shared], coins)
    shape = tuple(len(axis) for axis in axes)
    designs = sum(np.prod(shape) * (count - 1) // 2 + np.prod(shape) for count in shape)
    too_many = f"{len(shared)} parameters move several draws each, which is too many values"
    if np.prod(shape) > MAX_GRID:
        raise EntangledError(too_many)
    covariances = covariances_of(session, outputs)
    if designs * covariances.pairs > MAX_WORK:
        raise EntangledError(too_many)
    m = _means(session, outputs, layer.m, coins, [groups[f][0] for f in shared], axes)
    layer = replace(layer, coins=tuple(() if f in shared else own for f, own in enumerate(layer.coins)))
    w = reduce(np.multiply.outer, weights, np.ones(()))
    flat = w.ravel()
    inner, down = covariances.gradients(m, np.repeat(layer.v, len(m), axis=0))
    means, up = covariances.engine.gradients(m, covariances.combine)
    mean = flat @ means
    variance = flat @ inner + flat @ (means - mean) ** 2
    variance = np.where(variance > VARIANCE_ROUNDING * (flat @ means**2), variance, 0.0)
    first, total = _of_one_draw(layer, np.tensordot(flat, up, axes=1), np.tensordot(flat, down, axes=1))
    table, spread = means.reshape(*shape, -1), inner.reshape(*shape, -1)
    for axis, f in enumerate(shared):
        each = np.moveaxis(table, axis, 0).reshape(shape[axis], -1, len(mean))
        others = np.moveaxis(w, axis, 0).reshape(shape[axis], -1).sum(axis=0)
        own = weights[axis]
        first[:, f] = own @ (np.einsum("r,aro->ao", others, each) - mean) ** 2
        known = others @ (np.einsum("a,aro->ro", own, each) - mean) ** 2
        grid = np.moveaxis(m.reshape(*shape, -1), axis, 0).reshape(shape[axis], len(others), -1)
        alike = np.moveaxis(spread, axis, 0).reshape(shape[axis], len(others), -1)
        known += np.einsum("a,r,aro->o", own**2, others, alike)
        known += _between(covariances, layer.v, grid, own, others)
        total[:, f] = variance - known
    return Indices(variance, shares(first, variance), shares(total, variance)), [
        _path(session, groups[f]) for f in shared
    ]


def _of_one_draw(layer: Layer, slope: Floats, steep: Floats) -> tuple[Floats, Floats]:
    """The parts (outputs, factors) of factors of one draw in the variance, first-order and total; else 0.

    `slope` and `steep` (outputs, coins) are mean derivatives of the outputs' means and of their variances.
    """
    first, total = np.zeros((2, len(slope), layer.factors))
    for f in range(layer.factors):
        coin = layer.alone(f)
        if coin is not None:
            alone, rest = np.zeros((1, layer.factors), np.bool_), np.ones((1, layer.factors), np.bool_)
            alone[0, f], rest[0, f] = True, False
            first[:, f] = slope[:, coin] ** 2 * layer.design(alone)[0, coin]
            total[:, f] = steep[:, coin] * (layer.v[0, coin] - layer.design(rest)[0, coin])
    return first, total


def _refuse(
    session: Session, groups: Sequence[tuple[int, ...]], reach: list[list[int]], shared: list[int]
) -> None:
    for group, coins in zip(groups, reach, strict=True):
        if len(group) > 1 and coins:
            raise EntangledError(f"`[[dependence]]` ties `{_path(session, group)}`")
    if len(shared) > MAX_SHARED:
        first = shared[0]
        said = f"`{_path(session, groups[first])}` moves {len(reach[first])} draws at once"
        raise EntangledError(f"{said}, and {len(shared) - 1} other parameters move several")


def _path(session: Session, group: Sequence[int]) -> str:
    return session.circuit.parameters[group[0]].path


def _between(covariances: Covariances, v: Floats, grid: Floats, own: Floats, others: Floats) -> Floats:
    """The weighted covariances (outputs,) of copies at different values of one shared parameter.

    `grid` has the means (values, values of the others, coins).
    """
    one, other = np.triu_indices(len(own), 1)
    if not len(one):
        return np.zeros(len(covariances.combine))
    coins = grid.shape[2]
    left, right = (grid[rows].reshape(-1, coins) for rows in (one, other))
    found = covariances.between(left, right, np.repeat(v, len(left), axis=0))
    weight = 2 * (own[one] * own[other])[:, None] * others
    total: Floats = weight.ravel() @ found
    return total


def _axes(
    session: Session, outputs: Outputs, parameters: list[int], coins: list[int]
) -> tuple[list[Floats], list[Floats]]:
    """Nodes and weights of each shared parameter, exact for the square of an outcome's probability."""
    programs = np.array([outputs.coins[coin].program for coin in coins], np.int32)
    degree = degrees(session.circuit.reals, programs, parameters).sum(axis=0)
    axes, weights = [], []
    for parameter, most in zip(parameters, degree, strict=True):
        path = session.circuit.parameters[parameter].path
        if not most < MAX_NODES:
            raise EntangledError(f"`{path}` moves several draws, and not as a polynomial of low degree")
        nodes = gauss(session.points.sampler.marginals[parameter], int(most) + 1)
        if nodes is None:
            raise EntangledError(f"`{path}` moves several draws, and its distribution is not smooth")
        axes.append(nodes[0])
        weights.append(nodes[1])
    return axes, weights


def gauss(marginal: Marginal, count: int) -> tuple[Floats, Floats] | None:
    """Gauss nodes and weights of a distribution: exact for polynomials of a degree below 2 `count`.

    By Stieltjes' procedure on a fine sum and the eigenvalues of the Jacobi matrix (Golub and Welsch 1969,
    10.2307/2004418). None if the fine sum does not match the distribution's mean and variance.
    """
    x, w = legendre(12)
    left = np.arange(-MAX_SCORE, MAX_SCORE, SCORE_STEP)
    z = (left[:, None] + SCORE_STEP / 2 * (1.0 + x)).ravel()
    chance = np.exp(-0.5 * z * z) * np.tile(w, len(left))
    chance /= chance.sum()
    value = marginal.inverse(at_scores(z))
    mean, variance = marginal.moments()
    sd = float(np.sqrt(variance))
    if not (np.isfinite(value).all() and np.isfinite(variance)):
        return None
    if sd == 0:
        return np.array([mean]), np.ones(1)
    value = (value - mean) / sd
    if abs(chance @ value) > MOMENT_TOLERANCE or abs(chance @ value**2 - 1) > MOMENT_TOLERANCE:
        return None
    diagonal: list[float] = []
    side: list[float] = []
    before, now = np.zeros_like(value), np.ones_like(value)
    for _ in range(count):
        diagonal.append(float(chance @ (value * now * now)))
        after = (value - diagonal[-1]) * now - (side[-1] if side else 0.0) * before
        size = float(np.sqrt(chance @ after**2))
        if size < MIN_POLYNOMIAL_NORM:
            break
        side.append(size)
        before, now = now, after / size
    between = np.diag(side[: len(diagonal) - 1], 1)
    nodes, vectors = np.linalg.eigh(np.diag(diagonal) + between + between.T)
    return mean + sd * nodes, vectors[0] ** 2


def _means(
    session: Session,
    outputs: Outputs,
    base: Floats,
    coins: list[int],
    parameters: list[int],
    axes: list[Floats],
) -> Floats:
    """The coins' means (values, coins) at each value of the shared parameters."""
    grid = np.stack([part.ravel() for part in np.meshgrid(*axes, indexing="ij")], axis=1)
    theta = np.zeros((len(grid), len(session.circuit.parameters)))
    theta[:, parameters] = grid
    programs = np.array([outputs.coins[coin].program for coin in coins], np.int32)
    found = evaluate(session.circuit, programs, theta)
    chances = [i for i, coin in enumerate(coins) if coin < len(session.circuit.coins)]
    if not (
        (found[:, chances] >= -PROBABILITY_ROUNDING) & (found[:, chances] <= 1 + PROBABILITY_ROUNDING)
    ).all():
        raise EntangledError("a probability leaves its bounds at a parameter value that can occur")
    m = np.repeat(base, len(grid), axis=0)
    m[:, coins] = found
    return m
