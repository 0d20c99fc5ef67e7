"""Interventions on events, challenges and safeguards, including those with a stated 0 or 1."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.protocol import NO_FORCE, Force
from sensa.fact_circuit import opened as opened_circuit
from sensa.kernels.program import Floats
from sensa.session import Session

STATED, ALWAYS, NEVER = range(3)


def opened(session: Session) -> Session:
    """The session with a draw for every chance of an event, a challenge or a safeguard, even certain ones.

    Returns the session itself if it already has them.
    """
    circuit = opened_circuit(session.graph)
    if len(circuit.coins) == len(session.circuit.coins):
        return session
    return replace(session, circuit=circuit)


def forced(circuit: Circuit, names: Sequence[str], value: float) -> Force:
    """The intervention on all draws of these nodes; leaks and false alarms never happen."""
    coins = [(i, 0.0 if coin.alone else value) for i, coin in enumerate(circuit.coins) if coin.node in names]
    return Force(np.array([i for i, _ in coins], np.int32), np.array([v for _, v in coins]))


def set_and_never(session: Session, names: Sequence[str]) -> Floats:
    """The outcomes as stated, with each node set to act wherever it can, and with it set never to.

    Shape (replicates, 3, names, outcomes), indexed by `STATED`, `ALWAYS` and `NEVER`, all in the same worlds
    and parameter values; one replicate where all is exact. Nodes that no outcome depends on have no draws,
    and change nothing.
    """
    shape = (3, len(names), len(session.outcomes))
    if not names:
        return np.zeros((1, *shape))
    made = opened(session)
    forces = [forced(made.circuit, [name], value) for value in (1.0, 0.0) for name in names]
    found = made.replicated(made.ends, made.by_outcome, [NO_FORCE, *forces])
    each = np.empty((len(found), *shape))
    each[:, STATED] = found[:, :1]
    each[:, ALWAYS:] = found[:, 1:].reshape(-1, 2, *shape[1:])
    return each
