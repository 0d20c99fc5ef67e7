"""Factors of Sobol' indices: parameters, nodes, and groups of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np

from sensa.circuit import Circuit
from sensa.graph import Grouping, Label
from sensa.session import Session


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


def factor_names(circuit: Circuit) -> list[str]:
    """The factors by the paths of their parameters."""
    return [" + ".join(circuit.parameters[i].path for i in group) for group in factors(circuit)]


@dataclass(frozen=True)
class Group:
    """Unknowns that belong together: `parameters` in the credence layer, `coins` in the truth layer."""

    by: Grouping
    name: str
    parameters: tuple[int, ...]
    coins: tuple[int, ...]


def groups(session: Session) -> list[Group]:
    """Groups of unknowns by part, criterion, phase, tag and owner, as the story states them.

    An assumption belongs to its part and to its criterion (by its part if none is stated), a challenge to
    those of the assumption it is ultimately against, a nudge to its own part. Draws at a step belong
    to the step's phase, as do the phase's axes. A node belongs to its tags, the weights of an option to those
    of the option. A claim belongs to its owner, the expert who answers for it. Unknowns without a group are
    left out.
    """
    members: dict[Label, tuple[list[int], list[int]]] = {}
    memberships = session.graph.memberships
    for i, parameter in enumerate(session.circuit.parameters):
        for label in _labels(memberships, parameter.path):
            members.setdefault(label, ([], []))[0].append(i)
    for i, coin in enumerate(session.circuit.coins):
        found = _labels(memberships, coin.path or coin.draw)
        if coin.step is not None and session.circuit.steps[coin.step]:
            found.add(Label("phase", session.circuit.steps[coin.step]))
        for label in found:
            members.setdefault(label, ([], []))[1].append(i)
    return [
        Group(label.by, label.name, tuple(own), tuple(coins))
        for label, (own, coins) in sorted(members.items(), key=lambda item: _place(item[0]))
    ]


def _place(label: Label) -> tuple[int, str]:
    return get_args(Grouping).index(label.by), label.name


def _labels(memberships: Mapping[str, tuple[Label, ...]], path: str) -> set[Label]:
    """The labels of all tables that a path is in."""
    parents = (f"{path}.", f"{path}[")
    tables = [
        table for table in memberships if any(part.startswith((f"{table}.", f"{table}[")) for part in parents)
    ]
    return {label for table in tables for label in memberships[table]}
