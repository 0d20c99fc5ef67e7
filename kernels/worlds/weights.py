"""Importance sampling from a mixture of tilted coins: worlds, their weights, and slopes to tilt along.

A *component* gives each coin another probability. A word (64 worlds) comes from one component, and each
component's share is that of its words. Under the coins' nominal law p, a world x then has the weight
p(x) / sum_k a_k q_k(x): the balance heuristic (Veach and Guibas 1995, 10.1145/218380.218498; Owen and Zhou
2000, 10.1080/01621459.2000.10473909), with which the mean over all words is unbiased whatever the components
are, as long as one of them can reach every hit.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sensa.kernels.jit import njit
from sensa.kernels.program import Floats, Gates, Op
from sensa.kernels.worlds.bernoulli import checked
from sensa.kernels.worlds.bits import WORLDS, Keys, Words
from sensa.kernels.worlds.coins import draw_each
from sensa.kernels.worlds.counting import blocks, part
from sensa.kernels.worlds.population import lowest, population
from sensa.kernels.worlds.vectors import ROW_WORDS, aligned

Longs = npt.NDArray[np.int64]

_FALSE, _TRUE, _COIN, _NOT, _AND, _OR = (
    int(op) for op in (Op.FALSE, Op.TRUE, Op.COIN, Op.NOT, Op.AND, Op.OR)
)
_ONE = np.uint64(1)


class Ratios(NamedTuple):
    """Log ratios of the components' laws to the coins' nominal law, by the coins that each component tilts.

    log(a_k q_k(x) / p(x)) = base[k] + the sum of step over the coins[start[k]:start[k + 1]] true in x.
    """

    base: Floats
    start: Longs
    coins: Longs
    step: Floats


class Hits(NamedTuple):
    """The worlds in which a root is true."""

    word: Longs  # the number of the word in its batch
    lane: Longs  # the world in the word
    weight: Floats
    part: Floats  # (hits, components): which share of the weight's denominator each component makes up


def ratios(shares: Floats, q: Floats, p: Floats) -> Ratios:
    """The ratios of components `q` (components, coins) with these shares to the coins' nominal law `p`.

    A coin is tilted if its q differs from p; then both must lie strictly between 0 and 1, else ValueError.
    """
    rows, coins = np.nonzero(q != p)
    new, old = q[rows, coins], p[coins]
    if not ((new > 0) & (new < 1) & (old > 0) & (old < 1)).all():
        raise ValueError("a tilted coin, or its own probability, is certain")
    off = np.log1p(-new) - np.log1p(-old)
    base = np.asarray(np.log(shares) + np.bincount(rows, off, len(shares)), np.float64)
    start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(shares)))]).astype(np.int64)
    return Ratios(base, start, coins.astype(np.int64), np.log(new) - np.log(old) - off)


def mixed_words(keys: Keys, q: Floats, component: Longs, *, first: int = 0) -> Words:
    """The coins' words (coins, words): word j, addressed as `first` + j, of component `component[j]`."""
    found = np.zeros((len(keys), len(component)), np.uint64)
    _draw_mixed(aligned(1), keys, np.ascontiguousarray(checked(q).T), component, first, found)
    return found


@njit(nogil=True)
def _draw_mixed(scratch: Words, keys: Keys, q: Floats, component: Longs, first: int, found: Words) -> None:
    own = np.zeros(ROW_WORDS)
    for coin in range(keys.shape[0]):
        for block in blocks(first, component.size):
            begin, end, at = part(block, first, component.size)
            for j in range(begin, end):
                own[j] = q[coin, component[at + j - begin]]
            draw_each(scratch, 0, np.uint64(block), keys[coin, 0], keys[coin, 1], own)
            for j in range(begin, end):
                found[coin, at + j - begin] = scratch[0, j]


def weigh(hit: Words, given: Words, of: Ratios) -> Hits:
    """Hits in the words `hit` (words,) and their weights, from the coins' words `given` (coins, words)."""
    count = int(np.bitwise_count(hit).sum())
    found = Hits(
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros(count),
        np.zeros((count, len(of.base))),
    )
    _weigh(hit, given, of, found)
    return found


@njit(nogil=True)
def _weigh(hit: Words, given: Words, of: Ratios, found: Hits) -> None:
    """Weigh word by word; a coin costs a step for each lane that differs from the word's majority."""
    logs = np.zeros((of.base.size, WORLDS))
    at = 0
    for word in range(hit.size):
        hits = hit[word]
        if hits == 0:
            continue
        many = np.int64(population(hits))
        for k in range(of.base.size):
            for lane in range(WORLDS):
                logs[k, lane] = 0.0
            common = of.base[k]
            for i in range(of.start[k], of.start[k + 1]):
                step, bits = of.step[i], given[of.coins[i], word] & hits
                if 2 * np.int64(population(bits)) > many:
                    common += step
                    step, bits = -step, hits & ~bits
                while bits != 0:
                    logs[k, np.int64(lowest(bits))] += step
                    bits &= bits - _ONE
            for lane in range(WORLDS):
                logs[k, lane] += common
        for lane in range(WORLDS):
            if (hits >> np.uint64(lane)) & _ONE:
                most = logs[0, lane]
                for k in range(1, of.base.size):
                    most = max(most, logs[k, lane])
                total = 0.0
                for k in range(of.base.size):
                    found.part[at, k] = np.exp(logs[k, lane] - most)
                    total += found.part[at, k]
                for k in range(of.base.size):
                    found.part[at, k] /= total
                found.word[at], found.lane[at] = word, lane
                found.weight[at] = np.exp(-most) / total
                at += 1


