"""Worlds by the word: 64 at a time through the instructions of a circuit, counted by population counts.

A *block* is 64 words, 4,096 worlds; its rows stay in the nearest cache. Every bit is addressed by its coin's
keys and the number of its word, so counts are the same whatever the blocks and threads: work is cut into a
number of tasks that depends on the work alone, and counts are whole numbers.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import intrinsic

from sensa.kernels.jit import njit
from sensa.kernels.program import Floats
from sensa.kernels.worlds.bits import COUNTER, Keys, Words
from sensa.kernels.worlds.coins import ONE, bernoulli, digits, draw, draw_each
from sensa.kernels.worlds.gates import and_row, or_not_row, or_row, without_row, xor_row
from sensa.kernels.worlds.instructions import Do, Program, layout
from sensa.kernels.worlds.vectors import BLOCK, aligned, interpreted

Counts = npt.NDArray[np.int64]

__all__ = [
    "Program",
    "coin_words",
    "evaluate_words",
    "layout",
    "root_words",
    "simulate",
    "simulate_each",
    "simulate_jointly",
    "simulate_twins",
]

TASKS = 32
SMALL = 1 << 22  # instructions times words that are not worth a second thread
ALONE = np.zeros((0, BLOCK), np.uint64)  # no words given
_DRAW, _AND, _OR, _XOR, _WITHOUT = (int(do) for do in (Do.DRAW, Do.AND, Do.OR, Do.XOR, Do.WITHOUT))
_COUNTER = np.uint64(COUNTER)


@intrinsic
def _population(typing: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), generate


def _population_plain(word: Any) -> Any:
    return np.bitwise_count(word)


population: Any = _population_plain if interpreted else _population


@njit(nogil=True, inline="always")
def _gate(do: int, rows: Words, own: int, left: int, right: int) -> None:
    if do == _AND:
        and_row(rows, own, left, right)
    elif do == _OR:
        or_row(rows, own, left, right)
    elif do == _WITHOUT:
        without_row(rows, own, left, right)
    elif do == _XOR:
        xor_row(rows, own, left, right)
    else:
        or_not_row(rows, own, left, right)


@njit(nogil=True)
def _run(program: Program, rows: Words, keys: Keys, kept: Words, tails: Words, first: int) -> None:
    """One block, every word at the same probabilities."""
    for i in range(program.do.size):
        own, left = program.own[i], program.left[i]
        if program.do[i] == _DRAW:
            number = np.uint64(first)
            draw(rows, own, number, keys[left, 0], keys[left, 1], kept[left], tails[left])
        else:
            _gate(program.do[i], rows, own, left, program.right[i])


@njit(nogil=True)
def _run_each(
    program: Program, rows: Words, keys: Keys, p: Floats, first: int, sample: npt.NDArray[np.int64]
) -> None:
    """One block, every word at the probabilities of its sample; p is (coins, samples)."""
    scaled = np.empty(BLOCK)
    whole = np.empty(BLOCK, np.int64)
    rest = np.empty(BLOCK, np.int64)
    for i in range(program.do.size):
        own, left = program.own[i], program.left[i]
        if program.do[i] == _DRAW:
            for j in range(BLOCK):
                scaled[j] = p[left, sample[j]] * ONE
            for j in range(BLOCK):
                whole[j] = np.int64(scaled[j])
            for j in range(BLOCK):
                rest[j] = np.int64((scaled[j] - whole[j]) * 9223372036854775808.0) << 1
            number = np.uint64(first)
            draw_each(
                rows, own, number, keys[left, 0], keys[left, 1], whole.view(np.uint64), rest.view(np.uint64)
            )
        else:
            _gate(program.do[i], rows, own, left, program.right[i])


@njit(nogil=True)
def _run_given(program: Program, rows: Words, given: Words, at: int) -> None:
    """One block of coins' words that are given, from word `at` on."""
    size = min(BLOCK, given.shape[1] - at)
    for i in range(program.do.size):
        own, left = program.own[i], program.left[i]
        if program.do[i] == _DRAW:
            for j in range(size):
                rows[own, j] = given[left, at + j]
        else:
            _gate(program.do[i], rows, own, left, program.right[i])


