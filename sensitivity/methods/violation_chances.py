"""How likely each assumption is to be violated, as far as worlds show it."""

from collections.abc import Sequence

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.protocol import NO_FORCE
from sensa.methods.impossible import Bools, impossible, stated_coins
from sensa.methods.interventions import JOINT, has_one_draw, in_replicates, violations_engine
from sensa.methods.unmet_outcomes import without
from sensa.sampling.estimates import Estimate, spread
from sensa.sampling.parameters import at_means
from sensa.session import Session

ROUNDING = 1e-14


def violation_chances(session: Session, names: Sequence[str]) -> Estimate:
    """P(violated at a step that the story reaches) (assumptions,).

    NaN where no sampled world violates an assumption of several draws, or each one does, unless the circuit
    shows that it must be so.
    """
    outcomes = len(session.outcomes)
    found = spread(in_replicates(session, names)[:, JOINT, :, :outcomes].sum(axis=2))
    several = [name for name in names if not has_one_draw(session.circuit, name)]
    if not several or violations_engine(session, several).way == "exact":
        return found
    edge = np.isin(names, several) & (found.error <= ROUNDING)
    edge &= np.minimum(found.mean, 1.0 - found.mean) <= ROUNDING
    for i in np.flatnonzero(edge).tolist():
        edge[i] = not _certain(session.circuit, names[i], violated=bool(found.mean[i] > 0.5))
    return without(found, edge)


def _certain(circuit: Circuit, name: str, *, violated: bool) -> bool:
    """Whether its draws, or the gates, show that an assumption is always violated, or never."""
    p = at_means(circuit).p
    coins = np.array(circuit.assumption_coins[name])
    drawn: Bools = stated_coins(circuit)[coins] & (p[0, coins] == float(not violated))
    if drawn.all() or violated:
        return bool(drawn.all())
    return bool(impossible(circuit, p, list(circuit.violated_and[name].values()), [NO_FORCE]).all())
