"""Which expert is right, where one is drawn for all numbers of the story.

An order of all experts is drawn by weight (Plackett and Luce: the first by weight, the next by weight among
those left, …), and each number is that of the first in it who gave one. Among any of the experts, the first
is then each of them with its share of their weights (Luce 1959, Individual Choice Behavior), so each number
has the distribution of its own mixture; numbers of the same experts always draw the same one, and numbers
that have no expert in common are independent. Only what some number asks of the order is drawn.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sensa import folding
from sensa.defects import Defect, DefectiveStory
from sensa.graph import TRUE, Bool, Holds
from sensa.stories import traversal
from sensa.stories.numbers.pooled_experts import of_several, weights_of
from sensa.stories.problems import path_text
from sensa.stories.schema.document import Document

MAX_CASES = 4096  # ways in which the order can begin, as far as the numbers ask

Sets = frozenset[frozenset[str]]


@dataclass(frozen=True)
class Draw:
    """Whether `first` comes first among it and the `others`; its index is that of its node."""

    first: str
    others: tuple[str, ...]
    weights: tuple[float, ...]

    @property
    def share(self) -> float:
        """The probability that it does."""
        return self.weights[0] / math.fsum(self.weights)


@dataclass(frozen=True)
class Draws:
    """The draws, and for each set of experts of a number, the condition that each of them is right."""

    draws: tuple[Draw, ...]
    first_of: Mapping[frozenset[str], Mapping[str, Bool]]


def draws(document: Document, free: Collection[str] = ()) -> Draws:
    """The draws of a story's experts, but for numbers at paths in `free`."""
    asked: dict[frozenset[str], None] = {}
    for number in traversal.numbers(document):
        if path_text(number.path) not in free and (names := of_several(number.form)):
            asked[frozenset(names)] = None
    order = _Order(weights_of(document))
    order.follow(frozenset(asked), TRUE)
    first_of = {
        experts: {name: folding.disjunction(order.cases[experts, name]) for name in experts}
        for experts in asked
    }
    return Draws(tuple(order.draws), first_of)


class _Order:
    def __init__(self, weights: Mapping[str, float]) -> None:
        self.weights = weights
        self.draws: list[Draw] = []
        self.cases: dict[tuple[frozenset[str], str], list[Bool]] = {}
        self._firsts: dict[Sets, list[tuple[str, Bool]]] = {}
        self._count = 0

    def follow(self, asked: Sets, when: Bool) -> None:
        """Draw the first of each group of experts whom `asked` connects, and go on with what is left."""
        for group in _connected(asked):
            for name, first in self._first(group):
                here = folding.conjunction([when, first])
                for experts in group:
                    if name in experts:
                        self.cases.setdefault((experts, name), []).append(here)
                left = frozenset(experts for experts in group if name not in experts)
                if left:
                    self.follow(left, here)

    def _first(self, group: Sets) -> list[tuple[str, Bool]]:
        """The condition that each expert of a group comes first, each draw for itself."""
        if group not in self._firsts:
            inside = frozenset[str]().union(*group)
            names = [name for name in self.weights if name in inside]
            self._firsts[group] = list(self._in_a_row(names))
        self._count += len(self._firsts[group])
        if self._count > MAX_CASES:
            message = f"the order of the experts has more than {MAX_CASES:,} cases"
            fix = "let fewer numbers differ in who gave them"
            raise DefectiveStory((Defect("too-many-cases", "experts", message, fix),))
        return self._firsts[group]

    def _in_a_row(self, names: list[str]) -> Iterator[tuple[str, Bool]]:
        rest: Bool = TRUE
        for i, name in enumerate(names[:-1]):
            others = tuple(names[i + 1 :])
            drawn = Holds(len(self.draws))
            self.draws.append(Draw(name, others, tuple(self.weights[one] for one in names[i:])))
            yield name, folding.conjunction([rest, drawn])
            rest = folding.conjunction([rest, folding.negation(drawn)])
        yield names[-1], rest


def _connected(asked: Sets) -> Iterable[Sets]:
    """The sets in groups that share no expert, in an order that depends only on the names."""
    left = sorted(asked, key=sorted)
    while left:
        group, names = [left.pop(0)], set[str]()
        while names != frozenset[str]().union(*group):
            names = set().union(*group)
            group += [experts for experts in left if experts & names]
            left = [experts for experts in left if not experts & names]
        yield frozenset(group)