@njit(nogil=True)
def _count(
    program: Program,
    rows: Words,
    keys: Keys,
    kept: Words,
    tails: Words,
    first: int,
    words: int,
    counts: Counts,
) -> None:
    for at in range(0, words, BLOCK):
        _run(program, rows, keys, kept, tails, first + at)
        size = min(BLOCK, words - at)
        for root in range(program.roots.size):
            row = program.roots[root]
            total = np.uint64(0)
            for j in range(size):
                total += np.uint64(population(rows[row, j]))
            counts[root] += np.int64(total)


@njit(nogil=True)
def _samples(at: int, each: int, samples: int, found: npt.NDArray[np.int64]) -> None:
    """The sample of each word of a block; the last one repeats."""
    sample, rest = at // each, at % each
    for j in range(BLOCK):
        found[j] = min(sample, samples - 1)
        rest += 1
        if rest == each:
            sample, rest = sample + 1, 0


@njit(nogil=True)
def _count_each(
    program: Program, rows: Words, keys: Keys, p: Floats, first: int, each: int, counts: Counts
) -> None:
    samples = p.shape[1]
    sample = np.empty(BLOCK, np.int64)
    for at in range(0, samples * each, BLOCK):
        _samples(at, each, samples, sample)
        _run_each(program, rows, keys, p, first + at, sample)
        size = min(BLOCK, samples * each - at)
        for root in range(program.roots.size):
            row = program.roots[root]
            for j in range(size):
                counts[sample[j], root] += np.int64(population(rows[row, j]))


@njit(nogil=True)
def _count_twins(
    program: Program,
    rows: Words,
    saved: Words,
    keys: Keys,
    other_keys: Keys,
    p: Floats,
    other_p: Floats,
    first: int,
    each: int,
    counts: Counts,
) -> None:
    samples = p.shape[1]
    sample = np.empty(BLOCK, np.int64)
    for at in range(0, samples * each, BLOCK):
        _samples(at, each, samples, sample)
        _run_each(program, rows, keys, p, first + at, sample)
        for root in range(program.roots.size):
            for j in range(BLOCK):
                saved[root, j] = rows[program.roots[root], j]
        _run_each(program, rows, other_keys, other_p, first + at, sample)
        for root in range(program.roots.size):
            for j in range(min(BLOCK, samples * each - at)):
                one, two = saved[root, j], rows[program.roots[root], j]
                counts[sample[j], root, 0] += np.int64(population(one))
                counts[sample[j], root, 1] += np.int64(population(two))
                counts[sample[j], root, 2] += np.int64(population(one & two))


@njit(nogil=True)
def _count_jointly(
    program: Program,
    rows: Words,
    scratch: Words,
    keys: Keys,
    kept: Words,
    tails: Words,
    first: int,
    words: int,
    root_counts: Counts,
    coin_counts: Counts,
    joint: Counts,
) -> None:
    """Coins are drawn again for their counts, so that no more rows are needed than for the roots."""
    for at in range(0, words, BLOCK):
        _run(program, rows, keys, kept, tails, first + at)
        size = min(BLOCK, words - at)
        for root in range(program.roots.size):
            total = np.uint64(0)
            for j in range(size):
                total += np.uint64(population(rows[program.roots[root], j]))
            root_counts[root] += np.int64(total)
        for coin in range(program.coins):
            draw(scratch, 0, np.uint64(first + at), keys[coin, 0], keys[coin, 1], kept[coin], tails[coin])
            total = np.uint64(0)
            for j in range(size):
                total += np.uint64(population(scratch[0, j]))
            coin_counts[coin] += np.int64(total)
            for root in range(program.roots.size):
                row = program.roots[root]
                total = np.uint64(0)
                for j in range(size):
                    total += np.uint64(population(scratch[0, j] & rows[row, j]))
                joint[coin, root] += np.int64(total)


