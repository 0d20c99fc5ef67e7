"""What the story costs: the expected loss, by one route for all that tells it."""

from dataclasses import dataclass

import numpy as np

from sensa.engines.protocol import EngineRefusal
from sensa.kernels.program import Floats
from sensa.methods.conditional_means import Rest
from sensa.sampling.estimates import Estimate, deviation, heavy_tailed, spread
from sensa.sampling.parameters import evaluate
from sensa.session import Session
from sensa.variance.moments import EntangledError, credence_layer
from sensa.variance.outputs import outputs

HEAVY = (
    "the loss has so heavy a tail that its sampled mean and spread, and their errors, are not to be trusted"
)


@dataclass(frozen=True)
class Expected:
    """The expected loss and how it was computed."""

    replicates: Floats  # in each independent replicate; one where it is exact
    sampled: bool  # over values of what moves it, and not by their means
    heavy: bool  # sampled, and with a tail in which a few values decide
    world: float = 0.0  # what one world more or less would make of it, where worlds are sampled

    @property
    def loss(self) -> Estimate:
        """The mean and its standard error."""
        return spread(self.replicates)


def expected_loss(session: Session) -> Expected | None:
    """E loss, or none where no loss is stated.

    Where each loss is linear in numbers that move no draw, these stand at their means and only how likely
    the story ends so may be sampled. Else the loss is sampled as a whole, and where few values decide its
    mean that is said (`heavy`).
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
    """The standard deviation over the parameters of the loss (points,) expected at each, and if it is exact.

    Exact where each number moves one draw or losses alone, by the variances of Sobol' indices; else that of
    the values.
    """
    found = outputs(session, "credence") if session.ends.way == "exact" else None
    if found is None or found.loss is None:
        return deviation(values), not session.circuit.parameters
    covariances = found.covariances(session)
    if isinstance(covariances, EngineRefusal):
        return deviation(values), False
    try:
        layer = credence_layer(session, found)
    except EntangledError:
        return deviation(values), False
    variance = covariances.variances(layer.m, layer.v)[0, found.loss]
    exact: Floats = np.sqrt(np.where(deviation(values) > 0, variance, 0.0))
    return exact, True
