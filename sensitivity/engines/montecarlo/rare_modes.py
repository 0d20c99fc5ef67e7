"""Modes of a rare root: minimal sets of unlikely coins that make it true.

Hits are made likelier coin by coin as long as they remain hits; the result is a mode.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sensa.engines.montecarlo.rare_root import Bools, RareRoot, packed
from sensa.kernels.program import Floats
from sensa.kernels.worlds import weights

MAX_MODES: Final = 1024  # kept; those without their own component share one
NEARLY_CERTAIN: Final = (
    0.01  # probability or its complement, below which a coin is fixed only if it is unlikely
)
MAX_SWAPPED_WORLDS: Final = 1 << 15  # next to modes, tried in a stage
MAX_REDUCED_HITS: Final = 1024  # reduced to modes at once


@dataclass(frozen=True)
class Modes:
    """Modes: the coins that they fix, and their values."""

    fixed: Bools  # (modes, coins)
    value: Bools
    log: Floats  # the log of each one's probability, most probable first

    def part(self, start: int, stop: int) -> "Modes":
        """The modes from `start` to before `stop`."""
        return Modes(self.fixed[start:stop], self.value[start:stop], self.log[start:stop])


def reduced(rare: RareRoot, worlds: Bools, rng: np.random.Generator, old: Modes | None) -> Modes:
    """The modes of these hits and the old ones: unlikely coins that hits need, the rarest dropped first.

    A coin that is not unlikely is fixed too if flipping it alone ends the hit, unless it is nearly
    certain anyway.
    """
    p, count = rare.p, len(worlds)
    likely, every = p >= 0.5, np.arange(count)
    with np.errstate(divide="ignore"):
        surprise = np.abs(np.log(p) - np.log1p(-p))
    apart = worlds != likely
    noisy = np.where(apart, np.minimum(surprise, 1e3) + rng.gumbel(0.0, 1.0, worlds.shape), -1e9)
    order, many = np.argsort(-noisy, axis=1), apart.sum(axis=1)
    given = packed(worlds)
    for step in range(int(many.max(initial=0))):
        coins, wanted = order[:, step].astype(np.int64), step < many
        weights.flip(given, coins, wanted)
        holds = rare.holds(given, count)
        weights.flip(given, coins, wanted & ~holds)
        apart[every[wanted & holds], coins[wanted & holds]] = False
    fixed = apart.copy()
    for coin in np.flatnonzero((p > NEARLY_CERTAIN) & (p < 1 - NEARLY_CERTAIN)):
        given[coin] = ~given[coin]
        fixed[:, coin] |= ~rare.holds(given, count)
        given[coin] = ~given[coin]
    value = apart ^ likely
    if old is not None:
        fixed, value = np.concatenate([fixed, old.fixed]), np.concatenate([value, old.value])
    return _distinct(p, fixed, value & fixed)


def swapped(rare: RareRoot, modes: Modes, rng: np.random.Generator) -> Bools:
    """Hits (worlds, coins) made by replacing one coin of a mode by another; a sample if there are many."""
    likely = rare.p >= 0.5
    free = np.flatnonzero((rare.p > 0) & (rare.p < 1))
    mode, out = np.nonzero(modes.fixed)
    count = len(mode) * len(free)
    most, batch = MAX_SWAPPED_WORLDS, MAX_SWAPPED_WORLDS // 16
    tried = np.arange(count) if count <= most else np.sort(rng.choice(count, most, replace=False))
    hits = []
    for start in range(0, len(tried), batch):
        which, other = np.divmod(tried[start : start + batch], max(len(free), 1))
        worlds = np.where(modes.fixed[mode[which]], modes.value[mode[which]], likely)
        every, other = np.arange(len(which)), free[other]
        worlds[every, out[which]] ^= True
        worlds[every, other] ^= True
        hits.append(worlds[rare.holds(packed(worlds), len(worlds)) & (out[which] != other)])
    found = np.concatenate([np.zeros((0, len(likely)), bool), *hits])
    if len(found) <= MAX_REDUCED_HITS:
        return found
    return found[rng.choice(len(found), MAX_REDUCED_HITS, replace=False)]


def _distinct(p: Floats, fixed: Bools, value: Bools) -> Modes:
    """Distinct modes, the most probable ones."""
    keep = fixed.any(axis=1)
    both = np.packbits(np.concatenate([fixed, value], axis=1)[keep], axis=1)
    _, first = np.unique(both, axis=0, return_index=True)
    fixed, value = fixed[keep][first], value[keep][first]
    inner = np.clip(p, 1e-300, 1 - 1e-16)
    log = np.where(fixed, np.where(value, np.log(inner), np.log1p(-inner)), 0.0).sum(axis=1)
    best = np.argsort(-log, kind="stable")[:MAX_MODES]
    return Modes(fixed[best], value[best], log[best])
