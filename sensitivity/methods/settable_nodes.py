"""Interventions on events, challenges and safeguards, including those with a stated 0 or 1."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.protocol import Force
from sensa.fact_circuit import opened as opened_circuit
from sensa.kernels.program import Floats
from sensa.session import Session


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


def always_and_never(session: Session, names: Sequence[str]) -> tuple[Floats, Floats]:
    """The outcome distributions (names, outcomes) with each node set to act wherever it can, and never.

    Nodes that no outcome depends on have no draws, and change nothing.
    """
    if not names:
        return np.zeros((0, len(session.outcomes))), np.zeros((0, len(session.outcomes)))
    made = opened(session)
    forces = [forced(made.circuit, [name], value) for value in (1.0, 0.0) for name in names]
    found = made.average(made.ends, made.by_outcome, forces).mean.clip(0.0, 1.0)
    return found[: len(names)], found[len(names) :]
