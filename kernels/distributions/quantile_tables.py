"""Quantile functions as piecewise polynomials of the normal score.

The inverse incomplete beta and gamma functions take 1 to 20 microseconds per value. But in the right
coordinate (log-odds, log) a quantile function is smooth in the normal score, so a few hundred exact values
and polynomials of degree 9 between them give further values in some 20 nanoseconds each. Cells are halved
until the last Chebyshev coefficients show an error of at most 1e-12 in the score; where they never do (at a
kink or a jump), the exact function is used. A table's values depend on the level only.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sensa.kernels.distributions.levels import Levels, at_scores

Floats = npt.NDArray[np.float64]

POLYNOMIAL_DEGREE = 9
MAX_SCORE = 9.0  # normal scores beyond this, of probability 2e-19, use the exact function
MAX_CELLS_PER_SCORE = 64  # smallest cells per unit of score
SCORE_TOLERANCE = 1e-12  # in normal score
RELATIVE_ROUNDING = 64 * np.finfo(np.float64).eps

_NODES = np.cos(np.pi * (np.arange(POLYNOMIAL_DEGREE + 1) + 0.5) / (POLYNOMIAL_DEGREE + 1))[::-1].copy()
_ORDER = np.arange(POLYNOMIAL_DEGREE + 1)
_CHEBYSHEV = (
    (2.0 - (_ORDER == 0))[:, None] / (POLYNOMIAL_DEGREE + 1) * np.cos(_ORDER[:, None] * np.arccos(_NODES))
)


def _monomials() -> Floats:
    """Rows: the coefficients of each Chebyshev polynomial by power."""
    rows = np.zeros((POLYNOMIAL_DEGREE + 1, POLYNOMIAL_DEGREE + 1))
    rows[0, 0] = rows[1, 1] = 1.0
    for n in range(2, POLYNOMIAL_DEGREE + 1):
        rows[n, 1:] = 2.0 * rows[n - 1, :-1]
        rows[n] -= rows[n - 2]
    return rows


_POWERS = _monomials()


class Table(NamedTuple):
    """A tabulated function of the normal score on [-REACH, REACH]."""

    cell: npt.NDArray[np.int32]  # the polynomial of each of the finest cells, or -1
    middle: Floats  # (polynomial,)
    scale: Floats  # (polynomial,): 1 / half the cell's width
    powers: Floats  # (POLYNOMIAL_DEGREE + 1, polynomial): coefficients by power


def tabulate(exact: Callable[[Levels], Floats]) -> Table:
    """The table of a quantile function in its coordinate; `exact` is evaluated 200 to 4,000 times."""
    cell = np.full(int(2 * MAX_SCORE) * MAX_CELLS_PER_SCORE, -1, np.int32)
    left = np.arange(-MAX_SCORE, MAX_SCORE)
    width = 1.0
    middles, scales, powers, made = [], [], [], 0
    while len(left) and width * MAX_CELLS_PER_SCORE >= 1.0:
        middle = left + width / 2
        z = middle[:, None] + _NODES * (width / 2)
        y = exact(at_scores(z.ravel())).reshape(z.shape)
        good, chebyshev = _fit(z, y)
        for number, start in enumerate(left[good]):
            first = round((start + MAX_SCORE) * MAX_CELLS_PER_SCORE)
            cell[first : first + round(width * MAX_CELLS_PER_SCORE)] = made + number
        made += int(good.sum())
        middles.append(middle[good])
        scales.append(np.full(int(good.sum()), 2.0 / width))
        powers.append((chebyshev[good] @ _POWERS).T)
        width /= 2
        left = np.concatenate([left[~good], left[~good] + width])
    return Table(cell, np.concatenate(middles), np.concatenate(scales), np.concatenate(powers, axis=1))


def _fit(z: Floats, y: Floats) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Chebyshev coefficients of each cell, and whether they are accurate enough."""
    chebyshev = y @ _CHEBYSHEV.T
    slope = np.min(np.diff(y, axis=1) / np.diff(z, axis=1), axis=1)
    left_over = np.abs(chebyshev[:, -1]) + np.abs(chebyshev[:, -2])
    allowed = SCORE_TOLERANCE * slope + RELATIVE_ROUNDING * np.max(np.abs(y), axis=1)
    flat = np.ptp(y, axis=1) == 0
    return np.isfinite(left_over) & (flat | ((slope > 0) & (left_over <= allowed))), chebyshev


def look_up(table: Table, levels: Levels, exact: Callable[[Levels], Floats]) -> Floats:
    """The tabulated function at these levels, from `exact` where the table has no polynomial."""
    z = levels.score
    place = np.clip((z + MAX_SCORE) * MAX_CELLS_PER_SCORE, -1.0, len(table.cell)).astype(np.int64)
    beyond = (z < -MAX_SCORE) | (z >= MAX_SCORE)
    cell = table.cell[np.where(beyond, 0, place)].astype(np.int64)
    t = (z - table.middle[cell]) * table.scale[cell] if len(table.middle) else z
    if len(table.middle):
        y: Floats = table.powers[POLYNOMIAL_DEGREE][cell]
        for power in range(POLYNOMIAL_DEGREE - 1, -1, -1):
            y *= t
            y += table.powers[power][cell]
    else:
        y = np.empty(len(z))
    missing = beyond | (cell < 0)
    if missing.any():
        y[missing] = exact(levels[missing])
    return y


def tabulated(exact: Callable[[Levels], Floats]) -> Callable[[Levels], Floats]:
    """`exact`, from a table that is made on first use."""
    made: list[Table] = []

    def inverse(levels: Levels) -> Floats:
        if not made:
            made.append(tabulate(exact))
        return look_up(made[0], levels, exact)

    return inverse
