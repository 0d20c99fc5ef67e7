"""Count worlds over many blocks in compiled code, by population counts.

Each function adds to the counts, or fills the words, that it is passed. Words are numbered from `first` on;
of their first and their last block some may be wanted only.
"""

import numpy as np
import numpy.typing as npt

from sensa.kernels.jit import njit
from sensa.kernels.program import Floats
from sensa.kernels.worlds.bits import Keys, Words
from sensa.kernels.worlds.blocks import run_block, run_block_each, run_block_given
from sensa.kernels.worlds.coins import draw
from sensa.kernels.worlds.instructions import Program
from sensa.kernels.worlds.population import population
from sensa.kernels.worlds.vectors import ROW_WORDS

Counts = npt.NDArray[np.int64]


@njit(nogil=True)
def blocks(first: int, words: int) -> range:
    """The blocks that hold the words."""
    return range(first // ROW_WORDS, (first + words + ROW_WORDS - 1) // ROW_WORDS if words else 0)


@njit(nogil=True)
def part(block: int, first: int, words: int) -> tuple[int, int, int]:
    """Where the words begin and end in the block, and which of them is the first there."""
    start = block * ROW_WORDS
    begin = max(first - start, 0)
    return begin, min(first + words - start, ROW_WORDS), start + begin - first


@njit(nogil=True)
def count(
    program: Program,
    rows: Words,
    keys: Keys,
    p: Floats,
    first: int,
    words: int,
    counts: Counts,
) -> None:
    """Add the number of worlds in which each root is true to `counts` (roots,)."""
    for block in blocks(first, words):
        run_block(program, rows, keys, p, block)
        begin, end, _ = part(block, first, words)
        for root in range(program.roots.size):
            row = program.roots[root]
            total = np.uint64(0)
            for j in range(begin, end):
                total += np.uint64(population(rows[row, j]))
            counts[root] += np.int64(total)


@njit(nogil=True)
def _samples(block: int, first: int, each: int, samples: int, found: Words) -> None:
    """Find the sample of each word of a block: the first for words before it, the last for those after."""
    begin, end, at = part(block, first, samples * each)
    sample, rest = at // each, at % each
    for j in range(ROW_WORDS):
        found[j] = sample
        if begin <= j < end - 1:
            rest += 1
            if rest == each:
                sample, rest = sample + 1, 0


@njit(nogil=True)
def count_each(
    program: Program, rows: Words, keys: Keys, p: Floats, first: int, each: int, counts: Counts
) -> None:
    """Count at several samples, `each` words per sample; counts (samples, roots)."""
    samples = p.shape[1]
    sample = np.empty(ROW_WORDS, np.uint64)
    for block in blocks(first, samples * each):
        _samples(block, first, each, samples, sample)
        run_block_each(program, rows, keys, p, block, sample)
        begin, end, _ = part(block, first, samples * each)
        for root in range(program.roots.size):
            row = program.roots[root]
            for j in range(begin, end):
                counts[sample[j], root] += np.int64(population(rows[row, j]))


@njit(nogil=True)
def count_twins(
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
    """Add the worlds of root, twin, and both to `counts` (samples, roots, 3)."""
    samples = p.shape[1]
    sample = np.empty(ROW_WORDS, np.uint64)
    for block in blocks(first, samples * each):
        _samples(block, first, each, samples, sample)
        run_block_each(program, rows, keys, p, block, sample)
        begin, end, _ = part(block, first, samples * each)
        for root in range(program.roots.size):
            for j in range(ROW_WORDS):
                saved[root, j] = rows[program.roots[root], j]
        run_block_each(program, rows, other_keys, other_p, block, sample)
        for root in range(program.roots.size):
            for j in range(begin, end):
                one, two = saved[root, j], rows[program.roots[root], j]
                counts[sample[j], root, 0] += np.int64(population(one))
                counts[sample[j], root, 1] += np.int64(population(two))
                counts[sample[j], root, 2] += np.int64(population(one & two))


@njit(nogil=True)
def count_jointly(
    program: Program,
    rows: Words,
    scratch: Words,
    keys: Keys,
    p: Floats,
    first: int,
    words: int,
    root_counts: Counts,
    coin_counts: Counts,
    joint: Counts,
) -> None:
    """Count roots (roots,), coins (coins,), and both together (coins, roots).

    Coins are drawn a second time for their counts, so that only the roots need rows.
    """
    for block in blocks(first, words):
        run_block(program, rows, keys, p, block)
        begin, end, _ = part(block, first, words)
        for root in range(program.roots.size):
            total = np.uint64(0)
            for j in range(begin, end):
                total += np.uint64(population(rows[program.roots[root], j]))
            root_counts[root] += np.int64(total)
        for coin in range(program.coins):
            draw(scratch, 0, np.uint64(block), keys[coin, 0], keys[coin, 1], p[coin])
            total = np.uint64(0)
            for j in range(begin, end):
                total += np.uint64(population(scratch[0, j]))
            coin_counts[coin] += np.int64(total)
            for root in range(program.roots.size):
                row = program.roots[root]
                total = np.uint64(0)
                for j in range(begin, end):
                    total += np.uint64(population(scratch[0, j] & rows[row, j]))
                joint[coin, root] += np.int64(total)


@njit(nogil=True)
def fill_root_words(program: Program, rows: Words, given: Words, found: Words) -> None:
    """Fill in the roots' words (roots, words) for given words of the coins."""
    for at in range(0, given.shape[1], ROW_WORDS):
        run_block_given(program, rows, given, at)
        for root in range(program.roots.size):
            for j in range(min(ROW_WORDS, given.shape[1] - at)):
                found[root, at + j] = rows[program.roots[root], j]


@njit(nogil=True)
def fill_coin_words(scratch: Words, keys: Keys, p: Floats, first: int, found: Words) -> None:
    """Fill in the coins' words (coins, words)."""
    for coin in range(keys.shape[0]):
        for block in blocks(first, found.shape[1]):
            draw(scratch, 0, np.uint64(block), keys[coin, 0], keys[coin, 1], p[coin])
            begin, end, at = part(block, first, found.shape[1])
            for j in range(begin, end):
                found[coin, at + j - begin] = scratch[0, j]