@njit(nogil=True)
def _words_of(program: Program, rows: Words, given: Words, found: Words) -> None:
    for at in range(0, given.shape[1], BLOCK):
        _run_given(program, rows, given, at)
        for root in range(program.roots.size):
            for j in range(min(BLOCK, given.shape[1] - at)):
                found[root, at + j] = rows[program.roots[root], j]


@njit(nogil=True)
def _draw_words(scratch: Words, keys: Keys, kept: Words, tails: Words, first: int, found: Words) -> None:
    for coin in range(keys.shape[0]):
        for at in range(0, found.shape[1], BLOCK):
            draw(scratch, 0, np.uint64(first + at), keys[coin, 0], keys[coin, 1], kept[coin], tails[coin])
            for j in range(min(BLOCK, found.shape[1] - at)):
                found[coin, at + j] = scratch[0, j]


def _rows(program: Program) -> Words:
    rows = aligned(program.rows)
    rows[1] = ~np.uint64(0)
    return rows


def _shape(program: Program, keys: Keys, p: Floats, samples: bool) -> Floats:
    p = np.asarray(p, np.float64)
    wanted = (program.coins,)
    if p.ndim != 1 + samples or p.shape[-1:] != wanted or keys.shape != (*wanted, 2):
        raise ValueError(f"p has shape {p.shape} and keys {keys.shape}; wanted for {program.coins} coins")
    if not ((p >= 0.0) & (p <= 1.0)).all():
        raise ValueError("a probability is NaN or not in [0, 1]")
    return p


def _cut(total: int, unit: int = 1) -> list[tuple[int, int]]:
    """At most `TASKS` stretches of `total`, each but the last a multiple of `unit`."""
    size = max(-(-total // (TASKS * unit)), 1) * unit
    return [(start, min(size, total - start)) for start in range(0, total, size)]


def _in_tasks(
    task: Callable[[int, int], Any], total: int, unit: int, work: int, threads: int | None
) -> list[Any]:
    """What `task(start, size)` gives for each stretch, in order, on as many threads as asked for."""
    cuts = _cut(total, unit)
    workers = min(threads or os.cpu_count() or 1, len(cuts)) if work > SMALL or threads else 1
    if workers <= 1:
        return [task(*cut) for cut in cuts]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda cut: task(*cut), cuts))


def simulate(
    program: Program,
    keys: Keys,
    p: Floats,
    *,
    first: int = 0,
    words: int,
    threads: int | None = None,
    audit: bool = False,
) -> Counts:
    """In how many worlds of `words` words from `first` on each root is true (roots,), at `p` (coins,).

    `audit` draws the bits by Philox. Raises ValueError for a wrong shape, or a `p` that is no probability.
    """
    p = _shape(program, keys, p, samples=False)
    if audit:
        return _audited(program, keys, p, first, words)
    kept, tails = digits(p)

    def task(start: int, size: int) -> Counts:
        counts = np.zeros(len(program.roots), np.int64)
        _count(program, _rows(program), keys, kept, tails, first + start, size, counts)
        return counts

    parts = _in_tasks(task, words, BLOCK, words * program.size, threads)
    return np.sum(parts, axis=0) if parts else np.zeros(len(program.roots), np.int64)


def _audited(program: Program, keys: Keys, p: Floats, first: int, words: int) -> Counts:
    counts = np.zeros(len(program.roots), np.int64)
    kept, tails = digits(p)
    for start in range(0, words, BLOCK):
        numbers = np.arange(first + start, first + min(start + BLOCK, words), dtype=np.uint64)
        given = np.zeros((program.coins, len(numbers)), np.uint64)
        for coin in program.drawn:
            of = np.full(len(numbers), kept[coin]), np.full(len(numbers), tails[coin])
            given[coin] = bernoulli(keys[coin], *of, numbers, audit=True)
        counts += np.bitwise_count(evaluate_words(program, given)).sum(axis=1, dtype=np.int64)
    return counts


