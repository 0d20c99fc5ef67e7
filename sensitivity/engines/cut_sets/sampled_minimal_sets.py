"""Minimal sets of facts that cause an outcome, from sampled worlds; some may be missed.

A *literal* is a fact that fixes some coins (an assumption is violated, an event's draw is true). A
set of literals is *sufficient* if three-valued evaluation finds the root true with these coins known and
all others unknown: then the outcome is certain whatever the rest does (coins of probability 0 and 1 count as
known). Circuits need not be coherent. Worlds are drawn in which the outcome is frequent, and the literals
that hold in each are dropped one by one as long as the rest is sufficient. Since more knowledge never
makes a set insufficient, after one round no further literal can be dropped: the set is minimal in
three-valued logic. Thousands of worlds are reduced at once, 64 per word.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from sensa.engines.montecarlo.three_valued import certainly
from sensa.kernels.program import Floats, Gates, Ints
from sensa.kernels.ties import largest
from sensa.kernels.worlds.bits import MASK, WORLDS, Keys, Words, coin_keys
from sensa.kernels.worlds.instructions import Program, layout
from sensa.kernels.worlds.simulate import coin_words, evaluate_words

Bits = npt.NDArray[np.bool_]

# Worlds are drawn with odds^(1 - s): nominal at 0, fair coins at 1, rare values frequent beyond.
TILT_POWERS: Final = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)
# Noise in the order in which literals are dropped: the rarest first, and others.
ORDER_NOISE: Final = (0.0, 1.0, 4.0)
# Chances of the other coins in proofs; None: their own.
PROOF_CHANCES: Final = (None, 0.5, 0.05, 0.95, 0.002, 0.998) * 2
WORDS_AT_ONCE: Final = 64  # words of worlds that are reduced together
MAX_COIN_WORDS: Final = 1 << 21  # words of coins in memory for proofs
MAX_PROOF_WORK: Final = 1 << 30  # gates and coins, times words, that proofs may evaluate
RANDOM_STREAM: Final = 0x5E75  # of the random bits: no other result uses these worlds


@dataclass(frozen=True, slots=True)
class Literal:
    """Coins, their values, and the probability of these values."""

    coins: tuple[int, ...]
    values: tuple[bool, ...]
    chance: float


@dataclass(frozen=True, eq=False)
class Found:
    """Distinct sets, the most probable first, and how complete they are.

    `probability`: that all literals of a set hold, if independent. `seen`: worlds that were reduced to it.
    `minimal`: proven minimal, since for each literal there were worlds in which all others held and the root
    was false; else a subset may be sufficient in ways that three-valued logic does not see (or there were too
    many sets and literals to try all; the most probable come first). There may be more sets; finding none
    means little unless many of `hits` were reduced.
    """

    sets: tuple[tuple[int, ...], ...]
    probability: Floats
    seen: npt.NDArray[np.int64]
    minimal: Bits
    worlds: int
    hits: int  # worlds in which the root was true
    reduced: int  # those in which the literals that held were sufficient


def minimal_sets(
    gates: Gates,
    root: int,
    coins: int,
    p: Floats,
    literals: Sequence[Literal],
    *,
    seed: int = 0,
    words: int = 384,
    certain: bool = True,
    most: int = 1000,
) -> Found:
    """The minimal sufficient sets of literals that `words` x 64 worlds lead to, at most `most` of them.

    If `certain` is False, coins without a literal keep their values of each world: the sets then make the
    outcome possible, not certain, `minimal` is never proven, and of nested sets only the smallest is kept.
    Literals may contradict each other (a coin true, or false), but no two may give one coin the same value.
    Cost: two passes through the circuit over all words, and where there are hits two more for each literal,
    so gates x literals x words: fewer words where literals are thousands. Raises ValueError for literals that
    overlap, or are empty.
    """
    search = _Search(gates, root, coins, np.asarray(p, np.float64), _checked(literals), certain, seed)
    piece = max(min(WORDS_AT_ONCE, -(-words // len(TILT_POWERS))), 1)
    counts: Counter[bytes] = Counter()
    hits = reduced = 0
    for batch, first in enumerate(range(0, words, piece)):
        tilt, noise = (
            TILT_POWERS[batch % len(TILT_POWERS)],
            ORDER_NOISE[batch // len(TILT_POWERS) % len(ORDER_NOISE)],
        )
        held, given, hit = search.worlds(tilt, first, min(piece, words - first))
        hits += hit
        reduced += held.shape[1]
        order = search.order(np.random.default_rng((seed, batch)), noise)
        counts.update(map(bytes, np.packbits(search.reduce(held, given, order).T, axis=1)))
    found = {_members(row, len(literals)): count for row, count in counts.items()}
    sets = list(found) if certain else _smallest(list(found), len(literals))
    sets.sort()
    sets = [sets[i] for i in largest([search.probability(chosen) for chosen in sets], most)]
    return Found(
        tuple(sets),
        np.array([search.probability(chosen) for chosen in sets]),
        np.array([found[chosen] for chosen in sets], np.int64),
        search.proven(sets),
        words * WORLDS,
        hits,
        reduced,
    )


@dataclass(frozen=True, eq=False)
class _Search:
    gates: Gates
    root: int
    coins: int
    p: Floats
    literals: tuple[Literal, ...]
    certain: bool
    seed: int

    @cached_property
    def plain(self) -> Program:
        """The root over two values."""
        return layout(self.gates, np.array([self.root], np.int32), self.coins)

    @cached_property
    def sure(self) -> Program:
        """The root over three values."""
        return certainly(self.gates, np.array([self.root], np.int32), self.coins)

    @cached_property
    def fixed(self) -> Bits:
        """Coins with only one possible value."""
        return np.asarray((self.p == 0) | (self.p == 1))

    @cached_property
    def free(self) -> Bits:
        """Coins without a literal."""
        own = {coin for literal in self.literals for coin in literal.coins}
        return np.array([coin not in own for coin in range(self.coins)], np.bool_)

    @cached_property
    def chances(self) -> Floats:
        return np.array([literal.chance for literal in self.literals], np.float64)

    def order(self, rng: np.random.Generator, noise: float) -> Ints:
        """The order in which literals are dropped: the rarest first, up to noise."""
        with np.errstate(divide="ignore"):
            rarity = np.log(self.chances)
        return np.argsort(rarity + noise * rng.gumbel(size=len(rarity))).astype(np.int32)

    def keys(self, count: int, stream: int) -> Keys:
        return coin_keys(np.arange(count, dtype=np.uint64), seed=self.seed, stream=RANDOM_STREAM + stream)

    def worlds(self, tilt: float, first: int, words: int) -> tuple[Bits, Bits, int]:
        """Worlds whose literals suffice: literals and coins (…, worlds) each; and the number of hits."""
        p = _tilted(self.p, tilt)
        given = coin_words(self.keys(self.coins, 0), p, first=first, words=words)
        several = [i for i, literal in enumerate(self.literals) if len(literal.coins) > 1]
        own = self.keys(len(self.literals), 1)[several]
        drawn = coin_words(own, _tilted(self.chances[several], tilt), first=first, words=words)
        for i, on in zip(several, drawn, strict=True):
            _impose(given, self.literals[i], on, self.fixed)
        held = np.zeros((len(self.literals), words), np.uint64)
        for i, literal in enumerate(self.literals):
            held[i] = _holding(given, literal)
        hits = int(np.bitwise_count(evaluate_words(self.plain, given)).sum())
        enough = _bits(evaluate_words(self.sure, self._rails(held, given)))[0]
        return _bits(held)[:, enough], _bits(given)[:, enough], hits

    def reduce(self, held: Bits, given: Bits, order: Ints) -> Bits:
        """The literals (literals, worlds) left after dropping as many as possible in this order."""
        words = _words(held)
        rails = self._rails(words, _words(given))
        for i in order[words[order].any(axis=1)].tolist():
            before = words[i].copy()
            words[i] = 0
            self._reveal(rails, i, words[i])
            words[i] = before & ~evaluate_words(self.sure, rails)[0]
            self._reveal(rails, i, words[i])
        return _bits(words)[:, : held.shape[1]]

    def _rails(self, held: Words, given: Words) -> Words:
        """The known coins (2 x coins, words): those known to be true, then those known to be false."""
        rails = np.zeros((2 * self.coins, given.shape[1]), np.uint64)
        known = self.fixed if self.certain else self.fixed | self.free
        rails[: self.coins][known] = given[known]
        rails[self.coins :][known] = ~given[known]
        for i, words in enumerate(held):
            self._reveal(rails, i, words)
        return rails

    def _reveal(self, rails: Words, i: int, words: Words) -> None:
        """Make a literal's coins known where it holds."""
        for coin, value in zip(self.literals[i].coins, self.literals[i].values, strict=True):
            if not self.fixed[coin]:
                rails[coin if value else self.coins + coin] = words

    def probability(self, chosen: tuple[int, ...]) -> float:
        return float(np.prod(self.chances[list(chosen)]))

    def proven(self, sets: Sequence[tuple[int, ...]]) -> Bits:
        """Whether each set was tried, and insufficient in some world without each of its literals."""
        minimal = np.zeros(len(sets), np.bool_)
        sizes = np.cumsum([len(chosen) for chosen in sets])
        tried = int((sizes <= MAX_PROOF_WORK // (self.plain.size + self.coins)).sum()) if self.certain else 0
        minimal[:tried] = True
        pairs = [(number, i) for number in range(tried) for i in sets[number]]
        piece = max(MAX_COIN_WORDS // max(self.coins, 1), 1)
        for start in range(0, len(pairs), piece):
            for number, _ in self._surviving(sets, pairs[start : start + piece]):
                minimal[number] = False
        return minimal

    def _surviving(
        self, sets: Sequence[tuple[int, ...]], pairs: list[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """The pairs of a set and a dropped literal for which the root was true in all worlds tried."""
        told = [self._values_without(sets[number], gone) for number, gone in pairs]
        coins, values = (np.concatenate([part[i] for part in told]).astype(np.int64) for i in (0, 1))
        word = np.repeat(np.arange(len(pairs)), [len(part[0]) for part in told])
        left = np.arange(len(pairs))
        for number, chance in enumerate(PROOF_CHANCES):
            p = self.p if chance is None else np.where(self.fixed, self.p, chance)
            given = coin_words(self.keys(self.coins, 2 + number), p, words=len(left))
            place = np.full(len(pairs), -1)
            place[left] = np.arange(len(left))
            still = place[word] >= 0
            given[coins[still], place[word[still]]] = np.where(values[still], np.uint64(MASK), np.uint64(0))
            left = left[evaluate_words(self.plain, given)[0] == MASK]
            if not len(left):
                break
        return [pairs[i] for i in left.tolist()]

    def _values_without(self, chosen: tuple[int, ...], gone: int) -> tuple[list[int], list[bool]]:
        """Coins and their values if all literals of a set hold but one, which is false if it has one coin."""
        falls = {
            coin: value if i != gone else not value
            for i in chosen
            for coin, value in zip(self.literals[i].coins, self.literals[i].values, strict=True)
            if i != gone or len(self.literals[i].coins) == 1
        }
        open_ = {coin: value for coin, value in falls.items() if not self.fixed[coin]}
        return list(open_), list(open_.values())


def _checked(literals: Sequence[Literal]) -> tuple[Literal, ...]:
    seen: set[tuple[int, bool]] = set()
    for literal in literals:
        said = set(zip(literal.coins, literal.values, strict=True))
        if not said or len({coin for coin, _ in said}) < len(literal.coins):
            raise ValueError(f"a literal says nothing, or one thing twice: {literal}")
        if said & seen:
            raise ValueError(f"two literals say the same of a coin: {literal}")
        seen |= said
    return tuple(literals)


def _tilted(p: Floats, tilt: float) -> Floats:
    """Probabilities with their odds to the power 1 - tilt; 0 and 1 stay."""
    inside = (p > 0) & (p < 1)
    score = np.log(p, where=inside, out=np.zeros_like(p)) - np.log1p(-p, where=inside, out=np.zeros_like(p))
    return np.where(inside, expit((1.0 - tilt) * score), p)


def _impose(given: Words, literal: Literal, on: Words, fixed: Bits) -> None:
    """Make the literal hold in these worlds, for coins that can take its values."""
    for coin, value in zip(literal.coins, literal.values, strict=True):
        if not fixed[coin]:
            given[coin] = given[coin] | on if value else given[coin] & ~on


def _holding(given: Words, literal: Literal) -> Words:
    """The worlds in which a literal holds."""
    held = np.full(given.shape[1], MASK, np.uint64)
    for coin, value in zip(literal.coins, literal.values, strict=True):
        held &= given[coin] if value else ~given[coin]
    return held


def _bits(words: Words) -> Bits:
    """Words (rows, words) as worlds (rows, 64 x words)."""
    plain = np.ascontiguousarray(words).astype("<u8").view(np.uint8)
    return np.unpackbits(plain, axis=1, bitorder="little").astype(np.bool_)


def _words(bits: Bits) -> Words:
    """Worlds (rows, worlds) as words, padding the last with empty worlds."""
    wide = np.zeros((len(bits), -(-bits.shape[1] // WORLDS) * WORLDS), np.bool_)
    wide[:, : bits.shape[1]] = bits
    return np.packbits(wide, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def _smallest(sets: list[tuple[int, ...]], literals: int) -> list[tuple[int, ...]]:
    """The sets without a proper subset among them."""
    kept: list[tuple[int, ...]] = []
    rows = np.zeros((len(sets), literals), np.bool_)
    for chosen in sorted(sets, key=len):
        above = rows[: len(kept)]
        if not (above[:, list(chosen)].sum(axis=1) == above.sum(axis=1)).any():
            rows[len(kept), list(chosen)] = True
            kept.append(chosen)
    return kept


def _members(row: bytes, literals: int) -> tuple[int, ...]:
    bits = np.unpackbits(np.frombuffer(row, np.uint8))[:literals]
    return tuple(np.flatnonzero(bits).tolist())
