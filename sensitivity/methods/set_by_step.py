"""Path dependence: how much of how the story ends is set by each step."""

from dataclasses import dataclass

import numpy as np

from sensa.engines.protocol import EngineRefusal
from sensa.results import How
from sensa.sampling.estimates import Estimate
from sensa.sampling.parameters import at_means
from sensa.session import Session
from sensa.variance.datasets import certain
from sensa.variance.exact_indices import shares
from sensa.variance.sobol_outputs import outputs


@dataclass(frozen=True)
class SetBy:
    """Var(E[Y | draws up to step t]) / Var(Y): `share` (outputs, 1 + steps), first what is drawn once.

    Outputs are the outcomes; `kinds` has the same for each kind.
    """

    outcomes: Estimate
    kinds: Estimate
    how: How
    note: str = ""


def set_by_step(session: Session) -> SetBy | None:
    """The closed Sobol' index of all draws up to each step, parameters at their means.

    Those drawn once come before the first step. The share never falls from step to step, and is 1 at the
    last. Exact from the product of the diagram with itself, else from twin worlds that share these draws;
    None where either takes too much.
    """
    circuit = session.circuit
    step = np.array([-1 if coin.step is None else coin.step for coin in circuit.coins])
    known = np.stack([step <= t for t in range(-1, len(circuit.steps))])
    ends = len(session.outcomes)
    found = outputs(session, "truth", loss=False)
    made = None if found is None else found.covariances(session)
    if found is not None and made is not None and not isinstance(made, EngineRefusal):
        m = at_means(circuit).p
        v = m * (1 - m)
        variance = made.variances(m, v)[0]
        values = certain(shares(made.variances(m, known * v).T, variance))
        rows = list(found.kinds.values())
        return SetBy(_rows(values, range(ends)), _rows(values, rows), "exact")
    from sensa.variance.twin_worlds import truth_indices  # loads compiled code

    sets = [tuple(np.flatnonzero(row).tolist()) for row in known]
    sampled = truth_indices(session, at_means(circuit).p[0], sets)
    if sampled is None:
        return None
    rows = list(range(ends, ends + len(circuit.kinds)))
    note = "from twin worlds" if made is None else f"from twin worlds, since {made}"
    return SetBy(_rows(sampled[0], range(ends)), _rows(sampled[0], rows), "worlds-sampled", note)


def _rows(found: Estimate, rows: "range | list[int]") -> Estimate:
    return Estimate(found.mean[list(rows)], found.error[list(rows)])
