"""Sums of outcomes, and shares of such sums: what every report and measure of how a story ends takes."""

import numpy as np
import numpy.typing as npt

from sensa.kernels.program import Floats
from sensa.results import UNDEFINED
from sensa.sampling.estimates import Estimate, Interval, of_unmet, spread
from sensa.session import Session

Bools = npt.NDArray[np.bool_]


def summed(session: Session, together: Floats) -> tuple[Estimate, Interval]:
    """Sums of outcomes by a matrix (outcomes, k) of 0 and 1: their means with errors, and 95 % intervals."""
    by_kind = session.by_outcome[: len(session.circuit.roots)] @ together
    total, between = spread(session.totals.by_root @ by_kind), session.totals.interval(by_kind)
    ended = session.ended
    again = ended.refined @ together > 0  # kinds with a refined outcome are the sums of their outcomes
    mean = np.where(again, ended.mean @ together, total.mean)
    low = np.where(again, ended.low @ together, between.low)
    high = np.where(again, np.minimum(ended.high @ together, 1.0), between.high)
    error = np.where(again, np.sqrt(ended.error**2 @ together), of_unmet(total.error, total.mean, high))
    rare = ended.rare @ together
    low, high = np.maximum(low - rare, np.minimum(low, 0.0)), np.minimum(high + rare, np.maximum(high, 1.0))
    return Estimate(mean, np.maximum(error, rare)), Interval(low, high)


def share(session: Session, some: Bools, among: Bools) -> tuple[float, float]:
    """P(some outcomes | these outcomes), masks (outcomes,), as a ratio of means, and its standard error.

    Not defined (NaN) if none of the latter is possible, or no sampled world meets one. What no sampled world
    met counts with its upper limit in the error.
    """
    ended = session.ended
    means = session.totals.by_root @ session.by_outcome[: len(session.circuit.roots)]
    means[:, ended.refined] = ended.mean[ended.refined]
    weight, part = means[:, among].sum(axis=1), means[:, some & among].sum(axis=1)
    if weight.sum() <= 0:
        return UNDEFINED, UNDEFINED
    value = part.sum() / weight.sum()
    unseen = (ended.mean == 0) & ~ended.refined
    by_rare = np.linalg.norm(((some - value) * ended.error)[among & (ended.refined | unseen)])
    return float(value), float(np.hypot(spread(part - value * weight).error, by_rare) / weight.mean())
