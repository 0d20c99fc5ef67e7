"""Outcomes that are possible and that hardly any sampled world meets: effects on them are not known."""

import numpy as np
import numpy.typing as npt

from sensa.circuit import FAILURES
from sensa.methods.interventions import CHANGE, VIOLATED, paired
from sensa.results import UNDEFINED
from sensa.sampling.estimates import Estimate
from sensa.session import Session

Bools = npt.NDArray[np.bool_]


def rare(session: Session) -> Bools:
    """Which outcomes, and any catastrophe and any failure, are possible and met by hardly any world.

    Shape (outcomes + 2). These are outcomes that importance sampling has estimated again, and those of which
    no sampled world tells that they are possible or impossible.
    """
    ended, of_kind = session.ended, session.circuit.of_kind
    unmet = ended.refined | ((ended.mean == 0) & (ended.high > 0))
    kinds = [of_kind("catastrophic") > 0, of_kind(*FAILURES) > 0]
    return np.array([*unmet, *((unmet & kind).any() for kind in kinds)])


def paired_as_met(session: Session, names: list[str]) -> Estimate:
    """`paired` without what no world met: an effect on a rare outcome is not known then, rather than none."""
    found = paired(session, names)
    unmet = (found.mean == 0) & (found.error == 0) & rare(session)
    unmet[CHANGE] = unmet[VIOLATED] & (found.mean[CHANGE] == 0)
    return without(found, unmet)


def without(found: Estimate, where: Bools) -> Estimate:
    """The estimate, undefined at these places."""
    return Estimate(*(np.where(where, UNDEFINED, part) for part in (found.mean, found.error)))
