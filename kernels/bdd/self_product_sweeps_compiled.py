"""The sweeps of `self_product_sweeps` in compiled code, for large work: the same to the last bit."""

from typing import NamedTuple

import numpy as np

from sensa.kernels.bdd.pairs import FIRST, SAME, SelfProduct
from sensa.kernels.jit import njit
from sensa.kernels.program import Floats, Ints


class _Plan(NamedTuple):
    """Diagram and pairs, as the kernels read them."""

    variable: Ints
    low: Ints
    high: Ints
    rows: Ints  # (pairs, 9), as the columns of `Pairs`


def _plan(product: SelfProduct) -> _Plan:
    diagram = product.diagram
    rows = np.ascontiguousarray(np.stack(product.pairs, axis=1))
    return _Plan(diagram.variable, diagram.low, diagram.high, rows)


@njit(nogil=True)
def _means(plan: _Plan, m: Floats, means: Floats, steep: Floats) -> None:
    first = 2 + m.size
    means[0] = 0.0
    means[1] = 1.0
    means[2:first] = m
    steep[:first] = 1.0
    for i in range(plan.variable.size):
        p, below, above = means[plan.variable[i]], means[plan.low[i]], means[plan.high[i]]
        means[first + i] = (1.0 - p) * below + p * above
        steep[first + i] = above - below


@njit(nogil=True)
def _forward(plan: _Plan, shared: Floats, means: Floats, steep: Floats, c: Floats) -> None:
    c[0] = 0.0
    own = 1 + shared.size
    c[1:own] = shared
    for j in range(plan.rows.shape[0]):
        row = plan.rows[j]
        p = means[row[1]]
        if row[0] == SAME:
            v = c[row[4]]
            q = 1.0 - p
            mixed = (p * q - v) * (c[row[6] >> 1] + c[row[7] >> 1])
            d = v * (steep[row[2]] * steep[row[3]])
            c[own + j] = (q * q + v) * c[row[5] >> 1] + mixed + (p * p + v) * c[row[8] >> 1] + d
        else:
            d = steep[row[2]] if row[0] == FIRST else steep[row[3]]
            c[own + j] = (1.0 - p) * c[row[5] >> 1] + p * c[row[8] >> 1] + d * c[row[6] >> 1]


@njit(nogil=True)
def _forward_apart(plan: _Plan, shared: Floats, means: Floats, steep: Floats, c: Floats) -> None:
    """As `_forward`, with a row of `means`, `steep` and `c` for each copy or order of the copies."""
    own = 1 + shared.size
    for way in range(2):
        c[way, 0] = 0.0
        c[way, 1:own] = shared
    for j in range(plan.rows.shape[0]):
        row = plan.rows[j]
        for way in range(2):
            low = c[way ^ (row[5] & 1), row[5] >> 1]
            mixed = c[way ^ (row[6] & 1), row[6] >> 1]
            high = c[way ^ (row[8] & 1), row[8] >> 1]
            if row[0] == SAME:
                v, p, r = c[way, row[4]], means[way, row[1]], means[1 - way, row[1]]
                turned = c[way ^ (row[7] & 1), row[7] >> 1]
                value = ((1.0 - p) * (1.0 - r) + v) * low + ((1.0 - p) * r - v) * mixed
                value += (p * (1.0 - r) - v) * turned + (p * r + v) * high
                value += v * (steep[way, row[2]] * steep[1 - way, row[3]])
            else:
                side = way if row[0] == FIRST else 1 - way
                p = means[side, row[1]]
                d = steep[side, row[2] if row[0] == FIRST else row[3]]
                value = (1.0 - p) * low + p * high + d * mixed
            c[way, own + j] = value


