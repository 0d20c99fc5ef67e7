"""The expected loss, computed in one place for all reports."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sensa.circuit import Circuit
from sensa.kernels.program import Floats
from sensa.methods.conditional_means import Rest
from sensa.methods.loss_amounts import amounts
from sensa.sampling.estimates import Estimate, Interval, deviation, heavy_tailed, spread
from sensa.sampling.parameters import evaluate
from sensa.sampling.rare_outcomes import Ended
from sensa.sampling.run import RARE_PROBABILITY
from sensa.session import Session
from sensa.variance.exact_indices import lone_indices
from sensa.variance.moments import EntangledError, covariances_of, credence_layer
from sensa.variance.sobol_outputs import outputs

MAX_RARE_LOSS = 0.01  # of the expected loss: what rare outcomes may cost where its spread is estimated
HEAVY = (
    "the loss has so heavy a tail that its sampled mean and spread, and their errors, are not to be trusted"
)


@dataclass(frozen=True)
class Expected:
    """The expected loss and how it was computed."""

    replicates: Floats  # in each independent replicate; one if exact
    sampled: bool  # over parameter values, not at their means
    heavy: bool  # sampled, and with a tail in which a few values dominate
    world: float = 0.0  # the change by one world more or less, if worlds are sampled
    refined_error: float = 0.0  # by rare outcomes that are estimated on their own, and by rare numbers

    @property
    def loss(self) -> Estimate:
        """The mean and its standard error."""
        found = spread(self.replicates)
        return Estimate(found.mean, np.hypot(found.error, self.refined_error))


def expected_loss(session: Session, ended: Ended | None = None) -> Expected | None:
    """The expected loss, or None if no loss is stated.

    If each loss is linear in numbers that move no draw, these are at their means, and only the outcomes'
    probabilities may be sampled. Else the loss is sampled as a whole, and `heavy` says whether few values
    dominate its mean; in both cases also whether they may, and are too rare for the worlds. With `ended`,
    rare outcomes cost what they do by its refined probabilities: worlds in which they are never met tell
    nothing of them.
    """
    losses = session.circuit.losses
    if not losses:
        return None
    rest = Rest(session, ())
    programs = np.array([loss.program for loss in losses], np.int32)
    costs = evaluate(session.circuit, programs, rest.certain)[0]
    if rest.losses_decided:
        totals = session.totals
        sampled = session.how(session.ends) != "exact"
        world = _world(costs, totals.worlds.count)
        if ended is None:
            return Expected(totals.by_loss @ costs, sampled, False, world)
        chances, error = refined_chances(session.circuit, totals.by_loss, costs, ended)
        again = [column for _, own in _refined_losses(session.circuit, costs, ended) for column in own]
        unseen = rare_costs(
            session, np.where(ended.refined, 1.0, ended.mean), Interval(ended.low, ended.high)
        )
        return Expected(
            chances @ costs,
            sampled,
            unseen > MAX_RARE_LOSS * abs(float((chances @ costs).mean())),
            _world(np.delete(costs, again), totals.worlds.count),
            float(np.hypot(np.linalg.norm(error * costs), _by_rare_numbers(session, ended))),
        )
    samples = session.samples
    assert samples.loss is not None
    assert samples.mean_loss is not None
    sampled = bool(session.circuit.parameters)
    by_outcome = session.by_outcome[: len(session.circuit.roots)]
    found, between = spread(session.totals.by_root @ by_outcome), session.totals.interval(by_outcome)
    unseen = rare_costs(session, found.mean, between) > MAX_RARE_LOSS * abs(samples.mean_loss.mean())
    heavy = heavy_tailed(samples.loss) or bool(unseen)
    rare = 0.0 if ended is None else _by_rare_numbers(session, ended)
    return Expected(samples.mean_loss, sampled, heavy, _world(costs, samples.worlds), rare)


def _by_rare_numbers(session: Session, ended: Ended) -> float:
    """What the loss may lack by outcomes that need values of numbers too rare for the sample."""
    rare = np.flatnonzero(ended.rare)
    if not rare.size:
        return 0.0
    most = np.abs(amounts(session, {})).max(axis=0).tolist()
    costs = dict.fromkeys(session.outcomes, 0.0)
    for loss, amount in zip(session.circuit.losses, most, strict=True):
        costs[loss.outcome] = max(costs[loss.outcome], amount)
    return float(ended.rare[rare] @ np.array(list(costs.values()))[rare])


def rare_costs(session: Session, mean: Floats, between: Interval) -> float:
    """What outcomes (outcomes,) that sampled worlds meet too rarely to show may cost."""
    if session.ends.way == "exact":
        return 0.0
    rare = (mean < RARE_PROBABILITY) & (between.low < between.high)
    chances = dict(zip(session.outcomes, np.where(rare, between.high, 0.0).tolist(), strict=True))
    most = np.abs(amounts(session, {})).max(axis=0).tolist()
    of = [(chances[one.outcome], x) for one, x in zip(session.circuit.losses, most, strict=True)]
    return max((chance * x for chance, x in of if chance), default=0.0)


def refined_chances(circuit: Circuit, by_loss: Floats, costs: Floats, ended: Ended) -> tuple[Floats, Floats]:
    """The probabilities of the losses (replicates, losses), of rare outcomes as they are estimated again.

    Also their errors (losses,), of these alone. Such an outcome that costs the same at each step counts at
    its first.
    """
    found, error = by_loss.copy(), np.zeros(len(costs))
    for i, own in _refined_losses(circuit, costs, ended):
        found[:, own] = 0.0
        found[:, own[0]], error[own[0]] = ended.mean[i], ended.error[i]
    return found, error


def _refined_losses(circuit: Circuit, costs: Floats, ended: Ended) -> Iterator[tuple[int, list[int]]]:
    """The outcomes that are estimated again and cost the same at each step, with their losses."""
    for i, end in enumerate(circuit.ends):
        own = [j for j, loss in enumerate(circuit.losses) if loss.outcome == end.name]
        if own and ended.refined[i] and np.ptp(costs[own]) == 0:
            yield i, own


def _world(costs: Floats, worlds: int) -> float:
    return float(np.abs(costs).max(initial=0.0)) / worlds if worlds else 0.0


def loss_deviation(session: Session, values: Floats) -> tuple[Floats, bool]:
    """The standard deviation of the expected loss (points,) over the parameters, and whether it is exact.

    Exact if each number moves only one draw or only losses, by the variances of Sobol' indices; else that of
    the values.
    """
    found = outputs(session, "credence") if session.ends.way == "exact" else None
    if found is None or found.loss is None:
        return deviation(values), not session.circuit.parameters
    try:
        layer = credence_layer(session, found)
        if layer.lone:
            variance = lone_indices(layer, found.engine, found.combine).variance[found.loss]
        else:
            variance = covariances_of(session, found).variances(layer.m, layer.v)[0, found.loss]
    except EntangledError:
        return deviation(values), False
    exact: Floats = np.sqrt(np.where(deviation(values) > 0, variance, 0.0))
    return exact, True
