"""The values of a story's measures: `P(X)`, `P(X | Y)` and `loss`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensa.graph import Ends
from sensa.kernels.program import Floats
from sensa.methods.expected_loss import HEAVY, expected_loss
from sensa.methods.sums_of_outcomes import Bools, share, summed
from sensa.results import UNDEFINED, How
from sensa.sampling.estimates import ROUNDING, spread
from sensa.session import Session

WAYS: tuple[How, ...] = ("exact", "parameters-sampled", "worlds-sampled")  # the later, the more is sampled


@dataclass(frozen=True, eq=False)
class Averages:
    """Values (measures,) over the parameters and worlds, and their standard errors."""

    value: Floats
    error: Floats
    how: How
    note: str = ""


def averages(session: Session, measures: Sequence[str]) -> Averages:
    """The value of each measure of the session's circuit, by its text.

    A conditional probability is the ratio of the means, undefined (NaN) if its condition is impossible. What
    asks for nothing but outcomes is what the analyses of outcomes say, from the same points and worlds.
    """
    gates = [session.circuit.measures[text] for text in measures]
    ends = [_ends(session, text) for text in measures]
    others = [one for one, end in zip(gates, ends, strict=True) if end is None]
    asked = [gate for one in others for gate in (one.joint, one.given) if gate is not None]
    engine = session.engine(asked) if asked else session.ends
    each = session.replicated(engine)[:, 0] if asked else np.empty((1, 0))
    loss = expected_loss(session, session.ended) if any(one.joint is None for one in gates) else None
    costs = (UNDEFINED, UNDEFINED) if loss is None else (float(loss.loss.mean), float(loss.loss.error))
    found, at = [], 0
    for one, end in zip(gates, ends, strict=True):
        if end is not None:
            found.append(_of_outcomes(session, *end))
        elif one.joint is None:
            found.append(costs)
        else:
            found.append(ratio(each[:, at], each[:, at + 1]))
            at += 2
    value, error = np.array(found, np.float64).reshape(-1, 2).T
    whole = len(others) == len(gates)
    how = max((session.how(one) for one in (engine, engine if whole else session.ends)), key=WAYS.index)
    sampled = loss is not None and loss.sampled and how == "exact"
    note = HEAVY if loss is not None and loss.heavy else ""
    return Averages(value, error, "parameters-sampled" if sampled else how, note)


def _ends(session: Session, text: str) -> tuple[Bools, Bools | None] | None:
    """The outcomes of a measure, and those that it is given, as masks; None if it is of anything else."""
    one = session.graph.measures[text]
    if not isinstance(one.of, Ends) or not (one.given is None or isinstance(one.given, Ends)):
        return None
    return _mask(session, one.of), None if one.given is None else _mask(session, one.given)


def _mask(session: Session, ends: Ends) -> Bools:
    names = {session.graph.outcomes[i].name for i in ends.outcomes}
    return np.array([name in names for name in session.outcomes], np.bool_)


def _of_outcomes(session: Session, of: Bools, given: Bools | None) -> tuple[float, float]:
    if given is not None:
        return share(session, of, given)
    total, _ = summed(session, of[:, None].astype(np.float64))
    return float(total.mean[0]), float(total.error[0])


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
