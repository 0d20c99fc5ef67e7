"""Reduced ordered diagrams in compiled code, for large work: the algorithm of `build_python`.

The recursion of the conjunction is a stack of frames in an array (a, b, stage, low), never deeper than
there are levels. The kernel stops when its tables are full, when it has more than `most` nodes, or after a
fixed number of rounds. Its whole state is in the arrays, and the next call resumes from it, so that the
caller can enlarge the tables and check the clock.

Large work keeps the conjunctions that it has computed in a cache, where a pair replaces the one in its
place (Brace, Rudell and Bryant 1990): some are computed again, which takes less time than looking through a
table that holds all. The diagram is the same. Small work keeps all, so that it stops exactly where
`build_python` does.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sensa.kernels.bdd.build_python import DONE, MAX_PAIRS_PER_NODE, Built
from sensa.kernels.bdd.compiled_tables import (
    NO_PAIR,
    NODES,
    Counters,
    Keys,
    fill,
    found_or_added,
    mixed,
    move_pairs,
    place_of,
)
from sensa.kernels.jit import njit
from sensa.kernels.program import Ints
from sensa.kernels.work_clock import clock

INSTRUCTION, DEPTH, RESULT, KNOWN = 1, 2, 3, 4  # places in the counters, beside `NODES`
FINISHED, PAUSED, FULL, CROWDED, PASSED = 0, 1, 2, 3, 4  # why the kernel stopped
ROUNDS_PER_CALL = 4_000_000  # about a fifth of a second
MAX_EXACT_NODES = 10_000  # up to this budget all computed conjunctions are kept
FIRST_CACHE = 1 << 13  # conjunctions in the cache; it doubles while there are more nodes
SMALL_TABLE = 1 << 16  # nodes for which there is room from the beginning, if as many are allowed
LARGE_TABLE = 1 << 22  # entries from which tables grow less at a time


@njit(no_cpython_wrapper=True, nogil=True)
def _node(
    level: Ints, low: Ints, high: Ints, unique: Ints, counters: Counters, x: Any, below: Any, above: Any
) -> Any:
    """The edge to the node, which is created if needed; -1 if the tables are full."""
    if below == above:
        return below
    negated = below & 1
    below ^= negated
    above ^= negated
    if below == 0 and above == 1:
        return 2 * (x + 1) + negated  # the variable itself
    i = found_or_added(level, low, high, unique, counters, x, below, above)
    return i if i < 0 else 2 * i + negated


@njit(inline="always")
def _slot_of(keys: Keys, key: Any) -> Any:
    """The only position of a pair in the cache."""
    return mixed(key, 0, 0) & np.uint64(keys.size - 1)


@njit(nogil=True)
def _advance(
    level: Ints,
    low: Ints,
    high: Ints,
    unique: Ints,
    keys: Keys,
    kept: Ints,
    stack: Ints,
    counters: Counters,
    edges: Ints,
    left: Ints,
    right: Ints,
    most: int,
    rounds: int,
    exact: bool,
) -> int:
    """Run the plan from the position in the counters."""
    depth = counters[DEPTH]
    result = counters[RESULT]
    first = edges.size - left.size
    for i in range(counters[INSTRUCTION], left.size):
        if depth == 0:
            stack[0, 0] = edges[left[i] >> 1] ^ (left[i] & 1)
            stack[0, 1] = edges[right[i] >> 1] ^ (right[i] & 1)
            stack[0, 2] = 0
            depth = 1
        while depth > 0:
            a, b, stage = stack[depth - 1, 0], stack[depth - 1, 1], stack[depth - 1, 2]
            if stage == 0:
                if a > b:
                    a, b = b, a
                if a == 0 or a == b ^ 1:
                    result = 0
                    depth -= 1
                    continue
                if a == 1:
                    a = b
                if a == b:
                    result = b
                    depth -= 1
                    continue
                key = (np.uint64(a) << np.uint64(32)) | np.uint64(b)
                place = place_of(keys, key) if exact else _slot_of(keys, key)
                if keys[place] == key:
                    result = kept[place]
                    depth -= 1
                    continue
                rounds -= 1
                if rounds < 0:
                    counters[INSTRUCTION], counters[DEPTH], counters[RESULT] = i, depth, result
                    return PAUSED
                stack[depth - 1, 0] = a
                stack[depth - 1, 1] = b
            elif stage == 1:
                stack[depth - 1, 3] = result
            m, n = a >> 1, b >> 1
            x = min(level[m], level[n])
            if stage < 2:
                branch_a = low if stage == 0 else high
                stack[depth, 0] = branch_a[m] ^ (a & 1) if level[m] == x else a
                stack[depth, 1] = branch_a[n] ^ (b & 1) if level[n] == x else b
                stack[depth, 2] = 0
                stack[depth - 1, 2] = stage + 1
                depth += 1
                continue
            made = _node(level, low, high, unique, counters, x, stack[depth - 1, 3], result)
            why = (
                PASSED if counters[NODES] > most or counters[KNOWN] >= MAX_PAIRS_PER_NODE * most else FINISHED
            )
            if why == FINISHED and made < 0:
                why = FULL
            elif why == FINISHED and keys.size < (2 * counters[KNOWN] if exact else counters[NODES]):
                why = CROWDED
            if why != FINISHED:
                counters[INSTRUCTION], counters[DEPTH], counters[RESULT] = i, depth, result
                return why
            result = made
            key = (np.uint64(a) << np.uint64(32)) | np.uint64(b)
            place = place_of(keys, key) if exact else _slot_of(keys, key)
            keys[place] = key
            kept[place] = result
            counters[KNOWN] += 1
            depth -= 1
        edges[first + i] = result
    counters[INSTRUCTION] = left.size
    return FINISHED


@njit(nogil=True)
def _unfold(level: Ints, low: Ints, high: Ints, heads: Ints, place: Ints, waiting: Ints, out: Ints) -> int:
    """Write the diagram of `heads` in depth-first order without negated edges; return its number of nodes."""
    place[0] = 0
    place[1] = 1
    count = 0
    for head in heads:
        waiting[0] = head
        depth = 1
        while depth > 0:
            edge = waiting[depth - 1]
            if place[edge] >= 0:
                depth -= 1
                continue
            node, negated = edge >> 1, edge & 1
            below, above = low[node] ^ negated, high[node] ^ negated
            if place[below] < 0:
                waiting[depth] = below
                depth += 1
            elif place[above] < 0:
                waiting[depth] = above
                depth += 1
            else:
                place[edge] = 2 + count
                out[count, 0] = level[node]
                out[count, 1] = place[below]
                out[count, 2] = place[above]
                count += 1
                depth -= 1
    return count


class _Table:
    """The kernel's arrays; they grow on demand."""

    def __init__(self, variables: int, instructions: int, most: int) -> None:
        room = min(most, SMALL_TABLE - 1)
        capacity = 1 << max(12, max(2 * variables + 2, room).bit_length())
        self.exact = most <= MAX_EXACT_NODES
        all_pairs = max(2 * capacity, 1 << (2 * MAX_PAIRS_PER_NODE * room).bit_length())
        pairs = all_pairs if self.exact else FIRST_CACHE
        self.level = np.empty(capacity, np.int32)
        self.low = np.zeros(capacity, np.int32)
        self.high = np.zeros(capacity, np.int32)
        self.level[: variables + 1] = [variables, *range(variables)]
        self.high[1 : variables + 1] = 1
        self.unique = np.zeros(2 * capacity, np.int32)
        self.counters = np.array([variables + 1, 0, 0, 0, 0], np.int64)
        self.stack = np.zeros((variables + 3, 4), np.int32)
        self.edges = np.zeros(1 + variables + instructions, np.int32)
        self.edges[: variables + 1] = 2 * np.arange(variables + 1)
        self.keys = np.full(pairs, NO_PAIR)
        self.kept = np.zeros(pairs, np.int32)

    def more_nodes(self) -> None:
        """Make room for four times as many nodes, or twice as many where that is much."""
        times = 4 if self.level.size < LARGE_TABLE else 2
        for name in ("level", "low", "high"):
            old: Ints = getattr(self, name)
            new = np.zeros(times * old.size, np.int32)
            new[: old.size] = old
            setattr(self, name, new)
        self.unique = np.zeros(2 * self.level.size, np.int32)
        fill(self.level, self.low, self.high, self.unique, 1, int(self.counters[NODES]))

    def more_pairs(self) -> None:
        """Make room for four times as many conjunctions, or twice as many in the cache."""
        times = (
            4 if self.exact else 2
        )  # a pair's place in a smaller cache is that of no other in a larger one
        keys, kept = np.full(times * self.keys.size, NO_PAIR), np.zeros(times * self.kept.size, np.int32)
        move_pairs(self.keys, self.kept, keys, kept)
        self.keys, self.kept = keys, kept


