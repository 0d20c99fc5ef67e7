"""The pairs of `self_product` in compiled code, for large work: the same pairs in the same order.

The kernel stops when its table is full, when there are more than `most` pairs, or after a fixed number of
rounds. Its whole state is in the arrays, and the next call resumes from it, so that the caller can enlarge
the table and check the clock.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sensa.kernels.bdd.compiled_tables import NO_PAIR, Counters, Keys, move_pairs, place_of
from sensa.kernels.bdd.pairs import FIRST, SAME, SECOND, Frame, Pairs, TooManyPairsError
from sensa.kernels.jit import njit
from sensa.kernels.program import Ints
from sensa.kernels.work_clock import clock

COUNT, DEPTH, KNOWN = 0, 1, 2  # places in the counters
FINISHED, PAUSED, FULL, CROWDED, DEEP = 0, 1, 2, 3, 4  # why the kernel stopped
ROUNDS_PER_CALL = 4_000_000  # about half a second
MIN_PAIR_ROOM = 1 << 14  # pairs that there is room for at first


class _Memo(NamedTuple):
    """References found so far, by pair: open addressing."""

    keys: Keys
    found: Ints


@njit(inline="always")
def _reference(memo: _Memo, waiting: Keys, depth: int, u: Any, w: Any) -> Any:
    """A reference to c(u, w); if it is not known yet, -1, and the pair is put at `waiting[depth]`."""
    if u < 2 or w < 2:
        return 0
    a, b = (w, u) if u > w else (u, w)
    key = (np.uint64(a) << np.uint64(32)) | np.uint64(b)
    place = place_of(memo.keys, key)
    if memo.keys[place] == NO_PAIR:
        waiting[depth] = key
        return -1
    found = memo.found[place]
    return found ^ 1 if u > w and found > 1 else found


@njit(nogil=True)
def _advance(
    slots: Frame[Ints], asked: Keys, memo: _Memo, rows: Ints, waiting: Keys, counters: Counters, rounds: int
) -> int:
    """Work through the waiting pairs, from the position in the counters."""
    first = 2 + slots.coins
    depth = counters[DEPTH]
    parts = np.zeros(5, np.int64)
    heads = np.zeros((5, 2), np.int64)
    while depth > 0:
        counters[DEPTH] = depth
        rounds -= 1
        if rounds < 0:
            return PAUSED
        key = waiting[depth - 1]
        place = place_of(memo.keys, key)
        if memo.keys[place] != NO_PAIR:
            depth -= 1
            continue
        if counters[COUNT] == rows.shape[0]:
            return FULL
        if 2 * counters[KNOWN] >= memo.keys.size:
            return CROWDED
        if depth + 5 >= waiting.size:
            return DEEP
        u, w = np.int64(key >> np.uint64(32)), np.int64(key & np.uint64(0xFFFFFFFF))
        found = np.int64(-1)
        if u == w and u < first:
            found = 2 * (u - 1)
        else:
            tests = SAME
            apart = np.int64(0)
            independent = False
            if slots.module[u] == slots.module[w]:
                if slots.level[u] != slots.level[w]:
                    tests = FIRST if slots.level[u] < slots.level[w] else SECOND
            else:
                tests = FIRST if slots.module[u] > slots.module[w] else SECOND
                inner, top = slots.module[w], slots.module[u]
                if tests == SECOND:
                    inner, top = top, inner
                while inner >= 0 and inner < top:
                    apart = np.int64(slots.head[inner])
                    inner = slots.outer[inner]
                independent = inner != top
            if independent:
                found = np.int64(0)
            else:
                x = np.int64(slots.variable[w if tests == SECOND else u])
                heads[:] = 0
                if tests == SAME:
                    heads[0, 0], heads[0, 1] = slots.low[u], slots.low[w]
                    heads[1, 0], heads[1, 1] = slots.low[u], slots.high[w]
                    heads[2, 0], heads[2, 1] = slots.high[u], slots.low[w]
                    heads[3, 0], heads[3, 1] = slots.high[u], slots.high[w]
                    heads[4, 0], heads[4, 1] = x, x
                elif apart > 0 and x == apart:
                    heads[1, 0], heads[1, 1] = (x, w) if tests == FIRST else (u, x)
                elif tests == FIRST:
                    heads[0, 0], heads[0, 1] = slots.low[u], w
                    heads[3, 0], heads[3, 1] = slots.high[u], w
                else:
                    heads[0, 0], heads[0, 1] = u, slots.low[w]
                    heads[3, 0], heads[3, 1] = u, slots.high[w]
                missing = 0
                for i in range(5):
                    parts[i] = _reference(memo, waiting, depth + missing, heads[i, 0], heads[i, 1])
                    if parts[i] < 0:
                        missing += 1
                if missing > 0:
                    depth += missing
                    continue
                if tests != SAME and parts[0] == parts[3] and parts[1] == 0:
                    found = parts[0]
                else:
                    row = rows[counters[COUNT]]
                    row[0], row[1], row[2], row[3], row[4] = tests, x, u, w, parts[4] >> 1
                    row[5], row[6], row[7], row[8] = parts[0], parts[1], parts[2], parts[3]
                    counters[COUNT] += 1
                    found = 2 * (slots.coins + counters[COUNT])
        memo.keys[place] = key
        memo.found[place] = found
        counters[KNOWN] += 1
        depth -= 1
    counters[DEPTH] = 0
    return FINISHED


def build(
    slots: Frame[list[int]], asked: Sequence[tuple[int, int]], *, most: int, until: float
) -> tuple[Pairs, Ints]:
    """The pairs below these pairs of slots, and a reference to each; raises `TooManyPairsError`."""
    arrays = Frame(slots.coins, *(np.array(part, np.int32) for part in slots[1:]))
    rows = np.zeros((min(MIN_PAIR_ROOM, most + 1), 9), np.int32)
    memo = _memo(8 * MIN_PAIR_ROOM)
    waiting = np.zeros(1 << 12, np.uint64)
    counters = np.zeros(3, np.int64)
    ends = [(min(u, w), max(u, w), u > w) for u, w in asked]
    for u, w, _ in ends:
        if u < 2:
            continue
        waiting[0] = (u << 32) | w
        counters[DEPTH] = 1
        while True:
            why = _advance(arrays, waiting, memo, rows, waiting, counters, ROUNDS_PER_CALL)
            if counters[COUNT] > most:
                raise TooManyPairsError(most)
            if why == FINISHED:
                break
            if clock() > until:
                raise TooManyPairsError(None)
            if why == FULL:
                rows = _longer(rows, min(4 * len(rows), most + 1))
            elif why == CROWDED:
                larger = _memo(4 * memo.keys.size)
                move_pairs(memo.keys, memo.found, larger.keys, larger.found)
                memo = larger
            elif why == DEEP:
                waiting = np.concatenate([waiting, np.zeros(3 * waiting.size, np.uint64)])
    columns = rows[: int(counters[COUNT])].T
    references = [_found(memo, u, w, turned) for u, w, turned in ends]
    return Pairs(*(np.ascontiguousarray(column) for column in columns)), np.array(references, np.int32)


def _memo(size: int) -> _Memo:
    return _Memo(np.full(size, NO_PAIR), np.zeros(size, np.int32))


def _longer(rows: Ints, length: int) -> Ints:
    new = np.zeros((length, rows.shape[1]), np.int32)
    new[: len(rows)] = rows
    return new


def _found(memo: _Memo, u: int, w: int, turned: bool) -> int:
    if u < 2:
        return 0
    found = int(memo.found[place_of(memo.keys, np.uint64((u << 32) | w))])
    return found ^ 1 if turned and found > 1 else found
