"""The effect of events, challenges, safeguards and choices: how likely each is, and how the story ends."""

from dataclasses import replace

import numpy as np
import xarray as xr

from sensa.circuit import Circuit
from sensa.fact_circuit import Fact, facts, joined
from sensa.graph import Pick
from sensa.kernels.program import Floats, Op
from sensa.methods.settable_nodes import ALWAYS, set_and_never
from sensa.methods.statistics_of_means import of_means
from sensa.results import UNDEFINED, described
from sensa.sampling.estimates import Estimate, spread
from sensa.session import Session
from sensa.variance.datasets import with_errors


def nodes(session: Session) -> xr.Dataset:
    """The outcome distribution with and without each node other than assumptions.

    `chance` (node): the probability that it happens, stands, fires, or that the option is picked; for nodes
    drawn at every step, at a step that the story reaches. `seen` (node, outcome): P(outcome | node), an
    observation, which is also evidence about what the node depends on. `always` and `never` are interventions
    on all its draws: an event happens wherever it can, a safeguard catches all of its targets and raises no
    false alarms, a challenge stands unless it is rebutted; or none of this happens, false alarms and leaks
    included; draws stated as 0 or 1 are set too. Options of choices are only observed. Each number has its
    `…_error`: 0 where it is exact. Not defined (NaN) if the condition is impossible, or in no sampled world.
    """
    circuit, known = facts(session.graph)
    others = [fact for fact in known if fact.kind != "assumption"]
    labels, values = _labels(session, others), [gate for fact in others for gate in fact.gates]
    found = _joint(session, circuit, values)
    chance, seen = of_means(_chance, found), of_means(_seen, found)
    of = [fact.name for fact in others for _ in fact.gates]
    kinds = [fact.kind for fact in others for _ in fact.gates]
    always, never = _set(session, of, kinds)
    data = xr.Dataset(
        with_errors(("node", "outcome"), chance=chance, seen=seen, always=always, never=never),
        coords={
            "node": labels,
            "of": ("node", of),
            "kind": ("node", kinds),
            "outcome": session.outcomes,
        },
    )
    impossible = [label for label, value in zip(labels, chance.mean, strict=True) if value == 0]
    why = "impossible, so" if session.ends.way == "exact" else "in no sampled world, so"
    notes = [f"{why} never seen: {', '.join(impossible)}"] if impossible else []
    return described(data, how=session.how(session.ends), note="; ".join(notes))


def _chance(joint: Floats) -> Floats:
    """P(value) of P(value and outcome), shape (values, outcomes)."""
    chance: Floats = joint.clip(0.0, 1.0).sum(axis=1)
    return chance


def _seen(joint: Floats) -> Floats:
    """P(outcome | value)."""
    whole = _chance(joint)[:, None]
    found = np.full(joint.shape, UNDEFINED)
    np.divide(joint.clip(0.0, 1.0), whole, out=found, where=whole > 0)
    return found


def _labels(session: Session, known: list[Fact]) -> list[str]:
    """The node's name, or the choice's and the option's."""
    options = {node.name: node.law.options for node in session.graph.nodes if isinstance(node.law, Pick)}
    return [
        f"{fact.name}: {options[fact.name][i]}" if fact.name in options else fact.name
        for fact in known
        for i in range(len(fact.gates))
    ]


def _joint(session: Session, circuit: Circuit, values: list[int]) -> Floats:
    """P(value and outcome) in each replicate, shape (replicates, values, outcomes)."""
    if not values:
        return np.zeros((1, 0, len(session.outcomes)))
    ends = [
        tuple(root.gate for root in circuit.roots if root.outcome == outcome) for outcome in session.outcomes
    ]
    circuit, ended = joined(circuit, Op.OR, ends)
    circuit, meets = joined(circuit, Op.AND, [(value, int(end)) for value in values for end in ended])
    wider = replace(session, circuit=circuit)
    joint = wider.replicated(wider.engine(meets))
    return joint.reshape(len(joint), len(values), -1)


def _set(session: Session, names: list[str], kinds: list[str]) -> tuple[Estimate, Estimate]:
    """The outcome distributions (names, outcomes) with all draws of each, and with none; not of choices."""
    at = [i for i, kind in enumerate(kinds) if kind != "choice"]
    found = spread(set_and_never(session, [names[i] for i in at]))
    both = np.full((2, 2, len(names), len(session.outcomes)), UNDEFINED)
    for way, values in enumerate(both):
        values[:, at] = found.mean[ALWAYS + way].clip(0.0, 1.0), found.error[ALWAYS + way]
    return Estimate(*both[0]), Estimate(*both[1])
