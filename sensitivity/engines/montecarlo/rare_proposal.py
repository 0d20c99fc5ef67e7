"""The proposal for hits of a rare root: a mixture of tilted laws of its coins.

1. *Search.* Pilot worlds from a ladder of tilts: the coins' own law, hotter ones, and the law given the root
   as if the gates' arguments were independent, applied repeatedly from several starting points.
2. *Modes* of the hits (`rare_modes`). The most probable ones are kept.
3. *Cross-entropy* (Rubinstein and Kroese 2004; de Boer et al. 2005, 10.1007/s10479-005-5724-z): the coins'
   law among weighted hits, and the components' shares among them, over some stages.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit, logit

from sensa.engines.montecarlo.rare_modes import MAX_MODES, MAX_REDUCED_HITS, Modes, reduced, swapped
from sensa.engines.montecarlo.rare_root import Bools, RareRoot
from sensa.kernels.program import Floats
from sensa.kernels.worlds import weights
from sensa.kernels.worlds.bits import Words

DEFENSIVE_SHARE: Final = 0.1  # the smallest share of worlds from the coins' own law
MAX_MODE_COMPONENTS: Final = 64  # modes with a component of their own
ROUND_WORDS: Final = 512  # in every round each component has the same number of them
MIN_PILOT_HITS: Final = 50  # with fewer the ladder is tried again with more tilts
MAX_STAGES: Final = 8
MIN_GROWTH: Final = 1.002  # stages end if the modes' probabilities grow by less
MIN_TILT: Final = 0.02  # no coin is tilted beyond this and its complement
CLIMBS_PER_STAGE: Final = 64  # kept away from the known modes


@dataclass(frozen=True)
class Mixture:
    """Components (their coins' probabilities) and how many words each has in a round; the first is p."""

    q: Floats
    count: weights.Longs
    tilted: int = 0  # coins that the cross-entropy component tilts
    modes: int = 0

    @property
    def component(self) -> weights.Longs:
        """The component that each word of a round is drawn from (words,)."""
        return np.repeat(np.arange(len(self.count)), self.count)

    def ratios(self, p: Floats) -> weights.Ratios:
        """The weights of a world by its coins, with their own law `p`."""
        return weights.ratios(self.count / self.count.sum(), self.q, p)


def _words_of(shares: Floats, words: int) -> weights.Longs:
    """Words for each component: at least one each, at least a tenth for the first."""
    least = np.ones(len(shares), np.int64)
    least[0] = int(np.ceil(DEFENSIVE_SHARE * words))
    free = max(words - int(least.sum()), 0)
    more = shares / shares.sum() * free
    return np.asarray(least + np.floor(more), np.int64)


@dataclass(frozen=True)
class _Pilot:
    """Pilot worlds from a mixture: the coins' words, the hits among them."""

    mixture: Mixture
    given: Words
    hits: weights.Hits
    end: int  # words that all pilots have taken by now


def _pilot(rare: RareRoot, mixture: Mixture, start: int) -> _Pilot:
    given, hit = rare.draw(rare.pilots, mixture.q, mixture.component, start)
    return _Pilot(mixture, given, weights.weigh(hit, given, mixture.ratios(rare.p)), start + len(hit))


def proposal(rare: RareRoot, rng: np.random.Generator) -> tuple[Mixture, int]:
    """The mixture for the run, and the number of words the pilots took."""
    pilot = _first_hits(rare, rng)
    if not len(pilot.hits.weight):
        return pilot.mixture, pilot.end
    guess = _bounded(weights.slopes(rare.gates, rare.root, rare.p)[1], rare.p)
    modes, pilot = _searched(rare, pilot, guess, rng)
    return _final(rare, modes, pilot, guess)


def _first_hits(rare: RareRoot, rng: np.random.Generator) -> _Pilot:
    """Pilots from ladders of increasingly many tilts, until there are some hits."""
    end = 0
    for attempt in range(4):
        ladder = _ladder(rare, rng, starts=8 << attempt)
        pilot = _pilot(rare, Mixture(ladder, np.full(len(ladder), 16 << attempt, np.int64)), end)
        end = pilot.end
        if len(pilot.hits.weight) >= MIN_PILOT_HITS:
            break
    return pilot


def _searched(rare: RareRoot, pilot: _Pilot, guess: Floats, rng: np.random.Generator) -> tuple[Modes, _Pilot]:
    """The modes after stages of cross-entropy until they stop improving, and the last stage's pilot."""
    modes = reduced(rare, _sample_of_hits(pilot), rng, None)
    for stage in range(MAX_STAGES):
        whole, rest = _means(rare.p, pilot)
        top = modes.part(0, MAX_MODE_COMPONENTS)
        around = _around(rare, top, rng)
        fixed = [rare.p, guess, whole, rest, _unlisted(rare.p, modes)]
        q = np.concatenate([fixed, around, _tilts(rare.p, top)])
        share = np.full(len(around), 0.3 / len(around))
        shares = np.concatenate([[0.0, 0.1, 0.1, 0.1, 0.1], share, _mode_shares(top)])
        pilot = _pilot(rare, Mixture(q, _words_of(shares, ROUND_WORDS), modes=len(top.log)), pilot.end)
        before = np.exp(modes.log).sum()
        found = np.concatenate([_sample_of_hits(pilot), swapped(rare, modes, rng)])
        modes = reduced(rare, found, rng, modes)
        if stage and np.exp(modes.log).sum() <= before * MIN_GROWTH:
            break
    return modes, pilot


def _final(rare: RareRoot, modes: Modes, pilot: _Pilot, guess: Floats) -> tuple[Mixture, int]:
    """The mixture without components for the search, with shares by the components' weighted hits.

    If its own pilot has no hits, the guessed shares are kept.
    """
    top = modes.part(0, MAX_MODE_COMPONENTS)
    others = _unlisted(rare.p, modes)
    for _ in range(2):
        means = _means(rare.p, pilot)
        q = np.concatenate([[rare.p, guess, *means, others], _tilts(rare.p, top)])
        shares = np.concatenate([[0.0, 0.1, 0.2, 0.2, 0.1], _mode_shares(top)])
        tilted = int((means[0] != rare.p).sum())
        pilot = _pilot(rare, Mixture(q, _words_of(shares, ROUND_WORDS), tilted, len(top.log)), pilot.end)
    part = (pilot.hits.weight[:, None] * pilot.hits.part).sum(axis=0)
    if part.sum() > 0:
        shares = 0.8 * part / part.sum() + 0.2 * shares / shares.sum()
    return Mixture(q, _words_of(shares, ROUND_WORDS), tilted, len(top.log)), pilot.end


def _mode_shares(modes: Modes) -> Floats:
    """Shares of the modes by their probabilities, 0.4 in total."""
    chance = np.exp(modes.log - modes.log.max(initial=-np.inf))
    return np.asarray(0.4 * chance / chance.sum() if len(chance) else chance)


def _around(rare: RareRoot, modes: Modes, rng: np.random.Generator) -> Floats:
    """Climbs that avoid the known modes, to find others.

    Each mode is blocked by holding one of its coins, chosen at random for each climb, at its other value.
    Most climbs start next to a mode and hold its other coins.
    """
    rungs: list[Floats] = []
    for climb in range(CLIMBS_PER_STAGE):
        held, left = rare.p.copy(), np.ones(len(modes.log), bool)
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
        rungs += _climb(rare, held, {2} if climb % 2 else {1, 4})
    return np.array(rungs)


def _unlisted(p: Floats, modes: Modes) -> Floats:
    """The coins' law among the modes without their own component; p if there are none."""
    rest = modes.part(MAX_MODE_COMPONENTS, MAX_MODES)
    if not len(rest.log):
        return p
    weight = np.exp(rest.log - rest.log.max())
    law = np.where(rest.fixed, rest.value, p)
    return _bounded(np.asarray(weight @ law / weight.sum()), p)


def _ladder(rare: RareRoot, rng: np.random.Generator, starts: int) -> Floats:
    """Tilts (rungs, coins): the coins' own law, hotter ones, and climbs along slopes from several starts."""
    p = rare.p
    free = (p > 0) & (p < 1)
    odds = logit(np.where(free, p, 0.5))
    rungs = [p, *(expit(odds * heat) for heat in (0.7, 0.45, 0.2, 0.0))]
    rungs += _climb(rare, p, {1, 2, 3, 5, 9})
    for _ in range(starts):
        noisy = expit(odds * rng.uniform(0.2, 1.0) + rng.normal(0.0, 1.5, len(p)))
        rungs += _climb(rare, np.where(free, noisy, p), {1, 3, 7})
    return np.array([rungs[0], *(_bounded(rung, p) for rung in rungs[1:])])


def _climb(rare: RareRoot, q: Floats, kept: set[int]) -> list[Floats]:
    """The tilts after some steps; coins at 0 or 1 stay there."""
    held, start = (q == 0) | (q == 1), q
    rungs = []
    for step in range(1, max(kept) + 1):
        q = _bounded(weights.slopes(rare.gates, rare.root, q)[1], rare.p)
        if step in kept:
            rungs.append(np.where(held, _bounded(start, rare.p), q))
        q = np.where(held, start, q)
    return rungs


def _bounded(q: Floats, p: Floats) -> Floats:
    """Limit tilts: certain coins keep their value, others never become certain; small tilts are dropped."""
    q = np.clip(q, np.minimum(p, MIN_TILT), np.maximum(p, 1 - MIN_TILT))
    q = np.where((p > 0) & (p < 1), q, p)
    same = (np.abs(q - p) <= 0.05 * p) & (np.abs(q - p) <= 0.05 * (1 - p))
    return np.where(same, p, q)


def _means(p: Floats, pilot: _Pilot) -> Floats:
    """The coins' law among the weighted hits (2, coins): among all, and among those without a mode.

    Shrunk towards p by 5 effective hits; a coin is tilted only if its law differs by 2.5 standard errors.
    """
    hits = pilot.hits
    others = len(pilot.mixture.count) - pilot.mixture.modes
    worlds = weights.lanes_of(pilot.given, hits.word, hits.lane)
    found = []
    for weight in (hits.weight, hits.weight * hits.part[:, :others].sum(axis=1)):
        total = weight.sum()
        ess = total**2 / max((weight**2).sum(), np.finfo(float).tiny) if total > 0 else 0.0
        mean = (weight @ worlds) / total if total > 0 else p
        q = (ess * mean + 5.0 * p) / (ess + 5.0)
        clear = np.abs(mean - p) > 2.5 * np.sqrt(p * (1 - p) / max(ess, 1.0))
        found.append(_bounded(np.where(clear, q, p), p))
    return np.array(found)


def _sample_of_hits(pilot: _Pilot) -> Bools:
    """Hits to reduce (worlds, coins): the heaviest, and an even sample of others."""
    hits = pilot.hits
    heavy = np.argsort(-hits.weight, kind="stable")[: MAX_REDUCED_HITS // 2]
    even = np.linspace(0, len(hits.weight) - 1, MAX_REDUCED_HITS // 2).astype(np.int64)
    chosen = np.unique(np.concatenate([heavy, even]))
    return np.asarray(weights.lanes_of(pilot.given, hits.word[chosen], hits.lane[chosen]))


def _tilts(p: Floats, modes: Modes) -> Floats:
    """Tilt each mode's coins so that the mode has a probability of about 0.8; others keep theirs."""
    miss = 0.2 / np.maximum(modes.fixed.sum(axis=1, keepdims=True), 1)
    free = (p > 0) & (p < 1)
    wanted = np.where(modes.value, np.maximum(1 - miss, p), np.minimum(miss, p))
    return np.where(modes.fixed & free, wanted, p)
