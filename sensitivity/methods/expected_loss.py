"""The expected loss, computed in one place for all reports."""

from dataclasses import dataclass

import numpy as np

from sensa.kernels.program import Floats
from sensa.methods.conditional_means import Rest
from sensa.sampling.estimates import Estimate, deviation, heavy_tailed, spread
from sensa.sampling.parameters import evaluate
from sensa.session import Session
from sensa.variance.moments import EntangledError, covariances_of, credence_layer
from sensa.variance.sobol_outputs import outputs

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

    @property
    def loss(self) -> Estimate:
        """The mean and its standard error."""
        return spread(self.replicates)


def expected_loss(session: Session) -> Expected | None:
    """The expected loss, or None if no loss is stated.

    If each loss is linear in numbers that move no draw, these are at their means, and only the outcomes'
    probabilities may be sampled. Else the loss is sampled as a whole, and `heavy` says whether few values
    dominate its mean.
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
        return Expected(totals.by_loss @ costs, sampled, False, _world(costs, totals.worlds.count))
    samples = session.samples
    assert samples.loss is not None
    assert samples.mean_loss is not None
    sampled, heavy = bool(session.circuit.parameters), heavy_tailed(samples.loss)
    return Expected(samples.mean_loss, sampled, heavy, _world(costs, samples.worlds))


def _world(costs: Floats, worlds: int) -> float:
    return float(np.abs(costs).max()) / worlds if worlds else 0.0


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
        covariances = covariances_of(session, found)
    except EntangledError:
        return deviation(values), False
    variance = covariances.variances(layer.m, layer.v)[0, found.loss]
    exact: Floats = np.sqrt(np.where(deviation(values) > 0, variance, 0.0))
    return exact, True