@njit(nogil=True)
def _down(plan: _Plan, coins: int, c: Floats, adjoint: Floats, means: Floats, steep: Floats) -> None:
    for j in range(plan.rows.shape[0] - 1, -1, -1):
        a = adjoint[1 + coins + j]
        if a == 0.0:
            continue
        row = plan.rows[j]
        p = means[row[1]]
        c00, c01, c10, c11 = row[5] >> 1, row[6] >> 1, row[7] >> 1, row[8] >> 1
        if row[0] == SAME:
            v, q = c[row[4]], 1.0 - p
            mixed = (p * q - v) * a
            adjoint[row[4]] += a * ((c[c00] - c[c01] - c[c10] + c[c11]) + steep[row[2]] * steep[row[3]])
            adjoint[c00] += (q * q + v) * a
            adjoint[c01] += mixed
            adjoint[c10] += mixed
            adjoint[c11] += (p * p + v) * a
        else:
            d = steep[row[2]] if row[0] == FIRST else steep[row[3]]
            adjoint[c00] += (1.0 - p) * a
            adjoint[c11] += p * a
            adjoint[c01] += d * a


@njit(nogil=True)
def _all_forward(plan: _Plan, asked: Ints, m: Floats, v: Floats, result: Floats) -> None:
    slots = 2 + v.shape[1] + plan.variable.size
    means, steep = np.empty(slots), np.empty(slots)
    c = np.empty(1 + v.shape[1] + plan.rows.shape[0])
    for design in range(v.shape[0]):
        if design == 0 or m.shape[0] > 1:
            _means(plan, m[design], means, steep)
        _forward(plan, v[design], means, steep, c)
        for i in range(asked.size):
            result[design, i] = c[asked[i] >> 1]


@njit(nogil=True)
def _all_apart(plan: _Plan, asked: Ints, m: Floats, other: Floats, v: Floats, result: Floats) -> None:
    slots = 2 + v.shape[1] + plan.variable.size
    means, steep = np.empty((2, slots)), np.empty((2, slots))
    c = np.empty((2, 1 + v.shape[1] + plan.rows.shape[0]))
    for design in range(v.shape[0]):
        if design == 0 or m.shape[0] > 1:
            _means(plan, m[design], means[0], steep[0])
        if design == 0 or other.shape[0] > 1:
            _means(plan, other[design], means[1], steep[1])
        _forward_apart(plan, v[design], means, steep, c)
        for i in range(asked.size):
            result[design, i] = c[asked[i] & 1, asked[i] >> 1]


@njit(nogil=True)
def _all_down(
    plan: _Plan, asked: Ints, signed: Floats, m: Floats, v: Floats, values: Floats, slopes: Floats
) -> None:
    coins = v.shape[1]
    slots = 2 + coins + plan.variable.size
    means, steep = np.empty(slots), np.empty(slots)
    c = np.empty(1 + coins + plan.rows.shape[0])
    adjoint = np.empty(c.size)
    for design in range(v.shape[0]):
        if design == 0 or m.shape[0] > 1:
            _means(plan, m[design], means, steep)
        _forward(plan, v[design], means, steep, c)
        for k in range(signed.shape[0]):
            adjoint[:] = 0.0
            total = 0.0
            for i in range(asked.size):
                total += signed[k, i] * c[asked[i] >> 1]
                adjoint[asked[i] >> 1] += signed[k, i]
            _down(plan, coins, c, adjoint, means, steep)
            values[design, k] = total
            slopes[design, k] = adjoint[1 : 1 + coins]


def covariances(product: SelfProduct, m: Floats, v: Floats, other: Floats | None = None) -> Floats:
    """The same numbers as `sensa.kernels.bdd.self_product_sweeps.covariances`."""
    result = np.empty((len(v), len(product.asked)))
    plan, m, v = _plan(product), np.ascontiguousarray(m), np.ascontiguousarray(v)
    if other is None:
        _all_forward(plan, product.asked, m, v, result)
    else:
        _all_apart(plan, product.asked, m, np.ascontiguousarray(other), v, result)
    return result * product.sign


def gradients(product: SelfProduct, m: Floats, v: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The same numbers as `sensa.kernels.bdd.self_product_sweeps.gradients`."""
    values = np.empty((len(v), len(weights)))
    slopes = np.empty((len(v), len(weights), v.shape[1]))
    signed = np.ascontiguousarray(weights * product.sign)
    m, v = np.ascontiguousarray(m), np.ascontiguousarray(v)
    _all_down(_plan(product), product.asked, signed, m, v, values, slopes)
    return values, slopes
