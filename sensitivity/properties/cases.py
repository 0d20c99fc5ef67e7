"""The cases that a property ranges over: what is violated, moved or left out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Literal

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.protocol import Force
from sensa.stories.properties.scopes import matching, movable, violable
from sensa.stories.schema.document import Document
from sensa.stories.schema.properties import ForAll


@dataclass(frozen=True, slots=True)
class Change:
    """A number that is raised or lowered, or a safeguard that is left out."""

    what: Literal["raise", "lower", "omit"]
    name: str  # the number's path, or the safeguard's name


@dataclass(frozen=True, slots=True)
class Case:
    """What is violated together, and at most one change."""

    violated: tuple[str, ...] = ()
    change: Change | None = None

    @property
    def names(self) -> frozenset[str]:
        """The names of its parts."""
        return frozenset((*self.violated, *((self.change.name,) if self.change else ())))

    @property
    def unchanged(self) -> "Case":
        """The case before the change."""
        return Case(self.violated)

    def without(self, name: str) -> "Case":
        """The case without one of its parts."""
        kept = tuple(one for one in self.violated if one != name)
        return Case(kept, None if self.change and self.change.name == name else self.change)


@dataclass(frozen=True)
class Scope:
    """All cases of a property."""

    names: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    changes: tuple[Change | None, ...] = (None,)

    @property
    def sizes(self) -> range:
        """The possible numbers of violations, ascending."""
        return range(self.least, min(self.most, len(self.names)) + 1)

    def of_size(self, size: int) -> Iterator[Case]:
        """The cases with this many violations, in the story's order."""
        for violated in combinations(self.names, size):
            for change in self.changes:
                yield Case(violated, change)

    @property
    def total(self) -> int:
        """The number of cases."""
        return sum(comb(len(self.names), size) for size in self.sizes) * len(self.changes)


def scope(document: Document, forall: ForAll | None) -> Scope:
    """The cases that a property ranges over; only the story as it is, without `forall`."""
    if forall is None:
        return Scope()
    changes = [
        *(Change("raise", path) for path in matching(movable(document), forall.raising)),
        *(Change("lower", path) for path in matching(movable(document), forall.lowering)),
        *(Change("omit", name) for name in matching(tuple(document.safeguards), forall.omit)),
    ]
    moves = bool(forall.raising or forall.lowering or forall.omit)
    kept: tuple[Change | None, ...] = tuple(changes) if moves else (None,)
    violate = forall.violate
    if violate is None:
        return Scope(changes=kept)
    return Scope(violable(document, violate), violate.min, violate.max, kept)


def sets_others(forall: ForAll | None) -> bool:
    """Whether cases set events, challenges or safeguards, or move a number that may be a stated 0 or 1."""
    if forall is None:
        return False
    kinds = () if forall.violate is None else forall.violate.kinds
    return bool(forall.omit or forall.raising or forall.lowering or set(kinds) - {"assumption"})


def force(circuit: Circuit, kinds: Mapping[str, str], case: Case) -> Force:
    """The intervention of a case, except uncertain numbers that are moved; `kinds` by node.

    Assumptions fail, challenges stand, events happen wherever they can, safeguards never act. A number
    without a distribution is raised to 1 or lowered to 0.
    """
    change = case.change
    violated = {*case.violated, *((change.name,) if change and change.what == "omit" else ())}
    moved = change.name if change and change.what != "omit" else None
    uncertain = {parameter.path for parameter in circuit.parameters}
    held: dict[int, float] = {}
    for index, coin in enumerate(circuit.coins):
        if coin.path == moved and moved not in uncertain:
            held[index] = float(change is not None and change.what == "raise")
        if coin.node in violated and not (coin.alone and kinds[coin.node] == "event"):
            held[index] = float(kinds[coin.node] in ("challenge", "event"))
    coins = sorted(held)
    return Force(np.array(coins, np.int32), np.array([held[coin] for coin in coins]))
