"""What events, challenges, safeguards and choices do: how likely each is, and how the story ends with it."""

from dataclasses import replace

import numpy as np
import xarray as xr

from sensa.circuit import Circuit
from sensa.engines import Force
from sensa.facts import Fact, facts, joined
from sensa.kernels.program import Floats, Op
from sensa.model import Model
from sensa.results import UNDEFINED, described

BY_THEMSELVES = (".leak", ".false_alarm")  # draws that no cause is needed for


def nodes(model: Model) -> xr.Dataset:
    """The outcome distribution with each node that is no assumption, and without it.

    `chance` (node): the probability that it happens, stands, fires, or that the option is picked; of nodes
    drawn at every step, at a step that the story reaches. `seen` (node, outcome): P(outcome | that), an
    observation, which also tells of what it depends on. `always` and `never` are interventions: all its
    draws are set, so that an event happens wherever it can, a safeguard catches all that it is against and
    raises no false alarms, a challenge stands unless it is rebutted; or none of that, false alarms and leaks
    included. Options of choices are observed only. Not defined (NaN) where the condition is impossible, and
    where a stated 0 or 1 leaves no draw to be set.
    """
    circuit, known = facts(model.graph)
    others = [fact for fact in known if fact.kind != "assumption"]
    labels, values = _labels(model, others), [gate for fact in others for gate in fact.gates]
    found = _joint(model, circuit, values)
    chance = found.sum(axis=1)
    seen = np.full(found.shape, UNDEFINED)
    np.divide(found, chance[:, None], out=seen, where=chance[:, None] > 0)
    of = [fact.name for fact in others for _ in fact.gates]
    always, never = (_set(model, of, value) for value in (1.0, 0.0))
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
            "outcome": model.outcomes,
        },
    )
    impossible = [label for label, value in zip(labels, chance, strict=True) if value == 0]
    notes = [f"never so, and so not seen: {', '.join(impossible)}"] if impossible else []
    fixed = [name for name in dict.fromkeys(of) if not settable(model, name)]
    if fixed:
        notes.append(f"not set from outside, since a stated 0 or 1 leaves no draw: {', '.join(fixed)}")
    return described(data, how=model.how(model.ends), note="; ".join(notes))


def _labels(model: Model, known: list[Fact]) -> list[str]:
    """The node's name, or the choice's and the option's."""
    options = {name: list(choice.options) for name, choice in model.story.document.choices.items()}
    return [
        f"{fact.name}: {options[fact.name][i]}" if fact.name in options else fact.name
        for fact in known
        for i in range(len(fact.gates))
    ]


def _joint(model: Model, circuit: Circuit, values: list[int]) -> Floats:
    """P(value and outcome), shape (values, outcomes)."""
    if not values:
        return np.zeros((0, len(model.outcomes)))
    ends = [
        tuple(root.gate for root in circuit.roots if root.outcome == outcome) for outcome in model.outcomes
    ]
    circuit, ended = joined(circuit, Op.OR, ends)
    circuit, meets = joined(circuit, Op.AND, [(value, int(end)) for value in values for end in ended])
    wider = replace(model, circuit=circuit, _engines={}, _diagrams={})
    joint: Floats = wider.average(wider.engine(meets)).mean[0].reshape(len(values), -1).clip(0.0, 1.0)
    return joint


def _set(model: Model, names: list[str], value: float) -> Floats:
    """The outcome distribution (names, outcomes) with all draws of each set."""
    choices = model.story.document.choices
    forces = {
        name: forced(model.circuit, name, value)
        for name in names
        if name not in choices and settable(model, name)
    }
    found = np.full((len(names), len(model.outcomes)), UNDEFINED)
    if forces:
        done = model.average(model.ends, model.by_outcome, list(forces.values())).mean
        place = dict(zip(forces, done, strict=True))
        for i, name in enumerate(names):
            found[i] = place.get(name, UNDEFINED)
    return found


def settable(model: Model, name: str) -> bool:
    """Whether each of its stated chances is behind some draw."""
    document = model.story.document
    if name in document.events:
        event, at = document.events[name], f"events.{name}"
        stated = [f"{at}.causes.{cause}" for cause in event.causes or ()]
        stated += [f"{at}.given[{i}].chance" for i in range(len(event.given))]
        stated += [f"{at}.chance"] if event.chance is not None and not event.causes else []
    elif name in document.safeguards:
        stated = [f"safeguards.{name}.power"]
    else:
        stated = [f"challenges.{name}.stands"] if name in document.challenges else []
    return set(stated) <= {coin.path for coin in model.circuit.coins if coin.node == name}


def forced(circuit: Circuit, name: str, value: float) -> Force:
    """The intervention on all draws of a node; what it draws without a cause never happens."""
    coins = [
        (i, value if not coin.path.endswith(BY_THEMSELVES) else 0.0)
        for i, coin in enumerate(circuit.coins)
        if coin.node == name
    ]
    return Force(np.array([i for i, _ in coins], np.int32), np.array([v for _, v in coins]))