@njit(nogil=True)
def lanes_of(given: Words, word: Longs, lane: Longs) -> npt.NDArray[np.bool_]:
    """The coins of single worlds (worlds, coins)."""
    found = np.zeros((word.size, given.shape[0]), np.bool_)
    for coin in range(given.shape[0]):
        for i in range(word.size):
            found[i, coin] = (given[coin, word[i]] >> np.uint64(lane[i])) & _ONE
    return found


@njit(nogil=True)
def flip(given: Words, coins: Longs, wanted: npt.NDArray[np.bool_]) -> None:
    """Flip coin `coins[i]` in world i (lane i % 64 of word i // 64), where wanted."""
    for i in range(coins.size):
        if wanted[i]:
            given[coins[i], i // WORLDS] ^= _ONE << np.uint64(i % WORLDS)


def slopes(gates: Gates, root: int, p: Floats) -> tuple[float, Floats]:
    """The root's probability, and each coin's given the root (coins,), as if every gate's arguments were
    independent: exact if nothing is read twice, else an approximation that only indicates a direction.

    P(x_c | root) = p_c + p_c (1 - p_c) d log f / d p_c.
    """
    value, slope = _slopes(gates, root, p)
    return float(value), np.clip(p + p * (1.0 - p) * slope, 0.0, 1.0)


@njit(nogil=True)
def _counting(v: Floats, u: Floats, args: npt.NDArray[np.int32], k: int) -> Floats:
    """The distribution of the number of true arguments after each one; the last entry is of `k` or more."""
    table = np.zeros((args.size + 1, k + 1))
    table[0, 0] = 1.0
    for i in range(args.size):
        one, none = v[args[i]], u[args[i]]
        for j in range(k):
            table[i + 1, j] += table[i, j] * none
            table[i + 1, j + 1] += table[i, j] * one
        table[i + 1, k] += table[i, k]
    return table


@njit(nogil=True)
def _slopes(gates: Gates, root: int, p: Floats) -> tuple[float, Floats]:
    """Compute values and their complements, to lose neither to rounding; then slopes of log f backward."""
    v, u = np.zeros(root + 1), np.ones(root + 1)
    slope, found = np.zeros(root + 1), np.zeros(p.size)
    for g in range(root + 1):
        args, op = gates.args[gates.start[g] : gates.start[g + 1]], gates.op[g]
        if op == _COIN:
            v[g], u[g] = p[gates.k[g]], 1.0 - p[gates.k[g]]
        elif op == _NOT:
            v[g], u[g] = u[args[0]], v[args[0]]
        elif op in (_AND, _TRUE):
            v[g], u[g] = 1.0, 0.0
            for a in args:
                u[g] += v[g] * u[a]
                v[g] *= v[a]
        elif op in (_OR, _FALSE):
            for a in args:
                v[g] += u[g] * v[a]
                u[g] *= u[a]
        else:
            k = max(gates.k[g], 0)
            last = _counting(v, u, args, k)[args.size]
            v[g], u[g] = last[k], last[:k].sum()
    if v[root] <= 0.0:
        return 0.0, found
    slope[root] = 1.0 / v[root]
    for g in range(root, -1, -1):
        if slope[g] == 0.0:
            continue
        args, op = gates.args[gates.start[g] : gates.start[g + 1]], gates.op[g]
        if op == _COIN:
            found[gates.k[g]] += slope[g]
        elif op == _NOT:
            slope[args[0]] -= slope[g]
        elif op in (_AND, _OR):
            of = v if op == _AND else u
            after = np.ones(args.size + 1)
            for i in range(args.size - 1, -1, -1):
                after[i] = after[i + 1] * of[args[i]]
            before = slope[g]
            for i in range(args.size):
                slope[args[i]] += before * after[i + 1]
                before *= of[args[i]]
        elif args.size and gates.k[g] > 0:
            k = gates.k[g]
            table, back = _counting(v, u, args, k), np.zeros(k + 1)
            back[k] = slope[g]
            for i in range(args.size - 1, -1, -1):
                one, none = v[args[i]], u[args[i]]
                for j in range(k):
                    slope[args[i]] += table[i, j] * (back[j + 1] - back[j])
                    back[j] = back[j] * none + back[j + 1] * one
    return v[root], found
