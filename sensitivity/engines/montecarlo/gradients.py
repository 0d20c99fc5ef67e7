"""Derivatives of probabilities by coins, from worlds, each by the more efficient of two methods.

q is linear in each coin, dq/dp = P(root | coin) - P(root | not coin), and there are two estimators:

- **Likelihood ratio.** One run of worlds serves all coins: it compares the roots' shares among the
  worlds with the coin and among those without. This is the score estimator f (b - p) / (p (1 - p)) (Glynn
  1990, 10.1145/84537.84552) after stratification by the coin, which removes the noise of the coin's own
  count. A world's variance is q1 (1 - q1) / p + q0 (1 - q0) / (1 - p): useless for rare coins.
- **Common random numbers.** The same worlds with the coin flipped. A world's variance is P(it matters) -
  (dq/dp)^2, at most 1 for all p, and the drawn coins are reused; but each coin takes a pass through the
  gates.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from sensa.kernels.program import Floats, Ints
from sensa.kernels.worlds.bits import WORLDS, Keys, Words
from sensa.kernels.worlds.counting import Counts
from sensa.kernels.worlds.instructions import Do, Program
from sensa.kernels.worlds.simulate import coin_words, evaluate_words, simulate_jointly

PILOT_DIVISOR: Final = 8  # a share of the worlds is used only to choose the method
MIN_EXPECTED_WORLDS: Final = (
    50  # with fewer expected worlds of a coin's rarer side, likelihood ratios are not tried
)
DRAW_GATES: Final = 16  # cost of drawing a word of a coin, in gates
COIN_WORDS_AT_ONCE: Final = 1 << 20  # words of coins in memory


class Way(IntEnum):
    """How a derivative was computed."""

    NONE = 0  # the root does not depend on the coin: exactly 0
    LIKELIHOOD_RATIO = 1
    COMMON_NUMBERS = 2


@dataclass(frozen=True, eq=False)
class Gradients:
    """Probabilities (roots,) and derivatives (roots, coins) with standard errors, and the `Way` of each.

    The errors are estimates themselves; half a world is added so that they are never 0 without
    information.
    """

    values: Floats
    values_error: Floats
    slopes: Floats
    error: Floats
    way: npt.NDArray[np.int8]
    worlds: Counts  # (coins,): worlds used for a coin's derivative


def gradients(
    program: Program,
    keys: Keys,
    p: Floats,
    *,
    first: int = 0,
    words: int,
    reads: npt.NDArray[np.bool_] | None = None,
    threads: int | None = None,
) -> Gradients:
    """Derivatives of the program's roots by all coins at `p` (coins,), from the words from `first` on.

    Unbiased: the worlds that choose each coin's method (an eighth) are not used otherwise. Flipping a coin
    gets as much work as the likelihood ratios, so the total is at most about twice that of likelihood ratios
    alone. Coins held at 0 or 1 have their derivative there. `reads` is `depends(program)`, to compute it only
    once for several calls. Raises ValueError for fewer than 2 words.
    """
    if words < 2:
        raise ValueError(f"derivatives need at least 2 words, not {words}")
    reads = depends(program) if reads is None else reads
    pilot = max(words // PILOT_DIVISOR, 1)
    main = words - pilot
    cost = _gates(program) + program.coins + len(program.roots)
    share = (_gates(program) + _drawn(program)) / max(int(reads.any(axis=0).sum()), 1)
    own = min(max(int(main * share / cost), 1), main)
    turned = _prefer_turning(program, keys, p, reads, first, pilot, main, own)
    head, coin, both = simulate_jointly(program, keys, p, first=first + pilot, words=main, threads=threads)
    slopes, variance = likelihood_ratio(head, coin, both, WORLDS * main)
    way = np.where(reads, Way.LIKELIHOOD_RATIO, Way.NONE).astype(np.int8)
    worlds = np.full(program.coins, WORLDS * main, np.int64)
    which = np.flatnonzero(turned).astype(np.int32)
    if len(which):
        up, down = turn(program, keys, p, which, first=first + pilot, words=own)
        slopes[:, which], variance[:, which] = common_numbers(up, down, WORLDS * own)
        way[:, which] = np.where(reads[:, which], Way.COMMON_NUMBERS, Way.NONE)
        worlds[which] = WORLDS * own
    smooth = (head + 0.5) / (WORLDS * main + 1.0)
    return Gradients(
        head / (WORLDS * main),
        np.sqrt(smooth * (1.0 - smooth) / (WORLDS * main)),
        np.where(reads, slopes, 0.0),
        np.sqrt(np.where(reads, variance, 0.0)),
        way,
        worlds,
    )


def likelihood_ratio(head: Counts, coin: Counts, both: Counts, worlds: int) -> tuple[Floats, Floats]:
    """Derivatives (roots, coins) and their variances, from counts as `simulate_jointly` gives them.

    P(root | coin) - P(root | not coin), each from its share; unbiased given that there are worlds of both
    kinds. NaN if there are not.
    """
    rest = worlds - coin
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = (both / coin[:, None] - (head - both) / rest[:, None]).T
        with_it = (both + 0.5) / (coin[:, None] + 1.0)
        without = (head - both + 0.5) / (rest[:, None] + 1.0)
        variance = with_it * (1 - with_it) / coin[:, None] + without * (1 - without) / rest[:, None]
    return slopes, variance.T


def common_numbers(up: Counts, down: Counts, worlds: int) -> tuple[Floats, Floats]:
    """Derivatives (roots, coins) and their variances, from counts as `turn` gives them."""
    slopes = (up - down) / worlds
    matters = (up + down + 0.5) / (worlds + 1.0)
    return slopes.T, (np.maximum(matters - slopes**2, 0.5 / worlds) / worlds).T


def turn(
    program: Program, keys: Keys, p: Floats, coins: Ints, *, first: int = 0, words: int
) -> tuple[Counts, Counts]:
    """Count the worlds in which setting a coin makes a root true, and those in which it makes it false.

    Both are (requested coins, roots). Each world is evaluated once as drawn and once for each coin.
    """
    up = np.zeros((len(coins), len(program.roots)), np.int64)
    down = np.zeros_like(up)
    piece = max(COIN_WORDS_AT_ONCE // max(program.coins, 1), 1)
    for start in range(0, words, piece):
        given = coin_words(keys, p, first=first + start, words=min(piece, words - start))
        as_it_fell = evaluate_words(program, given)
        for i, coin in enumerate(coins.tolist()):
            fell = given[coin].copy()
            given[coin] = ~fell
            changed = as_it_fell ^ evaluate_words(program, given)
            given[coin] = fell
            with_it = changed & ~(as_it_fell ^ fell)
            up[i] += _population(with_it)
            down[i] += _population(changed ^ with_it)
    return up, down


def depends(program: Program) -> npt.NDArray[np.bool_]:
    """Whether a root's instructions read a coin (roots, coins); if not, its derivative is exactly 0."""
    reads = np.zeros((len(program.roots), program.coins), np.bool_)
    columns = [part.tolist() for part in (program.do, program.own, program.left, program.right)]
    words = -(-len(program.roots) // WORLDS)
    alive = np.zeros((program.rows, words), np.uint64)  # the roots that read a row, as bits
    for root, row in enumerate(program.roots.tolist()):
        alive[row, root // WORLDS] |= np.uint64(1 << root % WORLDS)
    for do, own, left, right in reversed(list(zip(*columns, strict=True))):
        readers = alive[own].copy()
        alive[own] = 0
        if do == Do.DRAW:
            bits = np.unpackbits(readers.astype("<u8").view(np.uint8), bitorder="little")
            reads[:, left] |= bits[: len(program.roots)].astype(np.bool_)
        else:
            alive[left] |= readers
            alive[right] |= readers
    return reads


def _prefer_turning(
    program: Program,
    keys: Keys,
    p: Floats,
    reads: npt.NDArray[np.bool_],
    first: int,
    pilot: int,
    main: int,
    own: int,
) -> npt.NDArray[np.bool_]:
    """The coins (coins,) to flip: those for which that has less variance over all roots in the pilot."""
    head, coin, both = simulate_jointly(program, keys, p, first=first, words=pilot)
    few = WORLDS * main * np.minimum(p, 1.0 - p) < MIN_EXPECTED_WORLDS
    read = reads.any(axis=0)
    asked = np.flatnonzero(read & ~few).astype(np.int32)
    up, down = turn(program, keys, p, asked, first=first, words=min(pilot, own))
    _, turned = common_numbers(up, down, WORLDS * min(pilot, own))
    # the same formulas with the pilot's shares and the numbers of worlds to come
    rest = WORLDS * pilot - coin
    with_it = ((both + 0.5) / (coin[:, None] + 1.0))[asked]
    without = ((head - both + 0.5) / (rest[:, None] + 1.0))[asked]
    chance = p[asked, None]
    plain = with_it * (1 - with_it) / chance + without * (1 - without) / (1 - chance)
    prefers = read & few
    prefers[asked] = turned.sum(axis=0) * min(pilot, own) / own < plain.sum(axis=1) / (WORLDS * main)
    return prefers


def _gates(program: Program) -> int:
    return program.size - len(program.drawn)


def _drawn(program: Program) -> int:
    """The cost of a word of a joint run, in gates: it draws coins twice, and counts each with each root."""
    return DRAW_GATES * (len(program.drawn) + program.coins) + program.coins * len(program.roots)


def _population(words: Words) -> Counts:
    counts: Counts = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
    return counts
