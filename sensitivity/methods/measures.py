"""The values of a story's measures: `P(X)`, `P(X | Y)` and `loss`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensa.kernels.program import Floats
from sensa.methods.expected_loss import HEAVY, expected_loss
from sensa.results import UNDEFINED, How
from sensa.sampling.estimates import ROUNDING, spread
from sensa.session import Session


@dataclass(frozen=True, eq=False)
class Averages:
    """Values (measures,) over the parameters and worlds, and their standard errors."""

    value: Floats
    error: Floats
    how: How
    note: str = ""


def averages(session: Session, measures: Sequence[str]) -> Averages:
    """The value of each measure of the session's circuit, by its text.

    A conditional probability is the ratio of the means, undefined (NaN) if its condition is impossible.
    """
    gates = [session.circuit.measures[text] for text in measures]
    asked = [gate for one in gates for gate in (one.joint, one.given) if gate is not None]
    engine = session.engine(asked) if asked else session.ends
    each = session.replicated(engine)[:, 0] if asked else np.empty((1, 0))
    loss = expected_loss(session, session.ended) if any(one.joint is None for one in gates) else None
    values, errors, at = [], [], 0
    for one in gates:
        if one.joint is None:
            values.append(UNDEFINED if loss is None else float(loss.loss.mean))
            errors.append(UNDEFINED if loss is None else float(loss.loss.error))
            continue
        value, error = ratio(each[:, at], each[:, at + 1])
        at += 2
        values.append(value)
        errors.append(error)
    how = session.how(engine)
    sampled = loss is not None and loss.sampled and how == "exact"
    return Averages(
        np.array(values, np.float64),
        np.array(errors, np.float64),
        "parameters-sampled" if sampled else how,
        HEAVY if loss is not None and loss.heavy else "",
    )


def ratio(joint: Floats, given: Floats) -> tuple[float, float]:
    """The ratio of two means over replicates, with its standard error by the delta method.

    The error is that of joint - ratio given, over the mean of given (Cochran 1977, Sampling Techniques, 6.4),
    and 0 if that varies by rounding only.
    """
    below = float(given.mean())
    if below <= 0:
        return UNDEFINED, UNDEFINED
    value = float(joint.mean()) / below
    left = joint - value * given
    if np.ptp(left) <= ROUNDING * np.abs(joint).max():
        return value, 0.0
    return value, float(spread(left).error) / below
