"""Sampled worlds beside numpy, and beside what the machine could do at most; in one run, medians.

    python benchmarks/bench_worlds.py

Both sample the same circuit at the same probabilities: of 0.02 to 0.98 and, for rare coins, of 1e-6 to 1e-2.
The numpy peer is what a careful author would write: blocks that stay in cache, single-precision random
numbers, one Boolean array a gate; how rare the coins are makes no difference to it. The limit is the rate at
which the same generator fills a buffer in the nearest cache and does nothing else. Wall time, interleaved.
"""

import time
from collections.abc import Callable

import numba as nb
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from sensa.kernels.program import Floats, Gates, Ints, Op
from sensa.kernels.worlds.bernoulli import PLANES
from sensa.kernels.worlds.bits import Words, coin_keys
from sensa.kernels.worlds.instructions import Program, layout
from sensa.kernels.worlds.simulate import simulate, simulate_each
from sensa.kernels.worlds.streams import Streams
from sensa.kernels.worlds.vectors import ROW_WORDS, VECTOR, VECTOR_WORDS, WORD, aligned, place, row_start

ROUNDS = 7
SIZES = (100, 1_000, 20_000)  # coins and gates
CHUNK = 4096  # numpy's worlds at a time


def circuit(size: int, seed: int = 0) -> tuple[Gates, Ints, int]:
    """Half coins, half gates of one to three arguments; everything is read, and the last gate is the root."""
    rng = np.random.default_rng(seed)
    op, k, args = (
        [int(Op.COIN)] * (size // 2),
        list(range(size // 2)),
        [list[int]() for _ in range(size // 2)],
    )
    unread = list(range(size // 2))
    while len(unread) > 1:
        kind = Op(rng.choice([Op.AND, Op.OR, Op.NOT, Op.AT_LEAST], p=[0.35, 0.4, 0.1, 0.15]))
        many = {Op.NOT: 1, Op.AT_LEAST: 3}.get(kind, 2)
        fresh = 1 if rng.random() < 0.1 or kind == Op.NOT else 2
        own = [unread.pop(0) for _ in range(min(fresh, len(unread)))]
        low = max(0, len(op) - 400)
        others = [int(x) for x in rng.choice(np.arange(low, len(op)), many, replace=False) if x not in own]
        own += others[: many - len(own)]
        unread = [u for u in unread if u not in own] if len(own) > fresh else unread
        unread.append(len(op))
        op.append(int(kind))
        k.append(min(2, len(own)) if kind == Op.AT_LEAST else 0)
        args.append(own)
    start = np.concatenate([[0], np.cumsum([len(a) for a in args])]).astype(np.int32)
    flat = np.array([a for some in args for a in some], np.int32)
    gates = Gates(np.array(op, np.int8), np.array(k, np.int32), start, flat)
    return gates, np.array([gates.size - 1], np.int32), size // 2


def by_numpy(gates: Gates, roots: Ints, p: Floats, worlds: int) -> Floats:
    """Shares of worlds in which the roots are true."""
    rng = np.random.Generator(np.random.SFC64(1))
    chance = p.astype(np.float32)
    values = np.empty((gates.size, CHUNK), np.bool_)
    random = np.empty(CHUNK, np.float32)
    counts = np.zeros(len(roots))
    op, k = gates.op.tolist(), gates.k.tolist()
    args = [gates.args[gates.start[i] : gates.start[i + 1]].tolist() for i in range(gates.size)]
    for _ in range(0, worlds, CHUNK):
        for gate in range(gates.size):
            own = values[gate]
            match op[gate]:
                case Op.COIN:
                    rng.random(out=random, dtype=np.float32)
                    np.less(random, chance[k[gate]], out=own)
                case Op.NOT:
                    np.logical_not(values[args[gate][0]], out=own)
                case Op.AND | Op.OR:
                    combine = np.logical_and if op[gate] == Op.AND else np.logical_or
                    combine(values[args[gate][0]], values[args[gate][1]], out=own)
                    for arg in args[gate][2:]:
                        combine(own, values[arg], out=own)
                case Op.AT_LEAST:
                    count = values[args[gate][0]].view(np.int8) + values[args[gate][1]].view(np.int8)
                    for arg in args[gate][2:]:
                        count += values[arg].view(np.int8)
                    np.greater_equal(count, k[gate], out=own)
        counts += values[roots].sum(axis=1)
    return counts / worlds


@intrinsic
def _fill_row(typing, rows, block):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        start = row_start(context, builder, signature.args[0], args[0], ir.Constant(WORD, 0))
        key, groups = ir.Constant(WORD, 99), ROW_WORDS // VECTOR_WORDS
        streams, planes = Streams(builder, key, key, args[1], groups * (PLANES + 1)), PLANES + 1
        sum_ = cgutils.alloca_once(builder, VECTOR)
        with cgutils.for_range(builder, ir.Constant(WORD, groups)) as group:
            where = place(builder, start, builder.mul(group.index, ir.Constant(WORD, VECTOR_WORDS)))
            builder.store(builder.load(where, align=8), sum_)
            with cgutils.for_range(builder, ir.Constant(WORD, planes)):
                builder.store(builder.xor(builder.load(sum_), streams.word()), sum_)
            builder.store(builder.load(sum_), where, align=8)
        return context.get_dummy_value()

    return types.void(rows, types.uint64), generate


@nb.njit
def fill(rows: Words, rounds: int) -> None:
    """The random words of a coin's blocks and nothing else, added up in a row in the nearest cache."""
    for i in range(rounds):
        _fill_row(rows, np.uint64(i))  # type: ignore[call-arg] # Numba gives the typing context


def medians(*jobs: Callable[[], object]) -> list[float]:
    """Seconds of each job, in turns."""
    taken: list[list[float]] = [[] for _ in jobs]
    for job in jobs:
        job()
    for _ in range(ROUNDS):
        for times, job in zip(taken, jobs, strict=True):
            before = time.perf_counter()
            job()
            times.append(time.perf_counter() - before)
    return [float(np.median(times)) for times in taken]


def raw_rate() -> float:
    """Words a second of one core."""
    rows, rounds = aligned(1), 20_000
    (seconds,) = medians(lambda: fill(rows, rounds))  # type: ignore[call-arg,type-var]
    return rounds * ROW_WORDS * (PLANES + 1) / seconds


def ratio(size: int = 1_000) -> float:
    """How many times numpy's worlds a second one core makes; for the regression check."""
    gates, roots, coins = circuit(size)
    program, p = layout(gates, roots, coins), np.random.default_rng(1).uniform(0.02, 0.98, coins)
    keys = coin_keys(np.arange(coins, dtype=np.uint64), seed=1)
    words = 64 * max(1, 40_000 // size)
    ours, theirs = medians(
        lambda: simulate(program, keys, p, words=words, threads=1),
        lambda: by_numpy(gates, roots, p, CHUNK),
    )
    return float((theirs / CHUNK) / (ours / words / 64))


def rare_ratio(size: int = 1_000) -> float:
    """How many times as many worlds a second there are of coins of 1e-5; for the regression check."""
    gates, roots, coins = circuit(size)
    program, p = layout(gates, roots, coins), np.random.default_rng(1).uniform(0.02, 0.98, coins)
    keys = coin_keys(np.arange(coins, dtype=np.uint64), seed=1)
    words = 64 * max(1, 400_000 // size)
    ordinary, rare = medians(
        lambda: simulate(program, keys, p, words=words, threads=1),
        lambda: simulate(program, keys, np.full(coins, 1e-5), words=words, threads=1),
    )
    return ordinary / rare


def row(size: int, raw: float) -> str:
    """A line of the table, of a circuit of this size; `raw` is the rate of words alone."""
    gates, roots, coins = circuit(size)
    program: Program = layout(gates, roots, coins)
    p = np.random.default_rng(1).uniform(0.02, 0.98, coins)
    keys = coin_keys(np.arange(coins, dtype=np.uint64), seed=1)
    words = 64 * max(32, 400_000 // size)
    samples = min(words, 4096)
    each = np.tile(p, (samples, 1))
    numpy_worlds = CHUNK * max(1, 4_000 // size)
    rare = 10 ** np.random.default_rng(2).uniform(-6, -2, coins)
    one, seldom, two, own, theirs = medians(
        lambda: simulate(program, keys, p, words=words, threads=1),
        lambda: simulate(program, keys, rare, words=words, threads=1),
        lambda: simulate(program, keys, p, words=words, threads=2),
        lambda: simulate_each(program, keys, each, threads=1),
        lambda: by_numpy(gates, roots, p, numpy_worlds),
    )
    here = gates.size * 64
    drawn = len(program.drawn) * (PLANES + 1) * words / one
    cells = (
        f"{coins:,} and {gates.size - coins:,}",
        f"{program.rows}",
        f"{theirs / numpy_worlds / gates.size * 1e9:.2f}",
        f"{one / words / here * 1e9:.4f}",
        f"{seldom / words / here * 1e9:.4f}",
        f"{two / words / here * 1e9:.4f}",
        f"{own / samples / here * 1e9:.4f}",
        f"{(theirs / numpy_worlds) / (one / words / 64):.0f}",
        f"{(theirs / numpy_worlds) / (seldom / words / 64):.0f}",
        f"{(theirs / numpy_worlds) / (two / words / 64):.0f}",
        f"{drawn / 1e9:.2f}",
        f"{drawn / raw:.0%}",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print nanoseconds a node and world."""
    raw = raw_rate()
    print("ns a node and world:\n")
    head = (
        "coins and gates",
        "rows live",
        "numpy",
        "ours, 1 thread",
        "rare coins",
        "2 threads",
        "own p for each word",
        "numpy / ours",
        "rare coins",
        "2 threads",
        "random words, 10^9/s",
        "share of the generator alone",
    )
    print(f"| {' | '.join(head)} |\n{'|---:' * len(head)}|")
    for size in SIZES:
        print(row(size, raw), flush=True)
    print(f"\nThe generator alone: {raw / 1e9:.2f} x 10^9 words a second on one core.")


if __name__ == "__main__":
    main()
