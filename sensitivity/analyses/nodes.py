"""The effect of events, challenges, safeguards and choices: how likely each is, and how the story ends."""

from dataclasses import replace

import numpy as np
import xarray as xr

from sensa.circuit import Circuit
from sensa.fact_circuit import Fact, facts, joined
from sensa.graph import Pick
from sensa.kernels.program import Floats, Op
from sensa.methods.settable_nodes import always_and_never
from sensa.results import UNDEFINED, described
from sensa.session import Session


def nodes(session: Session) -> xr.Dataset:
    """The outcome distribution with and without each node other than assumptions.

    `chance` (node): the probability that it happens, stands, fires, or that the option is picked; for nodes
    drawn at every step, at a step that the story reaches. `seen` (node, outcome): P(outcome | node), an
    observation, which is also evidence about what the node depends on. `always` and `never` are interventions
    on all its draws: an event happens wherever it can, a safeguard catches all of its targets and raises no
    false alarms, a challenge stands unless it is rebutted; or none of this happens, false alarms and leaks
    included; draws stated as 0 or 1 are set too. Options of choices are only observed. Not defined (NaN) if
    the condition is impossible.
    """
    circuit, known = facts(session.graph)
    others = [fact for fact in known if fact.kind != "assumption"]
    labels, values = _labels(session, others), [gate for fact in others for gate in fact.gates]
    found = _joint(session, circuit, values)
    chance = found.sum(axis=1)
    seen = np.full(found.shape, UNDEFINED)
    np.divide(found, chance[:, None], out=seen, where=chance[:, None] > 0)
    of = [fact.name for fact in others for _ in fact.gates]
    always, never = _set(session, of, [fact.kind for fact in others for _ in fact.gates])
    both = ("node", "outcome")
    data = xr.Dataset(
        {
            "chance": ("node", chance),
            "seen": (both, seen),
            "always": (both, always),
            "never": (both, never),
        },
        coords={
            "node": labels,
            "of": ("node", of),
            "kind": ("node", [fact.kind for fact in others for _ in fact.gates]),
            "outcome": session.outcomes,
        },
    )
    impossible = [label for label, value in zip(labels, chance, strict=True) if value == 0]
    notes = [f"impossible, so never seen: {', '.join(impossible)}"] if impossible else []
    return described(data, how=session.how(session.ends), note="; ".join(notes))


def _labels(session: Session, known: list[Fact]) -> list[str]:
    """The node's name, or the choice's and the option's."""
    options = {node.name: node.law.options for node in session.graph.nodes if isinstance(node.law, Pick)}
    return [
        f"{fact.name}: {options[fact.name][i]}" if fact.name in options else fact.name
        for fact in known
        for i in range(len(fact.gates))
    ]


def _joint(session: Session, circuit: Circuit, values: list[int]) -> Floats:
    """P(value and outcome), shape (values, outcomes)."""
    if not values:
        return np.zeros((0, len(session.outcomes)))
    ends = [
        tuple(root.gate for root in circuit.roots if root.outcome == outcome) for outcome in session.outcomes
    ]
    circuit, ended = joined(circuit, Op.OR, ends)
    circuit, meets = joined(circuit, Op.AND, [(value, int(end)) for value in values for end in ended])
    wider = replace(session, circuit=circuit)
    joint: Floats = wider.average(wider.engine(meets)).mean[0].reshape(len(values), -1).clip(0.0, 1.0)
    return joint


def _set(session: Session, names: list[str], kinds: list[str]) -> tuple[Floats, Floats]:
    """The outcome distributions (names, outcomes) with all draws of each set; not of choices."""
    shape = (len(names), len(session.outcomes))
    always, never = np.full(shape, UNDEFINED), np.full(shape, UNDEFINED)
    at = [i for i, kind in enumerate(kinds) if kind != "choice"]
    always[at], never[at] = always_and_never(session, [names[i] for i in at])
    return always, never
