"""Rare outcomes: a probability too small for plain worlds, by importance sampling over the coins.

1. *Search.* Pilot worlds from a ladder of tilts: the coins' own law, hotter ones, and the law given the root
   as if the gates' arguments were independent, applied again and again from several starting points.
2. *Modes.* Hits are made likelier coin by coin as long as they remain hits; what is left over is a smallest
   set of unlikely coins that brings the root about. The most probable ones are kept.
3. *Cross-entropy* (Rubinstein and Kroese 2004; de Boer et al. 2005, 10.1007/s10479-005-5724-z): the coins'
   law among weighted hits, and the components' shares among them, over some stages.
4. *The run.* Fresh worlds from the mixture of the tilted law, one component for each mode, and the coins' own
   law, which has at least a tenth (a defensive mixture, Hesterberg 1995, 10.1080/00401706.1995.10484303).
   Each hit weighs by the balance heuristic (`kernels.weights`), so the mean is unbiased whatever came before.

It misleads where a way to the root was not found and is too rare for the defensive worlds: the estimate then
lacks that way's probability, its error knows nothing of it, and no formula repairs that. Where thousands of
modes of several coins each carry the probability together (two of three parts, in some of hundreds of
stations, in both halves of a plant), no product of tilts has them; the estimate then says it is degenerate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, stdtrit

from sensa.kernels.confidence_intervals import clopper_pearson
from sensa.kernels.program import Floats, Gates, Op
from sensa.kernels.worlds import weights
from sensa.kernels.worlds.bits import WORLDS, Keys, Words, coin_keys
from sensa.kernels.worlds.simulate import Program, evaluate_words, layout

Bools = npt.NDArray[np.bool_]

PILOTS: Final = 1  # streams of the random bits: final worlds are not those that shaped the proposal
FINAL: Final = 2
DEFENSIVE: Final = 0.1  # the least share of worlds from the coins' own law
MODES: Final = 64  # with a component of their own
KEPT: Final = 1024  # modes; those without a component of their own share one
ROUND: Final = 512  # words; in every round each component has the same number of them
LEVEL: Final = 0.95
FEW: Final = 20  # effective hits below which Student's interval is not used
ENOUGH: Final = 50  # effective hits below which the estimate is degenerate
LARGEST: Final = 0.2  # the largest share of the sum that one hit may have
STAGES: Final = 8
SETTLED: Final = 1.002  # no more stages where the modes' probabilities grow by less
EDGE: Final = 0.02  # no coin is tilted beyond this and its complement
BARRED: Final = 64  # climbs in each stage that are kept from the modes known
SWAPS: Final = 1 << 15  # worlds next to modes that are tried in a stage
REDUCED: Final = 1024  # hits that are reduced to modes at once


@dataclass(frozen=True)
class RareEstimate:
    """A small probability, and how far it can be trusted.

    `error` is the standard error, `low` and `high` hold the probability with 95 %, unless `degenerate`, for
    the `reason` said; `ess` is the effective number of hits, (sum w)^2 / sum w^2; `worlds` counts pilots too.
    """

    mean: float
    error: float
    low: float
    high: float
    ess: float
    worlds: int
    degenerate: bool
    reason: str
    proposal: str


def estimate(
    gates: Gates,
    root: int,
    p: Floats,
    addresses: Words,
    *,
    seed: int,
    relative: float = 0.1,
    worlds: int = 1 << 24,
    progress: Callable[[int, int], None] | None = None,
) -> RareEstimate:
    """The probability that gate `root` is true, at the coins' probabilities `p` (coins,).

    Coin i draws by `addresses[i]`; the same seed gives the same bits. Stops at the `relative` standard error,
    or after about `worlds` worlds, but not before some 131,072 beside those of the pilots, which take as many
    again or more. `progress(done, worlds)` is called now and then. Raises ValueError for wrong shapes, a `p`
    that is no probability, or a `relative` that is not positive.
    """
    p = np.asarray(p, np.float64)
    if p.ndim != 1 or p.shape != np.shape(addresses) or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p {p.shape} must be probabilities, one for each address {np.shape(addresses)}")
    if not relative > 0 or worlds < 1:
        raise ValueError(f"relative error {relative:g} and {worlds} worlds must be positive")
    problem = _problem(gates, root, p, np.asarray(addresses, np.uint64), seed)
    mixture, used = _proposal(problem, np.random.default_rng([seed, PILOTS]))
    return _run(problem, mixture, used, relative, worlds, progress)


@dataclass(frozen=True)
class _Problem:
    """One root with the coins that it reads, and no others."""

    gates: Gates
    root: int
    program: Program
    p: Floats
    pilots: Keys
    final: Keys

    def draw(self, keys: Keys, q: Floats, component: weights.Longs, first: int) -> tuple[Words, Words]:
        """The coins' words and the root's, of words from these components."""
        given = weights.mixed_words(keys, q, component, first=first)
        return given, evaluate_words(self.program, given)[0]


def _problem(gates: Gates, root: int, p: Floats, addresses: Words, seed: int) -> _Problem:
    roots = np.array([root], np.int32)
    drawn = np.sort(np.asarray(layout(gates, roots, len(p)).drawn, np.int64))
    place = np.zeros(len(p), np.int32)
    place[drawn] = np.arange(len(drawn))
    renamed = gates.k.copy()
    coins = gates.op == Op.COIN
    renamed[coins] = place[gates.k[coins]]
    gates = gates._replace(k=renamed)
    keys = [coin_keys(addresses[drawn], seed=seed, stream=stream) for stream in (PILOTS, FINAL)]
    return _Problem(gates, root, layout(gates, roots, len(drawn)), p[drawn], keys[0], keys[1])


@dataclass(frozen=True)
class _Mixture:
    """Components (their coins' probabilities) and how many words each has in a round; the first is p."""

    q: Floats
    count: weights.Longs
    tilted: int = 0  # coins that the cross-entropy component tilts
    modes: int = 0

    @property
    def component(self) -> weights.Longs:
        return np.repeat(np.arange(len(self.count)), self.count)

    def ratios(self, p: Floats) -> weights.Ratios:
        return weights.ratios(self.count / self.count.sum(), self.q, p)


def _counts(shares: Floats, words: int) -> weights.Longs:
    """Words for each component: at least one each, at least a tenth for the first."""
    least = np.ones(len(shares), np.int64)
    least[0] = int(np.ceil(DEFENSIVE * words))
    free = max(words - int(least.sum()), 0)
    more = shares / shares.sum() * free
    return np.asarray(least + np.floor(more), np.int64)


# --- the proposal


@dataclass(frozen=True)
class _Found:
    """Modes: which coins they fix, and at what."""

    fixed: Bools  # (modes, coins)
    value: Bools
    log: Floats  # the log of each one's probability, most probable first

    def part(self, start: int, stop: int) -> "_Found":
        return _Found(self.fixed[start:stop], self.value[start:stop], self.log[start:stop])


def _proposal(problem: _Problem, rng: np.random.Generator) -> tuple[_Mixture, int]:
    """The mixture for the run, and how many words the pilots took."""
    at, mixture = 0, None
    for attempt in range(4):
        ladder = _ladder(problem, rng, starts=8 << attempt)
        mixture = _Mixture(ladder, np.full(len(ladder), 16 << attempt, np.int64))
        given, hit, hits = _pilot(problem, mixture, at)
        at += len(hit)
        if len(hits.weight) >= ENOUGH:
            break
    assert mixture is not None
    if not len(hits.weight):
        return mixture, at
    guess = _safe(weights.slopes(problem.gates, problem.root, problem.p)[1], problem.p)
    modes = _reduced(problem, _chosen(given, hits), rng, None)
    for stage in range(STAGES):
        whole, rest = _means(problem.p, given, hits, mixture)
        top = modes.part(0, MODES)
        around = _around(problem, top, rng)
        fixed = [problem.p, guess, whole, rest, _others(problem.p, modes)]
        q = np.concatenate([fixed, around, _tilts(problem.p, top)])
        share = np.full(len(around), 0.3 / len(around))
        shares = np.concatenate([[0.0, 0.1, 0.1, 0.1, 0.1], share, _weighty(top)])
        mixture = _Mixture(q, _counts(shares, ROUND), modes=len(top.log))
        given, hit, hits = _pilot(problem, mixture, at)
        at += len(hit)
        before = np.exp(modes.log).sum()
        found = np.concatenate([_chosen(given, hits), _swapped(problem, modes, rng)])
        modes = _reduced(problem, found, rng, modes)
        if stage and np.exp(modes.log).sum() <= before * SETTLED:
            break
    return _last(problem, modes, given, hits, mixture, at, guess, rng)


def _last(
    problem: _Problem,
    modes: _Found,
    given: Words,
    hits: weights.Hits,
    mixture: _Mixture,
    at: int,
    guess: Floats,
    rng: np.random.Generator,
) -> tuple[_Mixture, int]:
    """The mixture without what only searched, its shares those of the components among weighted hits.

    Where its own pilot hits nothing, the shares stay as they were guessed.
    """
    top = modes.part(0, MODES)
    others = _others(problem.p, modes)
    for _ in range(2):
        means = _means(problem.p, given, hits, mixture)
        q = np.concatenate([[problem.p, guess, *means, others], _tilts(problem.p, top)])
        shares = np.concatenate([[0.0, 0.1, 0.2, 0.2, 0.1], _weighty(top)])
        mixture = _Mixture(q, _counts(shares, ROUND), int((means[0] != problem.p).sum()), len(top.log))
        given, hit, hits = _pilot(problem, mixture, at)
        at += len(hit)
    part = (hits.weight[:, None] * hits.part).sum(axis=0)
    if part.sum() > 0:
        shares = 0.8 * part / part.sum() + 0.2 * shares / shares.sum()
    return _Mixture(q, _counts(shares, ROUND), mixture.tilted, mixture.modes), at


def _weighty(modes: _Found) -> Floats:
    """Shares of the modes by their probabilities, 0.4 in all."""
    rare = np.exp(modes.log - modes.log.max(initial=-np.inf))
    return np.asarray(0.4 * rare / rare.sum() if len(rare) else rare)


def _around(problem: _Problem, modes: _Found, rng: np.random.Generator) -> Floats:
    """Climbs that may not use the modes known: what they find is another one, if there is any.

    Each mode is barred by one of its coins, held at its other value; which, is chosen at random, so each
    climb is barred in its own way. Most climbs begin next to a mode, whose other coins are held as they are.
    """
    rungs: list[Floats] = []
    for climb in range(BARRED):
        held, left = problem.p.copy(), np.ones(len(modes.log), bool)
        open_coins = np.ones(len(held), bool)
        first = climb % max(len(modes.log), 1) if climb % 4 else -1
        while left.any():
            mode = first if first >= 0 else int(rng.choice(np.flatnonzero(left)))
            coins = np.flatnonzero(modes.fixed[mode] & open_coins)
            left[mode] = False
            if len(coins):
                coin = int(rng.choice(coins))
                if first >= 0:
                    held[coins] = modes.value[mode, coins]
                    open_coins[coins] = False
                held[coin] = 0.0 if modes.value[mode, coin] else 1.0
                left &= ~(modes.fixed[:, coin] & (modes.value[:, coin] != held[coin]))
            first = -1
        rungs += _climb(problem, held, {2} if climb % 2 else {1, 4})
    return np.array(rungs)


def _others(p: Floats, modes: _Found) -> Floats:
    """The coins' law among the modes that have no component of their own; p where there is none."""
    rest = modes.part(MODES, KEPT)
    if not len(rest.log):
        return p
    weight = np.exp(rest.log - rest.log.max())
    law = np.where(rest.fixed, rest.value, p)
    return _safe(np.asarray(weight @ law / weight.sum()), p)


def _pilot(problem: _Problem, mixture: _Mixture, at: int) -> tuple[Words, Words, weights.Hits]:
    given, hit = problem.draw(problem.pilots, mixture.q, mixture.component, at)
    return given, hit, weights.weigh(hit, given, mixture.ratios(problem.p))


def _ladder(problem: _Problem, rng: np.random.Generator, starts: int) -> Floats:
    """Tilts (rungs, coins): the coins' own law, hotter ones, climbs along the slopes, also from elsewhere."""
    p = problem.p
    free = (p > 0) & (p < 1)
    odds = logit(np.where(free, p, 0.5))
    rungs = [p, *(expit(odds * heat) for heat in (0.7, 0.45, 0.2, 0.0))]
    rungs += _climb(problem, p, {1, 2, 3, 5, 9})
    for _ in range(starts):
        noisy = expit(odds * rng.uniform(0.2, 1.0) + rng.normal(0.0, 1.5, len(p)))
        rungs += _climb(problem, np.where(free, noisy, p), {1, 3, 7})
    return np.array([rungs[0], *(_safe(rung, p) for rung in rungs[1:])])


def _climb(problem: _Problem, q: Floats, kept: set[int]) -> list[Floats]:
    """The tilts after some steps; coins at 0 or 1 stay there."""
    held, start = (q == 0) | (q == 1), q
    rungs = []
    for step in range(1, max(kept) + 1):
        q = _safe(weights.slopes(problem.gates, problem.root, q)[1], problem.p)
        if step in kept:
            rungs.append(np.where(held, _safe(start, problem.p), q))
        q = np.where(held, start, q)
    return rungs


def _safe(q: Floats, p: Floats) -> Floats:
    """Tilts that leave certain coins alone, and no other coin certain; small ones are left out."""
    q = np.clip(q, np.minimum(p, EDGE), np.maximum(p, 1 - EDGE))
    q = np.where((p > 0) & (p < 1), q, p)
    same = (np.abs(q - p) <= 0.05 * p) & (np.abs(q - p) <= 0.05 * (1 - p))
    return np.where(same, p, q)


def _means(p: Floats, given: Words, hits: weights.Hits, mixture: _Mixture) -> Floats:
    """The coins' law among the weighted hits (2, coins): among all, and among what no mode accounts for.

    Drawn towards p by 5 effective hits; a coin is tilted only where its law differs by 2.5 standard errors.
    """
    others = len(mixture.count) - mixture.modes
    worlds = _worlds(given, hits)
    found = []
    for weight in (hits.weight, hits.weight * hits.part[:, :others].sum(axis=1)):
        total = weight.sum()
        ess = total**2 / max((weight**2).sum(), np.finfo(float).tiny) if total > 0 else 0.0
        mean = (weight @ worlds) / total if total > 0 else p
        q = (ess * mean + 5.0 * p) / (ess + 5.0)
        clear = np.abs(mean - p) > 2.5 * np.sqrt(p * (1 - p) / max(ess, 1.0))
        found.append(_safe(np.where(clear, q, p), p))
    return np.array(found)


def _worlds(given: Words, hits: weights.Hits) -> Bools:
    return np.asarray(weights.lanes_of(given, hits.word, hits.lane))


def _chosen(given: Words, hits: weights.Hits) -> Bools:
    """Hits to reduce (worlds, coins): the heaviest, and others evenly."""
    heavy = np.argsort(-hits.weight, kind="stable")[: REDUCED // 2]
    even = np.linspace(0, len(hits.weight) - 1, REDUCED // 2).astype(np.int64)
    chosen = np.unique(np.concatenate([heavy, even]))
    return np.asarray(weights.lanes_of(given, hits.word[chosen], hits.lane[chosen]))


def _packed(worlds: Bools) -> Words:
    """Worlds (worlds, coins) as words (coins, words), the last filled up with nothing."""
    words = -(-len(worlds) // WORLDS)
    full = np.zeros((worlds.shape[1], words * WORLDS), bool)
    full[:, : len(worlds)] = worlds.T
    return np.packbits(full, axis=1, bitorder="little").view(np.uint64)


def _holds(problem: _Problem, given: Words, worlds: int) -> Bools:
    root = evaluate_words(problem.program, given)[0]
    return np.unpackbits(root.view(np.uint8), bitorder="little")[:worlds].astype(bool)


def _reduced(problem: _Problem, worlds: Bools, rng: np.random.Generator, old: _Found | None) -> _Found:
    """The modes of these hits and the old ones: unlikely coins that the hits need, the rarest given up first.

    A coin that is not unlikely is fixed too if the hit ends when it alone turns over, unless it is nearly
    certain anyway.
    """
    p, count = problem.p, len(worlds)
    likely, every = p >= 0.5, np.arange(count)
    with np.errstate(divide="ignore"):
        surprise = np.abs(np.log(p) - np.log1p(-p))
    apart = worlds != likely
    noisy = np.where(apart, np.minimum(surprise, 1e3) + rng.gumbel(0.0, 1.0, worlds.shape), -1e9)
    order, many = np.argsort(-noisy, axis=1), apart.sum(axis=1)
    given = _packed(worlds)
    for step in range(int(many.max(initial=0))):
        coins, wanted = order[:, step].astype(np.int64), step < many
        weights.flip(given, coins, wanted)
        holds = _holds(problem, given, count)
        weights.flip(given, coins, wanted & ~holds)
        apart[every[wanted & holds], coins[wanted & holds]] = False
    fixed = apart.copy()
    for coin in np.flatnonzero((p > EDGE / 2) & (p < 1 - EDGE / 2)):
        given[coin] = ~given[coin]
        fixed[:, coin] |= ~_holds(problem, given, count)
        given[coin] = ~given[coin]
    value = apart ^ likely
    if old is not None:
        fixed, value = np.concatenate([fixed, old.fixed]), np.concatenate([value, old.value])
    return _distinct(p, fixed, value & fixed)


def _swapped(problem: _Problem, modes: _Found, rng: np.random.Generator) -> Bools:
    """Hits (worlds, coins) that are a mode with another coin in the place of one of its own; some of many."""
    likely = problem.p >= 0.5
    free = np.flatnonzero((problem.p > 0) & (problem.p < 1))
    mode, out = np.nonzero(modes.fixed)
    count = len(mode) * len(free)
    tried = np.arange(count) if count <= SWAPS else np.sort(rng.choice(count, SWAPS, replace=False))
    hits = []
    for start in range(0, len(tried), SWAPS // 16):
        which, other = np.divmod(tried[start : start + SWAPS // 16], max(len(free), 1))
        worlds = np.where(modes.fixed[mode[which]], modes.value[mode[which]], likely)
        every, other = np.arange(len(which)), free[other]
        worlds[every, out[which]] ^= True
        worlds[every, other] ^= True
        hits.append(worlds[_holds(problem, _packed(worlds), len(worlds)) & (out[which] != other)])
    found = np.concatenate([np.zeros((0, len(likely)), bool), *hits])
    return found if len(found) <= REDUCED else found[rng.choice(len(found), REDUCED, replace=False)]


def _distinct(p: Floats, fixed: Bools, value: Bools) -> _Found:
    keep = fixed.any(axis=1)
    both = np.packbits(np.concatenate([fixed, value], axis=1)[keep], axis=1)
    _, first = np.unique(both, axis=0, return_index=True)
    fixed, value = fixed[keep][first], value[keep][first]
    inner = np.clip(p, 1e-300, 1 - 1e-16)
    log = np.where(fixed, np.where(value, np.log(inner), np.log1p(-inner)), 0.0).sum(axis=1)
    best = np.argsort(-log, kind="stable")[:KEPT]
    return _Found(fixed[best], value[best], log[best])


def _tilts(p: Floats, modes: _Found) -> Floats:
    """Each mode's coins so that all of them together have it with about 0.8, the rest as they are."""
    miss = 0.2 / np.maximum(modes.fixed.sum(axis=1, keepdims=True), 1)
    free = (p > 0) & (p < 1)
    wanted = np.where(modes.value, np.maximum(1 - miss, p), np.minimum(miss, p))
    return np.where(modes.fixed & free, wanted, p)


# --- the run


class _Tally:
    """Sums by component, whose words are independent and equally distributed."""

    def __init__(self, components: int) -> None:
        self.words = np.zeros(components, np.int64)
        self.sums, self.squares = np.zeros(components), np.zeros(components)
        self.total = self.square = self.largest = 0.0
        self.own_hits, self.own = 0, 0.0  # of the coins' own law

    def add(self, component: weights.Longs, hits: weights.Hits) -> None:
        """One round."""
        size = len(self.words)
        word = np.bincount(hits.word, hits.weight, len(component)) / WORLDS
        self.words += np.bincount(component, minlength=size)
        self.sums += np.bincount(component, word, size)
        self.squares += np.bincount(component, word**2, size)
        self.total += float(hits.weight.sum())
        self.square += float((hits.weight**2).sum())
        self.largest = max(self.largest, float(hits.weight.max(initial=0.0)))
        own = component[hits.word] == 0
        self.own_hits += int(own.sum())
        self.own += float(hits.weight[own].sum())

    @property
    def mean(self) -> float:
        return float(self.sums.sum() / self.words.sum())

    @property
    def ess(self) -> float:
        return self.total**2 / self.square if self.square > 0 else 0.0

    def error(self) -> tuple[float, float]:
        """The stratified standard error, and its degrees of freedom by Satterthwaite (10.2307/3002019)."""
        count = self.words
        spread = np.maximum(self.squares - self.sums**2 / count, 0.0) / np.maximum(count - 1, 1)
        parts = count * spread / float(count.sum()) ** 2
        variance = float(parts.sum())
        if variance == 0.0:
            return 0.0, float(count.sum() - 1)
        scaled = parts / variance
        return variance**0.5, float(1.0 / (scaled**2 / np.maximum(count - 1, 1)).sum())


def _run(
    problem: _Problem,
    mixture: _Mixture,
    pilots: int,
    relative: float,
    worlds: int,
    progress: Callable[[int, int], None] | None,
) -> RareEstimate:
    """Rounds of fresh worlds until the error asked for is reached, looked at when their number doubles."""
    component, ratios = mixture.component, mixture.ratios(problem.p)
    tally, size = _Tally(len(mixture.count)), len(component)
    rounds = max((worlds // WORLDS - pilots) // size, 4)
    for done in range(1, rounds + 1):
        given, hit = problem.draw(problem.final, mixture.q, component, (done - 1) * size)
        tally.add(component, weights.weigh(hit, given, ratios))
        if progress is not None:
            progress(min((pilots + done * size) * WORLDS, worlds), worlds)
        if (
            done >= 4
            and done & (done - 1) == 0
            and tally.ess >= 2 * ENOUGH
            and tally.error()[0] <= relative * tally.mean
        ):
            break
    used = (pilots + int(tally.words.sum())) * WORLDS
    said = (
        f"{mixture.tilted} coins tilted by cross-entropy, {mixture.modes} modes, "
        f"{mixture.count[0] / size:.0%} own law"
    )
    return _told(tally, used, said)


def _told(tally: _Tally, used: int, proposal: str) -> RareEstimate:
    own = int(tally.words[0]) * WORLDS
    bound = float(clopper_pearson(tally.own_hits, own, level=LEVEL).high)
    if tally.total == 0.0:
        reason = f"no world was hit; the bound is that of {own:,} worlds of the coins' own law"
        return RareEstimate(0.0, 0.0, 0.0, bound, 0.0, used, True, reason, proposal)
    error, freedom = tally.error()
    half = float(stdtrit(max(freedom, 1.0), 0.5 + LEVEL / 2)) * error
    low, high = max(tally.mean - half, 0.0), min(tally.mean + half, 1.0)
    if tally.ess < FEW:
        low, high = 0.0, max(high, bound)
    reason = _doubts(tally)
    return RareEstimate(tally.mean, error, low, high, tally.ess, used, bool(reason), reason, proposal)


def _doubts(tally: _Tally) -> str:
    """Why the estimate and its error may be far off; nothing where nothing speaks against them."""
    doubts = []
    if tally.ess < ENOUGH:
        doubts.append(f"the hits count as only {tally.ess:.0f}")
    if tally.largest > LARGEST * tally.total:
        doubts.append(f"one hit carries {tally.largest / tally.total:.0%} of the sum")
    if tally.own_hits < ENOUGH and tally.own > LARGEST * tally.total:
        doubts.append(
            f"{tally.own_hits} hits of the coins' own law, which no tilt accounts for, carry "
            f"{tally.own / tally.total:.0%} of the sum"
        )
    return "; ".join(doubts)