def simulate_each(
    program: Program,
    keys: Keys,
    p: Floats,
    *,
    first: int = 0,
    each: int = 1,
    threads: int | None = None,
) -> Counts:
    """The same (samples, roots) at several `p` (samples, coins), in `each` words for each of them.

    Sample i has the words from `first + i each` on: it is counted as `simulate` would count it there.
    """
    columns = np.ascontiguousarray(_shape(program, keys, p, samples=True).T)

    def task(start: int, size: int) -> Counts:
        counts = np.zeros((size, len(program.roots)), np.int64)
        part = np.ascontiguousarray(columns[:, start : start + size])
        _count_each(program, _rows(program), keys, part, first + start * each, each, counts)
        return counts

    total = columns.shape[1]
    unit = max(BLOCK // each, 1)
    parts = _in_tasks(task, total, unit, total * each * program.size, threads)
    return np.concatenate(parts) if parts else np.zeros((0, len(program.roots)), np.int64)


def simulate_jointly(
    program: Program, keys: Keys, p: Floats, *, first: int = 0, words: int, threads: int | None = None
) -> tuple[Counts, Counts, Counts]:
    """Counts of roots (roots,), of all coins (coins,), and of coin and root together (coins, roots)."""
    kept, tails = digits(_shape(program, keys, p, samples=False))

    def task(start: int, size: int) -> tuple[Counts, Counts, Counts]:
        shapes = (len(program.roots),), (program.coins,), (program.coins, len(program.roots))
        found = tuple(np.zeros(shape, np.int64) for shape in shapes)
        _count_jointly(program, _rows(program), aligned(1), keys, kept, tails, first + start, size, *found)
        return found[0], found[1], found[2]

    work = words * (program.size + program.coins)
    parts = _in_tasks(task, max(words, 1), BLOCK, work, threads) if words else [task(0, 0)]
    return tuple(np.sum(part, axis=0) for part in zip(*parts, strict=True))


def simulate_twins(
    program: Program,
    keys: Keys,
    other_keys: Keys,
    p: Floats,
    other_p: Floats,
    *,
    first: int = 0,
    each: int = 1,
    threads: int | None = None,
) -> Counts:
    """Counts (samples, roots, 3): root, its twin, both; twins share the coins of equal keys and p."""
    columns, other = (
        np.ascontiguousarray(_shape(program, k, x, samples=True).T)
        for k, x in ((keys, p), (other_keys, other_p))
    )

    def task(start: int, size: int) -> Counts:
        counts = np.zeros((size, len(program.roots), 3), np.int64)
        one, two = (np.ascontiguousarray(part[:, start : start + size]) for part in (columns, other))
        rows, saved = _rows(program), aligned(len(program.roots) or 1)
        _count_twins(program, rows, saved, keys, other_keys, one, two, first + start * each, each, counts)
        return counts

    total = columns.shape[1]
    unit = max(BLOCK // each, 1)
    parts = _in_tasks(task, total, unit, 2 * total * each * program.size, threads)
    return np.concatenate(parts) if parts else np.zeros((0, len(program.roots), 3), np.int64)


def coin_words(keys: Keys, p: Floats, *, first: int = 0, words: int) -> Words:
    """The coins' words (coins, words) themselves."""
    kept, tails = digits(p)
    found = np.zeros((len(keys), words), np.uint64)
    _draw_words(aligned(1), keys, kept, tails, first, found)
    return found


def evaluate_words(program: Program, given: Words) -> Words:
    """The roots' words (roots, words), of coins' words (coins, words) that are given."""
    found = np.zeros((len(program.roots), given.shape[1]), np.uint64)
    _words_of(program, _rows(program), np.ascontiguousarray(given, np.uint64), found)
    return found


def root_words(program: Program, keys: Keys, p: Floats, *, first: int = 0, words: int) -> Words:
    """The roots' words (roots, words)."""
    return evaluate_words(program, coin_words(keys, p, first=first, words=words))
