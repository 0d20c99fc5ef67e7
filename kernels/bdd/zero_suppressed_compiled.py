"""Families of sets in compiled code, for large work: minimal solutions of a diagram, and questions of them.

The algorithms of `zero_suppressed`, with explicit stacks. `_advance` stops when its tables are full, when it
has more than `most` nodes, or after a fixed number of rounds, and resumes from the state in its arrays, as
the builder of diagrams does (`build_compiled`).
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from sensa.kernels.bdd import family_sweeps
from sensa.kernels.bdd.build_compiled import (
    CROWDED,
    FINISHED,
    FULL,
    PASSED,
    PAUSED,
)
from sensa.kernels.bdd.build_python import MAX_PAIRS_PER_NODE
from sensa.kernels.bdd.compiled_tables import (
    NO_PAIR,
    NODES,
    Counters,
    Keys,
    fill,
    found_or_added,
    move_pairs,
    place_of,
)
from sensa.kernels.bdd.zero_suppressed import EMPTY, UNIT, FamilyRefusal, by_size
from sensa.kernels.jit import njit
from sensa.kernels.program import Ints
from sensa.kernels.work_clock import clock

POSITION, DEPTH, RESULT, KNOWN = 1, 2, 3, 4  # places in the counters, beside `NODES`
ROUNDS_PER_CALL = 2_000_000  # about a fifth of a second
MAX_COUNT = 2.0**62  # up to which sets are counted in 64 bits; more are counted in plain Python
CONSTANT = np.iinfo(np.int32).max  # the variable of the two constant families: below all others


@njit()
def _node(
    variable: Ints, low: Ints, high: Ints, unique: Ints, counters: Counters, x: Any, below: Any, above: Any
) -> Any:
    """The family of the sets of `below`, and those of `above` with x; -1 if the tables are full."""
    if above == EMPTY:
        return below
    return found_or_added(variable, low, high, unique, counters, x, below, above)


@njit(nogil=True)
def _advance(
    test: Ints,
    without: Ints,
    with_it: Ints,
    sets: Ints,
    variable: Ints,
    low: Ints,
    high: Ints,
    unique: Ints,
    keys: Keys,
    kept: Ints,
    stack: Ints,
    counters: Counters,
    most: int,
    rounds: int,
) -> int:
    """The minimal solutions of each node of a diagram, children first, from the position in the counters.

    Node i tests `test[i]`; `without` and `with_it` are its children: 0, 1, or 2 more than a node. `sets` has
    the family of each. Those with the test's event are the sets of `with_it` that contain none of `without`.
    """
    depth = counters[DEPTH]
    result = counters[RESULT]
    for node in range(counters[POSITION], test.size):
        if depth == 0:
            stack[0, 0] = sets[with_it[node]]
            stack[0, 1] = sets[without[node]]
            stack[0, 2] = 0
            depth = 1
        while depth > 0:
            a, b, stage = stack[depth - 1, 0], stack[depth - 1, 1], stack[depth - 1, 2]
            if stage == 0:
                while variable[b] < variable[a]:
                    b = low[b]
                if a == EMPTY or a == b or b == UNIT:  # noqa: PLR1714, SIM109 - types differ for Numba
                    result = EMPTY
                    depth -= 1
                    continue
                if b == EMPTY or a == UNIT:
                    result = a
                    depth -= 1
                    continue
                key = (np.uint64(a) << np.uint64(32)) | np.uint64(b)
                place = place_of(keys, key)
                if keys[place] == key:
                    result = kept[place]
                    depth -= 1
                    continue
                rounds -= 1
                if rounds < 0:
                    counters[POSITION], counters[DEPTH], counters[RESULT] = node, depth, result
                    return PAUSED
                stack[depth - 1, 1] = b
            elif stage == 1:
                stack[depth - 1, 3] = result
            same = variable[a] == variable[b]
            if stage < 2 or (stage == 2 and same):
                if stage == 2:
                    stack[depth, 0] = result
                    stack[depth, 1] = low[b]
                else:
                    stack[depth, 0] = low[a] if stage == 0 else high[a]
                    stack[depth, 1] = (low[b] if stage == 0 else high[b]) if same else b
                stack[depth, 2] = 0
                stack[depth - 1, 2] = stage + 1
                depth += 1
                continue
            made = _node(variable, low, high, unique, counters, variable[a], stack[depth - 1, 3], result)
            why = _limit(made, counters, keys, most)
            if why != FINISHED:
                counters[POSITION], counters[DEPTH], counters[RESULT] = node, depth, result
                return int(why)
            result = made
            key = (np.uint64(a) << np.uint64(32)) | np.uint64(b)
            place = place_of(keys, key)
            keys[place] = key
            kept[place] = result
            counters[KNOWN] += 1
            depth -= 1
        made = _node(variable, low, high, unique, counters, test[node], sets[without[node]], result)
        if made < 0:
            counters[POSITION], counters[DEPTH] = node, 0
            return FULL
        sets[2 + node] = made
    counters[POSITION] = test.size
    return FINISHED


@njit()
def _limit(made: int, counters: Counters, keys: Keys, most: int) -> int:
    """Why to stop before this node is kept, if at all."""
    if counters[NODES] > most or counters[KNOWN] >= MAX_PAIRS_PER_NODE * most:
        return PASSED
    if made < 0:
        return FULL
    return CROWDED if 2 * counters[KNOWN] >= keys.size else FINISHED


@njit()
def _compact(variable: Ints, low: Ints, high: Ints, family: int, first: int) -> Any:
    """The nodes of a family, children first, as the nodes `first`, `first + 1`, … of a table."""
    place = np.zeros(family + 1, np.int32)
    place[family] = 1
    for i in range(family, 1, -1):
        if place[i]:
            if low[i] > UNIT:
                place[low[i]] = 1
            if high[i] > UNIT:
                place[high[i]] = 1
    count = 0
    for i in range(2, family + 1):
        if place[i]:
            place[i] = first + count
            count += 1
    place[EMPTY], place[UNIT] = EMPTY, UNIT
    out = np.empty((3, count), np.int32)
    count = 0
    for i in range(2, family + 1):
        if place[i]:
            out[0, count] = variable[i]
            out[1, count] = place[low[i]]
            out[2, count] = place[high[i]]
            count += 1
    return out


class _Table:
    """The kernel's arrays; they grow on demand."""

    def __init__(self, nodes: int, variables: int) -> None:
        capacity = 1 << max(10, (2 * nodes).bit_length())
        self.variable = np.full(capacity, CONSTANT, np.int32)
        self.low = np.zeros(capacity, np.int32)
        self.high = np.zeros(capacity, np.int32)
        self.unique = np.zeros(2 * capacity, np.int32)
        self.counters = np.array([2, 0, 0, 0, 0], np.int64)
        self.stack = np.zeros((2 * variables + 3, 4), np.int32)
        self.keys = np.full(2 * capacity, NO_PAIR)
        self.kept = np.zeros(2 * capacity, np.int32)

    def more_nodes(self) -> None:
        """Make room for twice as many nodes."""
        for name in ("variable", "low", "high"):
            old: Ints = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.full_like(old, CONSTANT)]))
        self.unique = np.zeros(2 * self.variable.size, np.int32)
        fill(self.variable, self.low, self.high, self.unique, 2, int(self.counters[NODES]))

    def more_pairs(self) -> None:
        """Make room for twice as many pairs of families."""
        keys, kept = np.full(2 * self.keys.size, NO_PAIR), np.zeros(2 * self.kept.size, np.int32)
        move_pairs(self.keys, self.kept, keys, kept)
        self.keys, self.kept = keys, kept


