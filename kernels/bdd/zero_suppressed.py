"""Families of sets as zero-suppressed diagrams: minimal solutions and prime implicants, without listing them.

Minato 1993 (10.1145/157485.164890). Family 0 has no set, family 1 only the empty set; node n has the sets of
`low[n]`, and those of `high[n]` with `variable[n]` in each. Variables grow from a node to its children.

Minimal solutions from a decision diagram: Rauzy 1993 (10.1016/0951-8320(93)90060-C). Prime implicants:
Coudert and Madre 1992. No recursion over sets: diagrams are as deep as the story has draws.
"""

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import count as counter
from typing import Protocol

from sensa.kernels.bdd.build_python import MAX_PAIRS_PER_NODE, Table
from sensa.kernels.work_clock import clock

EMPTY, UNIT = 0, 1
MAX_STATES = 1_000_000  # of a search for the most probable sets


class FamilyRefusal(Exception):
    """A family needs more nodes or time than its budget."""


class Nodes(Protocol):
    """A table of families: the variable and the children of each node."""

    @property
    def variable(self) -> Sequence[int]:
        """The variable of each node."""

    @property
    def low(self) -> Sequence[int]:
        """The sets without it."""

    @property
    def high(self) -> Sequence[int]:
        """The sets with it, less it."""


class Counted(Nodes, Protocol):
    """A table whose sets can be counted and found from the best: `Families`, in plain Python or compiled."""

    def size(self) -> int:
        """The number of nodes in the table."""

    def by_size(self, family: int, inner: Mapping[int, Sequence[int]], until: float) -> list[int]:
        """As the function `by_size`."""

    def best(
        self, roots: Sequence[int], weight: Mapping[int, float], inner: Mapping[int, int]
    ) -> Mapping[int, float] | Sequence[float]:
        """The greatest weight of a set of each node below `roots`, inner families first."""