def build(
    variables: int, left: Sequence[int], right: Sequence[int], heads: Sequence[int], most: int, until: float
) -> Built:
    """Build the same diagram as `sensa.kernels.bdd.build_python.build`."""
    table = _Table(variables, len(left), most)
    lefts, rights = np.array(left, np.int32), np.array(right, np.int32)
    while True:
        why = _advance(
            table.level,
            table.low,
            table.high,
            table.unique,
            table.keys,
            table.kept,
            table.stack,
            table.counters,
            table.edges,
            lefts,
            rights,
            most,
            ROUNDS_PER_CALL,
            table.exact,
        )
        created = int(table.counters[NODES])
        if why == FULL:
            table.more_nodes()
        elif why == CROWDED:
            table.more_pairs()
        elif why == FINISHED:
            return _unfolded(table, np.array(heads, np.int64), created)
        if why == PASSED or (why != FINISHED and clock() > until):
            return Built([], [], [], [], created, int(table.counters[INSTRUCTION]), why != PASSED)


def _unfolded(table: _Table, heads: Counters, created: int) -> Built:
    ends = (table.edges[heads >> 1] ^ (heads & 1)).astype(np.int32)
    place = np.full(2 * created, -1, np.int32)
    out = np.empty((2 * created, 3), np.int32)
    waiting = np.empty(len(table.stack) + 1, np.int32)
    count = _unfold(table.level, table.low, table.high, ends, place, waiting, out)
    level, low, high = (out[:count, column].tolist() for column in range(3))
    return Built(level, low, high, place[ends].tolist(), created, DONE, False)
