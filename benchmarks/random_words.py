"""Random words under statistical tests, over many seeds, beside Philox and SHAKE-128.

    python benchmarks/random_words.py [--seeds 150] [--warm-up 12]      # two seconds a seed

The words are those of `kernels.worlds`, of SFC64: 8 streams side by side for each coin and block of 64
words, seeded anew in each block; and the numbers at addresses, of SplitMix64's mixer. A seed gives 2^18 words
(2^24 bits) of each line: those of one coin in the orders in which they could be read, those of several coins,
and first words of streams that differ in the block or in the key alone, where bad seeding would show. A test
gives some p-values, uniform for fair bits.
Over all seeds, three questions: whether a test's p-values are uniform together (Kolmogorov-Smirnov),
whether each one is (the smallest, times their number), and whether one is too near to 0 or 1 (the nearest,
times twice their number). Printed is the smallest of the three answers, times 3. Below 1e-3 over the number
of cells it is bold and the run fails; fair bits fail at most once in 1,000 runs.

Serial test: Good 1953, 10.1017/S030500410002836X; gaps: Knuth, TAOCP 2, 3.3.2; birthdays: Marsaglia and Tsang
2002, 10.18637/jss.v007.i03; ranks: Marsaglia and Tsay 1985, 10.1016/0024-3795(85)90192-2.
"""

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt
from scipy import special, stats

from sensa.kernels.program import Floats
from sensa.kernels.worlds import bernoulli, bits
from sensa.kernels.worlds.bits import LANES, WARM_UP, Keys, Words, coin_keys, sfc64

PLANES = bernoulli.PLANES + 1
WORDS = 1 << 18
STEPS = 8 * PLANES  # of a lane in a block
BLOCKS = WORDS // (STEPS * LANES)
PATTERN = 16
LAGS = [*range(1, 129), 832, 1664]
FALSE_ALARMS = 1e-3

Chances = Floats


@nb.njit
def patterns(words, found):  # type: ignore[no-untyped-def]
    """Count all overlapping patterns of 16 bits, lowest bit of a word first; the end meets the start."""
    for i in range(words.size):
        low, high = words[i], words[(i + 1) % words.size]
        for shift in range(64):
            taken = low >> np.uint64(shift)
            if shift > 48:
                taken |= high << np.uint64(64 - shift)
            found[taken & np.uint64(0xFFFF)] += 1


@nb.njit
def population(x):  # type: ignore[no-untyped-def]
    """The number of ones of a word."""
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (x * np.uint64(0x0101010101010101)) >> np.uint64(56)


@nb.njit
def unequal(words, lag, turn):  # type: ignore[no-untyped-def]
    """The bits in which words differ from those `lag` later, turned left."""
    total = np.uint64(0)
    for i in range(words.size - lag):
        x = words[i + lag]
        if turn:
            x = x << np.uint64(turn) | x >> np.uint64(64 - turn)
        total += population(words[i] ^ x)
    return np.int64(total)