class Families:
    """A table of unique families, limited to a number of nodes and to a time of `work_clock.clock`."""

    def __init__(self, most: int, until: float) -> None:
        self.most, self.until = most, until
        self.variable = [1 << 60, 1 << 60]
        self.low = [0, 0]
        self.high = [0, 0]
        self._unique: dict[tuple[int, int, int], int] = {}
        self._without: dict[tuple[int, int], int] = {}
        self._minus: dict[tuple[int, int], int] = {}

    def node(self, variable: int, low: int, high: int) -> int:
        """The sets of `low`, and those of `high` with the variable."""
        if high == EMPTY:
            return low
        key = (variable, low, high)
        found = self._unique.get(key)
        if found is None:
            found = self._unique[key] = len(self.variable)
            self.variable.append(variable)
            self.low.append(low)
            self.high.append(high)
            self._watch()
        return found

    def _watch(self) -> None:
        size = len(self.variable)
        if size > self.most or len(self._without) + len(self._minus) > MAX_PAIRS_PER_NODE * self.most:
            raise FamilyRefusal(f"more than {self.most:,} nodes")
        if size & 1023 == 0 and clock() > self.until:
            raise FamilyRefusal("more time")

    def without(self, a: int, b: int) -> int:
        """The sets of `a` that contain no set of `b`; both are minimal families."""
        memo = self._without
        known = _plain(a, b)
        if known is not None:
            return known
        waiting = [(a, b)]
        while waiting:
            pair = a, b = waiting[-1]
            if pair in memo:
                waiting.pop()
                continue
            found = self._without_step(a, b, waiting)
            if found is not None:
                memo[pair] = found
                waiting.pop()
                if len(memo) & 4095 == 0:
                    self._watch()
        return memo[a, b]

    def _without_step(self, a: int, b: int, waiting: list[tuple[int, int]]) -> int | None:
        """The result if its operands are known; else None, and the operands are queued before it."""
        va, vb = self.variable[a], self.variable[b]
        if va > vb:
            return self._ask(a, self.low[b], waiting)
        if va < vb:
            low, high = self._ask(self.low[a], b, waiting), self._ask(self.high[a], b, waiting)
        else:
            low = self._ask(self.low[a], self.low[b], waiting)
            part = self._ask(self.high[a], self.high[b], waiting)
            high = None if part is None else self._ask(part, self.low[b], waiting)
        return None if low is None or high is None else self.node(va, low, high)

    def _ask(self, a: int, b: int, waiting: list[tuple[int, int]]) -> int | None:
        known = _plain(a, b)
        if known is None:
            known = self._without.get((a, b))
        if known is None:
            waiting.append((a, b))
        return known

    def minus(self, a: int, b: int) -> int:
        """The sets of `a` that are not in `b`."""
        memo = self._minus
        waiting = [(a, b)]
        while waiting:
            a, b = pair = waiting[-1]
            if self._known_minus(a, b) is not None:
                waiting.pop()
                continue
            va, vb = self.variable[a], self.variable[b]
            lower = (a if va > vb else self.low[a]), (b if vb > va else self.low[b])
            upper = (EMPTY if va > vb else self.high[a]), (EMPTY if vb > va else self.high[b])
            low, high = self._known_minus(*lower), self._known_minus(*upper)
            if low is not None and high is not None:
                memo[pair] = self.node(min(va, vb), low, high)
                waiting.pop()
            else:
                waiting += [one for one, known in ((lower, low), (upper, high)) if known is None]
        found = self._known_minus(a, b)
        assert found is not None
        return found

    def _known_minus(self, a: int, b: int) -> int | None:
        if a in (EMPTY, b):
            return EMPTY
        if b == EMPTY:
            return a
        return self._minus.get((a, b))

    def size(self) -> int:
        """The number of nodes in the table."""
        return len(self.variable)

    def by_size(self, family: int, inner: Mapping[int, Sequence[int]], until: float) -> list[int]:
        """Count the sets of 0, 1, 2, … members; see `by_size`."""
        return by_size(self, family, inner, until)

    def best(
        self, roots: Sequence[int], weight: Mapping[int, float], inner: Mapping[int, int]
    ) -> Mapping[int, float]:
        """The greatest weight of a set of each node below `roots`, inner families first."""
        best = {EMPTY: float("-inf"), UNIT: 0.0}
        for root in roots:
            for node in below(self, root):
                variable = self.variable[node]
                own = best[inner[variable]] if variable in inner else weight[variable]
                best[node] = max(best[self.low[node]], own + best[self.high[node]])
        return best


def below(nodes: Nodes, family: int) -> list[int]:
    """The family's nodes, children before parents."""
    done: dict[int, None] = {EMPTY: None, UNIT: None}
    waiting = [family]
    while waiting:
        node = waiting[-1]
        need = [] if node in done else [c for c in (nodes.low[node], nodes.high[node]) if c not in done]
        if need:
            waiting += need
        else:
            done[node] = None
            waiting.pop()
    return [node for node in done if node > UNIT]


def _plain(a: int, b: int) -> int | None:
    """`a` without `b` if that is trivial, else None."""
    if a in (EMPTY, b) or b == UNIT:
        return EMPTY
    if b == EMPTY or a == UNIT:
        return a
    return None


def by_size(
    families: Nodes, family: int, inner: Mapping[int, Sequence[int]], until: float = math.inf
) -> list[int]:
    """Count the sets of 0, 1, 2, … members; `inner` has the counts of variables that are families.

    Raises `FamilyRefusal` after `until`, a time of `work_clock.clock`.
    """
    counts: dict[int, list[int]] = {EMPTY: [], UNIT: [1]}
    for at, node in enumerate(below(families, family)):
        if at & 255 == 0 and clock() > until:
            raise FamilyRefusal("more time")
        above, within = counts[families.high[node]], inner.get(families.variable[node])
        counts[node] = _sum(
            counts[families.low[node]], [0, *above] if within is None else _product(above, within)
        )
    return counts[family]


def _sum(a: Sequence[int], b: Sequence[int]) -> list[int]:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    return [x + (shorter[i] if i < len(shorter) else 0) for i, x in enumerate(longer)]