class CompiledFamilies:
    """A table of families, limited to a number of nodes and to a time of `work_clock.clock`.

    One comes after the other, and none has nodes of another.
    """

    def __init__(self, most: int, until: float) -> None:
        self.most, self.until = most, until
        self._parts: list[Ints] = [np.array([[CONSTANT, CONSTANT], [0, 0], [0, 0]], np.int32)]
        self._first: dict[int, int] = {}  # of each family that was added, its first node
        self._size = 2
        self._variables = 0

    def minimal_solutions(self, test: Ints, without: Ints, with_it: Ints, ends: Sequence[int]) -> int:
        """The family of a diagram's last node; `ends` are the families of slots 0 and 1.

        Node i has slot 2 + i, tests the event `test[i]`, and comes after its children, the slots
        `without[i]` and `with_it[i]`; tests grow from a node to its children. Raises `FamilyRefusal`.
        """
        table = _Table(len(test), len(np.unique(test)))
        sets = np.zeros(2 + len(test), np.int32)
        sets[:2] = ends
        left = self.most - self._size
        self._variables = max(self._variables, 1 + int(test.max()))
        while True:
            why = _advance(
                test, without, with_it, sets, table.variable, table.low, table.high, table.unique,
                table.keys, table.kept, table.stack, table.counters, left, ROUNDS_PER_CALL,
            )  # fmt: skip
            if why == FINISHED:
                return self._add(table, int(sets[-1]))
            if why == PASSED:
                raise FamilyRefusal(f"more than {self.most:,} nodes")
            if clock() > self.until:
                raise FamilyRefusal("more time")
            if why == FULL:
                table.more_nodes()
            elif why == CROWDED:
                table.more_pairs()

    def _add(self, table: _Table, family: int) -> int:
        if family <= UNIT:
            return family
        part = _compact(table.variable, table.low, table.high, family, self._size)
        first, self._size = self._size, self._size + part.shape[1]
        self._parts = [*self._parts, part]
        self._first[self._size - 1] = first
        return self._size - 1

    @cached_property
    def arrays(self) -> Ints:
        """The variable, low and high of each node."""
        return np.concatenate(self._parts, axis=1)

    @cached_property
    def variable(self) -> list[int]:
        """The variable of each node."""
        found: list[int] = self.arrays[0].tolist()
        return found

    @cached_property
    def low(self) -> list[int]:
        """The family of the sets without the variable."""
        found: list[int] = self.arrays[1].tolist()
        return found

    @cached_property
    def high(self) -> list[int]:
        """The family of the sets with it, without it."""
        found: list[int] = self.arrays[2].tolist()
        return found

    def size(self) -> int:
        """The number of nodes in the table."""
        return self._size

    def by_size(self, family: int, inner: Mapping[int, Sequence[int]], until: float) -> list[int]:
        """As `zero_suppressed.by_size`."""
        parts = [inner.get(variable, (0, 1)) for variable in range(self._variables)]
        if family <= UNIT or max(map(sum, parts)) > MAX_COUNT or clock() > until:
            return by_size(self, family, inner, until)
        first = self._first[family]
        nodes = *self.arrays[:, first : family + 1], first
        start = np.cumsum([0, *map(len, parts)])
        within = np.concatenate([np.array(part, np.int64) for part in parts])
        largest, total = family_sweeps.largest(*nodes, start, within)
        if total > MAX_COUNT:
            return by_size(self, family, inner, until)
        counts: list[int] = family_sweeps.sizes(*nodes, start, within, largest).tolist()
        return counts

    def best(
        self, roots: Sequence[int], weight: Mapping[int, float], inner: Mapping[int, int]
    ) -> Sequence[float]:
        """As `zero_suppressed.Families.best`, for every node."""
        variables = range(self._variables)
        found: list[float] = family_sweeps.best(
            *self.arrays,
            np.array([weight.get(variable, 0.0) for variable in variables]),
            np.array([inner.get(variable, -1) for variable in variables], np.int32),
        ).tolist()
        return found