@nb.njit
def ranks(words, found):  # type: ignore[no-untyped-def]
    """Count the ranks 64, 63 and less of the 64 x 64 matrices of successive words."""
    left = np.empty(64, np.uint64)
    for m in range(words.size // 64):
        rank = 0
        for i in range(64):
            left[i] = words[64 * m + i]
        for bit in range(64):
            mask = np.uint64(1) << np.uint64(bit)
            for i in range(rank, 64):
                if left[i] & mask:
                    left[i], left[rank] = left[rank], left[i]
                    for j in range(i + 1, 64):
                        if left[j] & mask:
                            left[j] ^= left[rank]
                    rank += 1
                    break
        found[min(64 - rank, 2)] += 1


def chi_square(counts: npt.NDArray[Any], expected: npt.NDArray[Any]) -> float:
    """The chance of a larger chi-square."""
    value = float(((counts - expected) ** 2 / expected).sum())
    return float(special.chdtrc(counts.size - 1, value))


def of_count(law: Any, count: int) -> float:
    """The chance of more than a count, and a part of that of the count, by chance: nearly uniform."""
    return float(law.sf(count) + np.random.default_rng(count).random() * law.pmf(count))


def serial(words: Words) -> Chances:
    """Second differences of the psi-squares of overlapping patterns of 2 to 16 bits."""
    counts = np.zeros(1 << PATTERN, np.int64)
    patterns(words, counts)
    square = {}
    for m in range(PATTERN, 0, -1):
        square[m] = float((counts.astype(float) ** 2).sum() * 2**m / (64 * words.size) - 64 * words.size)
        counts = counts.reshape(2, -1).sum(axis=0)
    square[0] = 0.0
    second = np.array([square[m] - 2 * square[m - 1] + square[m - 2] for m in range(2, PATTERN + 1)])
    return np.asarray(special.chdtrc(2.0 ** np.arange(PATTERN - 1), second))


def ones(words: Words) -> Chances:
    """How many ones there are at each place of the words, and how many in a word."""
    each = np.unpackbits(words.view(np.uint8).reshape(-1, 8), axis=1).sum(axis=0, dtype=np.int64)
    at = special.ndtr((each - words.size / 2) / (words.size / 4) ** 0.5)
    many = np.bincount(np.bitwise_count(words), minlength=65)
    expected = stats.binom(64, 0.5).pmf(np.arange(65)) * words.size
    fold = lambda x: np.concatenate([[x[:20].sum()], x[20:45], [x[45:].sum()]])  # noqa: E731
    return np.array([*at, chi_square(fold(many), fold(expected))])


def runs(words: Words) -> Chances:
    """Runs of equal bits; gaps between words that begin with four zeros; rises from word to word."""
    inside = words ^ (words >> np.uint64(1) | words << np.uint64(63))
    count = int(np.bitwise_count(inside & np.uint64(bits.MASK >> 1)).sum())
    joints = int(((words[:-1] >> np.uint64(63)) != (words[1:] & np.uint64(1))).sum())
    total = 64 * words.size - 1
    changes = special.ndtr((count + joints - total / 2) / (total / 4) ** 0.5)
    gaps = np.minimum(np.diff(np.flatnonzero(words >> np.uint64(60) == 0)) - 1, 80)
    expected = len(gaps) / 16 * (15 / 16) ** np.arange(81)
    expected[80] *= 16
    many = chi_square(np.bincount(gaps, minlength=81), expected)
    rises = int((words[1:] > words[:-1]).sum())
    rising = special.ndtr((rises - (words.size - 1) / 2) / ((words.size + 1) / 12) ** 0.5)
    return np.array([changes, many, rising])


def birthdays(words: Words) -> Chances:
    """Repeated spacings of 2^14 birthdays in 2^36 days: Poisson of m^3 / 4n = 16; top and low bits."""
    found = []
    for days in (words >> np.uint64(28), words & np.uint64((1 << 36) - 1)):
        years = np.sort(days[: days.size >> 14 << 14].reshape(-1, 1 << 14), axis=1)
        spacings = np.sort(np.diff(years, axis=1), axis=1)
        repeated = int((np.diff(spacings, axis=1) == 0).sum())
        found.append(of_count(stats.poisson(16.0 * len(spacings)), repeated))
    return np.array(found)


def matrices(words: Words) -> Chances:
    """Ranks of matrices over the field of two elements, against those of random ones."""
    found = np.zeros(3, np.int64)
    ranks(words, found)
    full = float(np.prod(1 - 0.5 ** np.arange(1, 65)))
    expected = np.array([full, 2 * full, 1 - 3 * full]) * found.sum()
    return np.array([chi_square(found, expected)])


def correlations(words: Words) -> Chances:
    """Equal bits of words some words apart (of lanes, steps, blocks or coins, by the order); also turned."""
    found = []
    for lag, turn in [
        *((lag, 0) for lag in LAGS),
        *((lag, turn) for turn in (24, 3) for lag in range(1, 33)),
    ]:
        total = 64 * (words.size - lag)
        found.append(special.ndtr((2 * unequal(words, lag, turn) - total) / total**0.5))
    return np.array(found)


def weights(words: Words) -> Chances:
    """Numbers of ones of words some words apart."""
    many = np.bitwise_count(words).astype(float) - 32
    return np.array(
        [special.ndtr(many[k:] @ many[:-k] / (16 * (len(many) - k) ** 0.5)) for k in range(1, 33)]
    )


TESTS: dict[str, Callable[[Words], Chances]] = {
    "serial, 2 to 16 bits": serial,
    "ones": ones,
    "runs, gaps, rises": runs,
    "birthday spacings": birthdays,
    "matrix rank": matrices,
    "correlations": correlations,
    "weights": weights,
}


def mirrored(words: Words) -> Words:
    """Each half word from its highest bit down, which is how dieharder reads bits."""
    found = np.unpackbits(words.view(np.uint8).reshape(-1, 2, 4)[:, :, ::-1], axis=-1)
    return np.packbits(found, axis=-1, bitorder="little").ravel().view(np.uint64)


def drawn(keys: Keys, blocks: Words, steps: int, warm_up: int) -> Words:
    """Words (blocks, steps, lanes) of the streams side by side in each block, of one key or one block too."""
    many = max(len(keys), len(blocks))
    lanes = blocks[:, None] * np.uint64(LANES) + np.arange(LANES).astype(np.uint64)
    each = np.broadcast_to(keys[:, None], (many, LANES, 2)).reshape(-1, 2)
    found = sfc64(each, np.broadcast_to(lanes, (many, LANES)).ravel(), steps, warm_up=warm_up)
    return np.ascontiguousarray(found.reshape(many, LANES, steps).transpose(0, 2, 1))


def streams(seed: int, warm_up: int) -> Iterator[tuple[str, Words]]:
    """The words of this seed in each order."""
    address = np.arange(WORDS // LANES, dtype=np.uint64)
    keys, one = coin_keys(address, seed=seed), coin_keys(address[:1], seed=seed)
    whole = drawn(one, address[:BLOCKS], STEPS, warm_up)  # (block, step, lane)
    split = whole.reshape(BLOCKS, 8, PLANES, LANES)  # (block, group, plane, lane)
    by_word = split.transpose(0, 1, 3, 2).ravel()
    yield "by word", by_word
    yield "by word, as dieharder", mirrored(by_word)
    yield "by plane", split.transpose(0, 2, 1, 3).ravel()
    yield "by lane", whole.transpose(0, 2, 1).ravel()
    yield "by step", whole.ravel()
    yield "coins", drawn(keys[:BLOCKS], address[:1], STEPS, warm_up).ravel()
    yield "first words of blocks", drawn(one, address, 1, warm_up).ravel()
    yield "of far blocks", drawn(one, address << np.uint64(40), 1, warm_up).ravel()
    yield "of coins", drawn(keys, address[:1], 1, warm_up).ravel()
    base = np.uint64(seed) << np.uint64(40)
    zero = np.zeros_like(address)
    yield "of keys (i, 0)", drawn(np.stack([address + base, zero], 1), address[:1], 1, warm_up).ravel()
    yield "of keys (0, i)", drawn(np.stack([zero, address + base], 1), address[:1], 1, warm_up).ravel()
    each, few = np.arange(WORDS, dtype=np.uint64), address[:LANES, None]
    yield "numbers of a coin", bits.numbers(one[0], each)
    yield "of a coin, every 64th", bits.numbers(one[0], each * np.uint64(64))
    yield "numbers of coins", bits.number(keys[:, 0], keys[:, 1], few).ravel()
    yield "numbers of keys (i, 0)", bits.number(address + base, zero, few).ravel()


def controls(seed: int) -> Iterator[tuple[str, Words]]:
    """Two that are trusted."""
    yield "Philox", np.random.Philox(seed).random_raw(WORDS)
    digest = hashlib.shake_128(seed.to_bytes(8, "little")).digest(8 * WORDS)
    yield "SHAKE-128", np.frombuffer(digest, np.uint64).copy()


def second_level(chances: Floats) -> float:
    """Of p-values (seeds, values), together, by column and the most extreme one: the least, times 3."""
    uniform = lambda x: float(stats.kstest(x, "uniform").pvalue)  # noqa: E731
    together = uniform(chances.ravel())
    columns = min(uniform(x) for x in chances.T) * chances.shape[1]
    extreme = min(chances.min(), (1 - chances).min()) * 2 * chances.size
    return float(min(3 * min(together, columns, extreme), 1.0))


def table(found: Mapping[tuple[str, str], list[Chances]]) -> tuple[str, int]:
    """A line for each stream, a column for each test; and how many of them fail."""
    bound, failed = FALSE_ALARMS / len(found), 0
    lines = [f"| words | {' | '.join(TESTS)} |", "|---" + "|---:" * len(TESTS) + "|"]
    for name in dict.fromkeys(name for name, _ in found):
        levels = [second_level(np.array(found[name, test])) for test in TESTS]
        cells = [f"{x:.2g}" if x > bound else f"**{x:.2g}**" for x in levels]
        failed += sum(x <= bound for x in levels)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines), failed


def main() -> int:
    """Print the table; 1 if a test fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=150)
    parser.add_argument("--warm-up", type=int, default=WARM_UP, help="steps from the seed to the first word")
    asked = parser.parse_args()
    found: dict[tuple[str, str], list[Chances]] = {}
    for seed in range(asked.seeds):
        for name, words in [*streams(seed, asked.warm_up), *controls(seed)]:
            for test, of in TESTS.items():
                found.setdefault((name, test), []).append(of(words))
    printed, failed = table(found)
    print(f"{asked.seeds} seeds of {64 * WORDS:,} bits, {asked.warm_up} steps from the seed:\n\n{printed}")
    print(f"\n{failed} of {len(found)} fail (below {FALSE_ALARMS / len(found):.1g}).")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
