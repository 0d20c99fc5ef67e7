"""Bounds on means over all joint distributions of some truths, each with its own probability."""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sensa.kernels.program import Floats
from sensa.results import UNDEFINED

Cases = npt.NDArray[np.bool_]  # (cases, assumptions): which are violated
TOLERANCES = (1e-10, 1e-7)  # of the linear programme: its smallest, and its default
BOTH = tuple(itertools.product((False, True), repeat=2))  # first and second violated


class Extreme(NamedTuple):
    """The minimum of a mean, the probabilities of the cases there, and its slope in each marginal."""

    value: float
    chance: Floats  # (cases,)
    slope: Floats  # (assumptions,)


def extremes(violated: Floats, cases: Cases, q: Floats) -> Extreme:
    """The minimum of sum pi q over distributions pi of the cases with these marginals.

    Shapes: violated (n,), cases (2^n, n), q (2^n,). The value is proven by the dual: no pi gives less.
    """
    from scipy.optimize import linprog  # imported late: a quarter of a second

    scale = float(np.abs(q).max()) or 1.0
    rows = np.vstack([np.ones(len(cases)), cases.T])
    right = np.concatenate([[1.0], violated])
    for tolerance in TOLERANCES:
        found = linprog(
            q / scale,
            A_eq=rows,
            b_eq=right,
            bounds=(0, None),
            method="highs-ds",
            options={"primal_feasibility_tolerance": tolerance, "dual_feasibility_tolerance": tolerance},
        )
        if found.status == 0:
            dual = np.asarray(found.eqlin.marginals)
            short = min(float((q / scale - rows.T @ dual).min()), 0.0)
            value = scale * float(dual @ right + short)
            return Extreme(value, np.maximum(np.asarray(found.x), 0.0), scale * dual[1:])
    return Extreme(UNDEFINED, np.full(len(cases), UNDEFINED), np.full(len(violated), UNDEFINED))


def nearby(chance: Floats, slope: Floats, violated: Floats, q: Floats) -> Floats:
    """Extremes (outputs,) of other marginals and values (cases, outputs), to first order but for a constant.

    Shapes: chance (outputs, cases), slope (outputs, assumptions). The slopes of a linear programme in its
    objective are its solution, and in its right side the solution of its dual.
    """
    moved: Floats = (chance * q.T).sum(axis=1) + slope @ violated
    return moved


def independent(cases: Cases, violated: Floats, q: Floats) -> Floats:
    """The means (outputs,) if the assumptions are independent."""
    found: Floats = np.where(cases, violated, 1 - violated).prod(axis=1) @ q
    return found


def couples(count: int) -> Iterator[tuple[int, int]]:
    """All pairs of so many."""
    return itertools.combinations(range(count), 2)


def of_pairs(cases: Cases, violated: Floats, q: Floats, means: Floats) -> Floats:
    """Both bounds (2, assumptions, assumptions, outputs) if two may depend on each other.

    From means (pairs, 4, outputs) with two set; on the diagonal all are independent.
    """
    count = len(violated)
    alone = independent(cases, violated, q)
    found = np.broadcast_to(alone, (2, count, count, len(alone))).copy()
    for (i, j), four in zip(couples(count), means, strict=True):
        m, n = violated[i], violated[j]
        ends = []
        for together in (max(0.0, m + n - 1), min(m, n)):
            chances = np.array([1 - m - n + together, n - together, m - together, together])
            ends.append(np.clip(chances, 0, 1) @ four)
        found[0, i, j] = found[0, j, i] = np.minimum(*ends)
        found[1, i, j] = found[1, j, i] = np.maximum(*ends)
    return found