def _product(a: Sequence[int], b: Sequence[int]) -> list[int]:
    out = [0] * (len(a) + len(b) - 1 if a and b else 0)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return out


def likeliest(
    families: Counted,
    family: int,
    weight: Mapping[int, float],
    inner: Mapping[int, int],
    *,
    most: int = MAX_STATES,
) -> Iterator[tuple[float, tuple[int, ...]]]:
    """Yield the sets in descending order of weight: the sum of their variables' weights, which are at most 0.

    Variables in `inner` are families: their sets replace them. This is a best-first search, ordered by
    the loss against the best set that a partial path implies. Along the best path the loss does not change,
    not even by rounding, and among equal paths the most recent is continued, so ties cost nothing extra.
    Raises `FamilyRefusal` after `most` steps.
    """
    best = families.best([*inner.values(), family], weight, inner)
    ticks = counter()
    heap: list[tuple[float, int, tuple[int, ...], tuple[int, ...]]] = []

    def push(less: float, members: tuple[int, ...], ahead: tuple[int, ...]) -> None:
        heapq.heappush(heap, (less, -next(ticks), members, ahead))

    if family != EMPTY:
        push(0.0, (), (family,))
    for _ in range(most):
        if not heap:
            return
        less, _, members, ahead = heapq.heappop(heap)
        if not ahead:
            yield best[family] - less, members
            continue
        rest, node = ahead[:-1], ahead[-1]
        if node == UNIT:
            push(less, members, rest)
            continue
        variable, low, high = families.variable[node], families.low[node], families.high[node]
        if low != EMPTY:
            push(less + (best[node] - best[low]), members, (*rest, low))
        own = best[inner[variable]] if variable in inner else weight[variable]
        with_it = less + (best[node] - (own + best[high]))
        if variable in inner:
            push(with_it, members, (*rest, high, inner[variable]))
        else:
            push(with_it, (*members, variable), (*rest, high))
    raise FamilyRefusal(f"more than {most:,} steps")


def primes(table: Table, edge: int, families: Families) -> int:
    """The prime implicants of a function of a `build_python.Table`, over literals.

    Literal 2 l means that the variable at level l is false, 2 l + 1 that it is true. Raises `FamilyRefusal`.
    """
    memo: dict[int, int] = {0: EMPTY, 1: UNIT}
    waiting = [edge]
    while waiting:
        at = waiting[-1]
        if at in memo:
            waiting.pop()
            continue
        node, negated = at >> 1, at & 1
        low, high = table.low[node] ^ negated, table.high[node] ^ negated
        both = conjunction(table, low, high, families)
        need = [one for one in (low, high, both) if one not in memo]
        if need:
            waiting += need
            continue
        level, free = table.level[node], memo[both]
        negative, positive = families.minus(memo[low], free), families.minus(memo[high], free)
        memo[at] = families.node(2 * level, families.node(2 * level + 1, free, positive), negative)
        waiting.pop()
    return memo[edge]


def minimal_solutions(table: Table, edge: int, events: Sequence[bool], families: Families) -> int:
    """The minimal sets of levels whose events make a function true if no others happen."""
    sets: dict[int, int] = {0: EMPTY, 1: UNIT}
    waiting = [edge]
    while waiting:
        at = waiting[-1]
        node, negated = at >> 1, at & 1
        children = [] if at in sets else [table.low[node] ^ negated, table.high[node] ^ negated]
        need = [child for child in children if child not in sets]
        if need:
            waiting += need
            continue
        waiting.pop()
        if children:
            level = table.level[node]
            happens, not_so = children[events[level]], children[not events[level]]
            rest = sets[not_so]
            sets[at] = families.node(level, rest, families.without(sets[happens], rest))
    return sets[edge]


def conjunction(table: Table, a: int, b: int, families: Families) -> int:
    """The edge to "a and b" within the budget of these families. Raises `FamilyRefusal`."""
    edge = table.conjunction(a, b, families.most, families.until)
    if edge < 0:
        raise FamilyRefusal(f"more than {families.most:,} nodes, or more time")
    return edge
