"""Polynomials over a box in Bernstein's form, and their proven minima.

A polynomial of degree d_i in each variable over the unit box is a sum of c[k] prod_i B(k_i, d_i; x_i), where
the B are non-negative and sum to 1. So its values lie between the smallest and the largest coefficient, and
coefficients at the corners of the array are its values at the corners of the box: if the smallest is at a
corner, it is the minimum. Else the box is halved; the bounds converge quadratically.

Garloff 1986, Convergent bounds for the range of multivariate polynomials (10.1007/3-540-16437-5_5).
"""

import heapq
import itertools
from collections.abc import Sequence
from math import comb
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MAX_DEGREE = 16  # above it, coefficients lose more than four digits to rounding


class Minimum(NamedTuple):
    """A minimum over the unit box: a proven lower `bound`, and the `value` at `point`."""

    bound: float
    value: float
    point: Floats


def nodes(degree: int) -> Floats:
    """The points at which a polynomial of this degree in one variable is evaluated: Chebyshev extrema."""
    if degree == 0:
        return np.array([0.5])
    return np.asarray((1 - np.cos(np.pi * np.arange(degree + 1) / degree)) / 2)


def grid(degrees: Sequence[int]) -> Floats:
    """The points (points, variables) of the unit box at which `coefficients` takes values."""
    axes = [nodes(degree) for degree in degrees]
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)


def coefficients(values: Floats, degrees: Sequence[int]) -> Floats:
    """Bernstein coefficients (degree + 1 along each variable) of a polynomial from values on `grid`."""
    c = values.reshape([degree + 1 for degree in degrees])
    for axis, degree in enumerate(degrees):
        if degree < 2:
            continue  # at the ends, values are coefficients
        x = nodes(degree)
        basis = np.stack(
            [comb(degree, k) * x**k * (1 - x) ** (degree - k) for k in range(degree + 1)], axis=1
        )
        c = np.moveaxis(np.tensordot(np.linalg.inv(basis), c, axes=(1, axis)), 0, axis)
    return c


def minimum(c: Floats, *, tolerance: float, boxes: int) -> Minimum:
    """The minimum of the polynomial with these coefficients over the unit box.

    Boxes are halved, the most promising first, until value and bound are within `tolerance`, or until `boxes`
    have been visited. Only variables of degree 2 or more are halved.
    """
    dimensions = c.ndim
    curved = [axis for axis in range(dimensions) if c.shape[axis] > 2]
    order = itertools.count()  # equal bounds: the older first
    best, point = _corner(c, np.zeros(dimensions), np.ones(dimensions))
    low, high = np.zeros(dimensions), np.ones(dimensions)
    heap = [(float(c.min()), next(order), c, low, high)]
    for _ in range(boxes):
        bound, _, here, low, high = heap[0]
        if best - bound <= tolerance or not curved:
            break
        heapq.heappop(heap)
        axis = max(curved, key=lambda a: float(np.abs(np.diff(here, 2, axis=a)).max()))
        middle = (low[axis] + high[axis]) / 2
        for half, side in enumerate(halves(here, axis)):
            low_, high_ = low.copy(), high.copy()
            (high_ if half == 0 else low_)[axis] = middle
            value, at = _corner(side, low_, high_)
            if value < best:
                best, point = value, at
            heapq.heappush(heap, (float(side.min()), next(order), side, low_, high_))
    return Minimum(min(heap[0][0], best), best, point)


def halves(c: Floats, axis: int) -> tuple[Floats, Floats]:
    """Coefficients over the lower and the upper half of the box along a variable (de Casteljau)."""
    rows = list(np.moveaxis(c, axis, 0))
    left, right = [rows[0]], [rows[-1]]
    while len(rows) > 1:
        rows = [(a + b) / 2 for a, b in itertools.pairwise(rows)]
        left.append(rows[0])
        right.append(rows[-1])
    return np.moveaxis(np.stack(left), 0, axis), np.moveaxis(np.stack(right[::-1]), 0, axis)


def _corner(c: Floats, low: Floats, high: Floats) -> tuple[float, Floats]:
    """The smallest value at a corner, and the corner."""
    corners = c[tuple(slice(None, None, max(size - 1, 1)) for size in c.shape)]
    at = np.unravel_index(int(corners.argmin()), corners.shape)
    return float(corners[at]), np.where(np.array(at, np.int64) == 0, low, high)
