"""What is unknown, as factors of Sobol' indices: parameters, nodes, and groups of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensa.circuit import Circuit
from sensa.session import Session

if TYPE_CHECKING:
    from sensa.stories.schema import Document


def factors(circuit: Circuit) -> list[tuple[int, ...]]:
    """The parameters as factors: each alone, but those tied by the copula together."""
    parent = {int(i): int(i) for i in circuit.correlated}

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for i, j in np.argwhere(np.triu(circuit.correlation, 1) != 0):
        parent[root(int(circuit.correlated[j]))] = root(int(circuit.correlated[i]))
    groups: dict[int, list[int]] = {}
    for parameter in range(len(circuit.parameters)):
        groups.setdefault(root(parameter) if parameter in parent else parameter, []).append(parameter)
    return [tuple(group) for group in groups.values()]


@dataclass(frozen=True)
class Group:
    """Unknowns that belong together: `parameters` in the credence layer, `coins` in the truth layer."""

    by: str  # part, criterion, phase, tag, owner
    name: str
    parameters: tuple[int, ...]
    coins: tuple[int, ...]


def groups(session: Session) -> list[Group]:
    """Groups of unknowns by part, criterion, phase, tag and owner, as the story states them.

    An assumption belongs to its part and to its criterion (by its part if none is stated), a challenge to
    those of the assumption it is against in the end, a nudge to its own part. What is drawn at a step belongs
    to the step's phase, as do the phase's axes. A node belongs to its tags, the weights of an option to those
    of the option. A claim belongs to its owner, the expert who answers for it. What is in no group is left
    out.
    """
    members: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    labels = _labels(session.story.document)
    for i, parameter in enumerate(session.circuit.parameters):
        for key in _labels_of(labels, parameter.path):
            members.setdefault(key, ([], []))[0].append(i)
    for i, coin in enumerate(session.circuit.coins):
        found = _labels_of(labels, coin.path or coin.draw)
        if coin.step is not None and session.circuit.steps[coin.step]:
            found.add(("phase", session.circuit.steps[coin.step]))
        for key in found:
            members.setdefault(key, ([], []))[1].append(i)
    return [
        Group(by, name, tuple(own), tuple(coins))
        for (by, name), (own, coins) in sorted(members.items(), key=lambda item: _place(item[0]))
    ]


KINDS = ("part", "criterion", "phase", "tag", "owner")
Key = tuple[str, str]


def _place(key: Key) -> tuple[int, str]:
    return KINDS.index(key[0]), key[1]


def _labels(document: "Document") -> dict[str, set[Key]]:
    """What the tables of the story belong to, by the path of the table."""
    labels: dict[str, set[Key]] = {}
    for name, assumption in document.assumptions.items():
        own = "goal" if assumption.part.startswith("goal.") else "rationale"
        criterion = assumption.criterion or f"{own}_alignment"
        labels[f"assumptions.{name}"] = {("part", assumption.part), ("criterion", criterion)}
    for name, challenge in document.challenges.items():
        against, seen = challenge.against, {name}
        while against in document.challenges and against not in seen:
            seen.add(against)
            against = document.challenges[against].against
        labels[f"challenges.{name}"] = set(labels.get(f"assumptions.{against}", set()))
    for table in ("assumptions", "challenges"):
        for name, claim in getattr(document, table).items():
            if claim.owner:
                labels[f"{table}.{name}"].add(("owner", claim.owner))
    for table in ("assumptions", "challenges", "events", "safeguards"):
        for name, node in getattr(document, table).items():
            if node.tags:
                labels.setdefault(f"{table}.{name}", set()).update(("tag", tag) for tag in node.tags)
    for name, choice in document.choices.items():
        for option, stated in choice.options.items():
            labels[f"choices.{name}.options.{option}"] = {("tag", tag) for tag in stated.tags}
        for index, nudge in enumerate(choice.nudges):
            if nudge.part:
                labels[f"choices.{name}.nudges[{index}]"] = {("part", nudge.part)}
    for index, phase in enumerate(document.phases):
        labels[f"phases[{index}]"] = {("phase", phase.name)}
    return labels


def _labels_of(labels: Mapping[str, set[Key]], path: str) -> set[Key]:
    """The labels of all tables that a path is in."""
    parents = (f"{path}.", f"{path}[")
    tables = [
        table for table in labels if any(part.startswith((f"{table}.", f"{table}[")) for part in parents)
    ]
    return {key for table in tables for key in labels[table]}
