"""What more trials at a small scale are worth, summed over all their results."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit, gammaln, log_expit

from sensa.engines.capabilities import SupportsRanges
from sensa.methods.conditional_means import Holding
from sensa.methods.smaller_models import Nodes
from sensa.session import Session

DEGREE = 16  # of the polynomial through the risk as a function of one number


@dataclass(frozen=True)
class Answer:
    """P(catastrophic), the expected loss and the number itself, as polynomials of the number in [-1, 1]."""

    risk: np.polynomial.Chebyshev
    loss: np.polynomial.Chebyshev
    exact: bool


class Gain(NamedTuple):
    """What trials are expected to change."""

    spread: float  # of the risk as it stands: standard deviation over this number
    spread_after: float  # expected after the trials
    verdicts: tuple[float, ...]  # P(the risk is then on the other side of each limit)
    worth: float  # of the loss: at a cost of stopping equal to what going on costs now
    perfect: float  # the same for knowing the number itself


def answer(session: Session, engine: SupportsRanges, parameter: int) -> Answer:
    """The risk and the loss as functions of one number, all others in expectation."""
    holding = Holding(session, engine, (parameter,), passes=DEGREE + 1)
    x = np.polynomial.chebyshev.chebpts1(DEGREE + 1)
    means = holding(((1 + x) / 2)[:, None]).mean(axis=0)
    kinds = {outcome.name: outcome.kind for outcome in session.graph.outcomes}
    catastrophic = np.array([kinds[name] == "catastrophic" for name in session.outcomes], np.float64)
    risk, loss = (
        np.polynomial.Chebyshev(np.polynomial.chebyshev.chebfit(x, y, DEGREE))
        for y in (means[:, :-1] @ catastrophic, means[:, -1])
    )
    return Answer(risk, loss, holding.exact)


def gain(nodes: Nodes, of: Answer, limits: tuple[float, ...], *, decades: float, trials: int) -> Gain:
    """What `trials` more are worth on a model of the target's family, `decades` below the target.

    Each possible count reweights the posterior (Bayes), and the expectation over the counts is their sum: the
    expected value of sample information (Raiffa and Schlaifer 1961). At the scale of the trials the line has
    not bent.
    """
    p = 2 * expit(nodes.odds[:, None] + nodes.bend) - 1
    risk, squared, loss = (f @ nodes.bend_weight for f in (of.risk(p), of.risk(p) ** 2, of.loss(p)))
    mean, cost = float(nodes.weight @ risk), float(nodes.weight @ loss)
    odds = nodes.odds - nodes.slope * decades
    held = np.arange(trials + 1)
    choose = gammaln(trials + 1) - gammaln(held + 1) - gammaln(trials - held + 1)
    spread, worth, turned = 0.0, 0.0, np.zeros(len(limits))
    holds, fails = log_expit(odds), log_expit(-odds)
    for k in held.tolist():
        weight = nodes.weight * np.exp(choose[k] + k * holds + (trials - k) * fails)
        chance = float(weight.sum())
        if chance < 1e-14:
            continue
        then = float(weight @ risk)
        spread += np.sqrt(max(chance * float(weight @ squared) - then**2, 0.0))
        worth += max(float(weight @ loss) - cost * chance, 0.0)
        turned += [chance * ((then <= limit * chance) != (mean <= limit)) for limit in limits]
    above = np.maximum(of.loss(p) - cost, 0.0) @ nodes.bend_weight
    now = np.sqrt(max(float(nodes.weight @ squared) - mean**2, 0.0))
    return Gain(float(now), float(spread), tuple(turned.tolist()), worth, float(nodes.weight @ above))
