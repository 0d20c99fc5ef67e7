"""Simulate worlds, 64 per word, through the instructions of a circuit; count them by population counts.

Each bit is addressed by its coin's keys and the number of its word, so counts do not depend on blocks
(`blocks`) or threads: the number of tasks depends only on the amount of work, and counts are integers.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from sensa import processors
from sensa.kernels.program import Floats
from sensa.kernels.worlds.bernoulli import AUDITED, bernoulli, checked
from sensa.kernels.worlds.bits import Keys, Words
from sensa.kernels.worlds.counting import (
    Counts,
    count,
    count_each,
    count_jointly,
    count_twins,
    fill_coin_words,
    fill_root_words,
)
from sensa.kernels.worlds.instructions import Program
from sensa.kernels.worlds.vectors import ROW_WORDS, aligned

MAX_TASKS = 32
MIN_THREADED_WORK = 1 << 22  # instructions times words, below which a second thread is not worth starting


def _rows(program: Program) -> Words:
    rows = aligned(program.rows)
    rows[1] = ~np.uint64(0)
    return rows


def _shape(program: Program, keys: Keys, p: Floats, samples: bool) -> Floats:
    p = np.asarray(p, np.float64)
    wanted = (program.coins,)
    if p.ndim != 1 + samples or p.shape[-1:] != wanted or keys.shape != (*wanted, 2):
        raise ValueError(f"p has shape {p.shape} and keys {keys.shape}; wanted for {program.coins} coins")
    return checked(p)


def _cut(total: int, unit: int = 1) -> list[tuple[int, int]]:
    """At most `MAX_TASKS` stretches of `total`, each but the last a multiple of `unit`."""
    size = max(-(-total // (MAX_TASKS * unit)), 1) * unit
    return [(start, min(size, total - start)) for start in range(0, total, size)]


def _in_tasks(
    task: Callable[[int, int], Any], total: int, unit: int, work: int, threads: int | None
) -> list[Any]:
    """The results of `task(start, size)` for each stretch, in order, on the given number of threads."""
    cuts = _cut(total, unit)
    workers = min(threads or processors.count(), len(cuts)) if work > MIN_THREADED_WORK or threads else 1
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
    """Count the worlds in which each root is true (roots,) at `p` (coins,), in `words` words from `first` on.

    `audit` draws the bits by Philox. Raises ValueError for a wrong shape or an invalid probability.
    """
    p = _shape(program, keys, p, samples=False)
    if audit:
        return _audited(program, keys, p, first, words)

    def task(start: int, size: int) -> Counts:
        counts = np.zeros(len(program.roots), np.int64)
        count(program, _rows(program), keys, p, first + start, size, counts)
        return counts

    parts = _in_tasks(task, words, ROW_WORDS, words * program.size, threads)
    return np.sum(parts, axis=0) if parts else np.zeros(len(program.roots), np.int64)


def _audited(program: Program, keys: Keys, p: Floats, first: int, words: int) -> Counts:
    counts = np.zeros(len(program.roots), np.int64)
    for start in range(0, words, ROW_WORDS):
        numbers = np.arange(first + start, first + min(start + ROW_WORDS, words), dtype=np.uint64)
        given = np.zeros((program.coins, len(numbers)), np.uint64)
        for coin in program.drawn:
            given[coin] = bernoulli(keys[coin], np.full(len(numbers), p[coin]), numbers, AUDITED)
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
    """Count (samples, roots) at several `p` (samples, coins), in `each` words per sample.

    Sample i has the words from `first + i each` on, with the same counts as `simulate` there.
    """
    columns = np.ascontiguousarray(_shape(program, keys, p, samples=True).T)

    def task(start: int, size: int) -> Counts:
        counts = np.zeros((size, len(program.roots)), np.int64)
        part = np.ascontiguousarray(columns[:, start : start + size])
        count_each(program, _rows(program), keys, part, first + start * each, each, counts)
        return counts

    total = columns.shape[1]
    unit = max(ROW_WORDS // each, 1)
    parts = _in_tasks(task, total, unit, total * each * program.size, threads)
    return np.concatenate(parts) if parts else np.zeros((0, len(program.roots)), np.int64)


def simulate_jointly(
    program: Program, keys: Keys, p: Floats, *, first: int = 0, words: int, threads: int | None = None
) -> tuple[Counts, Counts, Counts]:
    """Counts of roots (roots,), of all coins (coins,), and of coin and root together (coins, roots)."""
    p = _shape(program, keys, p, samples=False)

    def task(start: int, size: int) -> tuple[Counts, Counts, Counts]:
        shapes = (len(program.roots),), (program.coins,), (program.coins, len(program.roots))
        found = tuple(np.zeros(shape, np.int64) for shape in shapes)
        count_jointly(program, _rows(program), aligned(1), keys, p, first + start, size, *found)
        return found[0], found[1], found[2]

    work = words * (program.size + program.coins)
    parts = _in_tasks(task, max(words, 1), ROW_WORDS, work, threads) if words else [task(0, 0)]
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
        count_twins(program, rows, saved, keys, other_keys, one, two, first + start * each, each, counts)
        return counts

    total = columns.shape[1]
    unit = max(ROW_WORDS // each, 1)
    parts = _in_tasks(task, total, unit, 2 * total * each * program.size, threads)
    return np.concatenate(parts) if parts else np.zeros((0, len(program.roots), 3), np.int64)


def coin_words(keys: Keys, p: Floats, *, first: int = 0, words: int) -> Words:
    """The coins' words (coins, words)."""
    p = checked(p)
    found = np.zeros((len(keys), words), np.uint64)
    fill_coin_words(aligned(1), keys, p, first, found)
    return found


def evaluate_words(program: Program, given: Words) -> Words:
    """The roots' words (roots, words) for given words of the coins (coins, words)."""
    found = np.zeros((len(program.roots), given.shape[1]), np.uint64)
    fill_root_words(program, _rows(program), np.ascontiguousarray(given, np.uint64), found)
    return found
