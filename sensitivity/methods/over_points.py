"""Outcomes and the loss at each parameter value of a run, as far as worlds show them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sensa.engines.protocol import Engine
from sensa.kernels.program import Floats
from sensa.methods.expected_loss import MAX_RARE_LOSS, Expected, rare_costs
from sensa.results import QUANTILES, UNDEFINED
from sensa.sampling.estimates import Estimate, Interval
from sensa.sampling.loss_values import loss_values
from sensa.sampling.run import RARE_PROBABILITY
from sensa.session import Session

MIN_WORLDS = 100  # that meet a rare outcome: fewer say little of when


def at_points(session: Session, combine: Floats) -> Floats:
    """Sums (points, k) of outcomes by a matrix (outcomes, k) of 0 and 1, at each parameter value.

    Without parameters they are the means. NaN where sampled worlds do not show how they vary; see
    `as_shown`.
    """
    if session.ends.way == "exact":
        return session.samples.q @ combine
    mean, known = session.ended.mean @ combine, session.ended.low == session.ended.high
    return as_shown(session, session.ends, session.samples.q @ combine, mean, ~combine[~known].any(axis=0))


def as_shown(
    session: Session, engine: Engine, values: Floats, mean: Floats, known: npt.NDArray[np.bool_]
) -> Floats:
    """Probabilities (points, k) at each parameter value, without what sampled worlds cannot show.

    Without parameters, each is its mean (k,). What sampled worlds meet, or miss, less often than once in
    10,000 is not met often enough at one value to tell how it varies: NaN, unless it is `known` (k,).
    """
    if engine.way == "exact":
        return values
    if not session.circuit.parameters:
        return mean[None]
    rare = ~known & (np.minimum(mean, 1.0 - mean) < RARE_PROBABILITY)
    return np.where(rare, UNDEFINED, values)


def quantile_errors(engine: Engine, levels: Estimate, error: Floats) -> Floats:
    """Errors (…, quantiles) of quantiles over the parameters, from those (quantiles, …) of the replicates.

    If worlds are sampled, at least the mean's `error` (…,), which is in all values.
    """
    if engine.way == "exact":
        return levels.error.T
    return np.maximum(levels.error.T, np.asarray(error)[..., None])


def unshown(session: Session) -> list[str]:
    """The outcomes that are too rare for the worlds at each parameter value."""
    found = at_points(session, np.eye(len(session.outcomes)))
    return [name for i, name in enumerate(session.outcomes) if np.isnan(found[:, i]).any()]


def by_step(session: Session, combine: Floats) -> Floats:
    """P(the story ends so at a step) (k, steps), for sums of outcomes by a matrix (outcomes, k) of 0 and 1.

    They add up to the mean. A rare sum that is estimated again has the shares of the worlds that met it; NaN
    where these are few, unless it has one step only.
    """
    found = np.zeros((len(session.outcomes), len(session.circuit.steps)))
    possible = np.zeros_like(found)
    for root, value in zip(session.circuit.roots, session.totals.by_root.mean(axis=0), strict=True):
        place = session.outcomes.index(root.outcome), root.step
        found[place] += value
        possible[place] = 1.0
    summed, at = combine.T @ found, combine.T @ possible > 0
    total = summed.sum(axis=1, keepdims=True)
    again = (session.ended.refined @ combine > 0) & (total[:, 0] < RARE_PROBABILITY)
    few = (total * session.totals.worlds.count < MIN_WORLDS) & (at.sum(axis=1, keepdims=True) > 1)
    shares = np.divide(summed, total, out=at / np.maximum(at.sum(axis=1, keepdims=True), 1), where=total > 0)
    means = (session.ended.mean @ combine)[:, None] * np.where(few & at, UNDEFINED, shares)
    return np.where(again[:, None], means, summed)


def quantiles_of_loss(
    session: Session, expected: Expected, levels: Sequence[float] = QUANTILES
) -> tuple[Floats, Floats]:
    """Quantiles of the expected loss over the parameters, and their errors; see `losses_at_points`."""
    samples, values = session.samples, losses_at_points(session, expected)
    found = samples.sources.quantiles(values, levels, _amounts(session) if samples.worlds else (0.0, 0.0))
    return found.mean, quantile_errors(session.ends, found, expected.loss.error)


def _amounts(session: Session) -> tuple[float, float]:
    """The least and the greatest loss at the points of the run; an outcome that states none loses nothing."""
    effort = session.budget.effort(session.ends, spread=True)
    found = [loss_values(session.circuit, block.theta) for block in session.points.blocks(effort.points)]
    losses = np.concatenate(found)
    return float(losses.min(initial=0.0)), float(losses.max(initial=0.0))


def losses_at_points(session: Session, expected: Expected) -> Floats:
    """The expected loss (points,) at each parameter value; the mean without parameters.

    NaN if more than a hundredth of it may be from outcomes that sampled worlds meet too rarely.
    """
    loss = session.samples.loss
    assert loss is not None
    if session.ends.way == "exact":
        return loss
    if not session.circuit.parameters:
        return np.array([expected.loss.mean])
    ended = session.ended
    unseen = rare_costs(session, ended.mean, Interval(ended.low, ended.high))
    unknown = unseen > MAX_RARE_LOSS * abs(expected.loss.mean)
    return np.full_like(loss, UNDEFINED) if unknown else loss
