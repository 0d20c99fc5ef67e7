"""Rare outcomes: a probability too small for plain worlds, by importance sampling over the coins.

First, pilot worlds find the hits, which gives a mixture of tilted laws of the coins (`rare_proposal`). Then
the run draws fresh worlds from that mixture: the tilted laws, and the coins' own law, which gets at least a
tenth (a defensive mixture, Hesterberg 1995, 10.1080/00401706.1995.10484303). The balance heuristic weights
each hit (`kernels.worlds.weights`), so the mean is unbiased whatever the pilots found.

It misleads if a mode of the root was not found and is too rare for the defensive worlds: the estimate then
lacks that mode's probability, the error does not include it, and no formula helps. If thousands of
modes of several coins each carry the probability together (two of three parts, in some of hundreds of
stations, in both halves of a plant), no product of tilts covers them; the estimate is then marked degenerate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import stdtrit

from sensa.engines.montecarlo.rare_proposal import Mixture, proposal
from sensa.engines.montecarlo.rare_root import PILOT_STREAM, RareRoot, rare_root
from sensa.kernels.confidence_intervals import clopper_pearson
from sensa.kernels.program import Floats, Gates
from sensa.kernels.worlds import weights
from sensa.kernels.worlds.bits import WORLDS, Words

CONFIDENCE_LEVEL: Final = 0.95
MIN_STUDENT_HITS: Final = 20  # with fewer effective hits Student's interval is not used
MIN_HITS: Final = 50  # with fewer effective hits the estimate is degenerate
MAX_HIT_SHARE: Final = 0.2  # the largest share of the sum that one hit may have


@dataclass(frozen=True)
class RareEstimate:
    """An estimate of a small probability, with diagnostics.

    `error` is the standard error, `low` to `high` is a 95 % interval, unless `degenerate`, for the given
    `reason`; `ess` is the effective number of hits, (sum w)^2 / sum w^2; `worlds` counts pilots too.
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
    or after about `worlds` worlds, but not before some 131,072 in addition to the pilots, which take as many
    or more. `progress(done, worlds)` is called regularly. Raises ValueError for wrong shapes, an invalid
    probability, or a `relative` that is not positive.
    """
    rare, mixture, used = _proposed(gates, root, p, addresses, seed, relative, worlds)
    return _run(rare, mixture, used, relative, worlds, progress)


def estimates(
    gates: Gates,
    root: int,
    p: Floats,
    addresses: Words,
    *,
    seed: int,
    replicates: int,
    relative: float = 0.1,
    worlds: int = 1 << 24,
) -> list[RareEstimate]:
    """Independent estimates of the same from one proposal, each from `worlds` or fewer, as in `estimate`."""
    rare, mixture, used = _proposed(gates, root, p, addresses, seed, relative, worlds)
    words = _rounds(mixture, used, worlds) * len(mixture.component)
    return [
        _run(rare, mixture, used, relative, worlds, None, first=number * words)
        for number in range(replicates)
    ]


def _proposed(
    gates: Gates, root: int, p: Floats, addresses: Words, seed: int, relative: float, worlds: int
) -> tuple[RareRoot, Mixture, int]:
    """The root, the mixture to draw its worlds from, and the words of worlds that finding it took."""
    p = np.asarray(p, np.float64)
    if p.ndim != 1 or p.shape != np.shape(addresses) or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p {p.shape} must be probabilities, one for each address {np.shape(addresses)}")
    if not relative > 0 or worlds < 1:
        raise ValueError(f"relative error {relative:g} and {worlds} worlds must be positive")
    rare = rare_root(gates, root, p, np.asarray(addresses, np.uint64), seed)
    return rare, *proposal(rare, np.random.default_rng([seed, PILOT_STREAM]))


def _rounds(mixture: Mixture, pilots: int, worlds: int) -> int:
    """The most rounds of fresh worlds."""
    return max((worlds // WORLDS - pilots) // len(mixture.component), 4)


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
    rare: RareRoot,
    mixture: Mixture,
    pilots: int,
    relative: float,
    worlds: int,
    progress: Callable[[int, int], None] | None,
    *,
    first: int = 0,
) -> RareEstimate:
    """Run rounds of fresh worlds until the requested error is reached, checked when their number doubles.

    The worlds are those from the word `first` on.
    """
    component, ratios = mixture.component, mixture.ratios(rare.p)
    tally, size = _Tally(len(mixture.count)), len(component)
    for done in range(1, _rounds(mixture, pilots, worlds) + 1):
        given, hit = rare.draw(rare.final, mixture.q, component, first + (done - 1) * size)
        tally.add(component, weights.weigh(hit, given, ratios))
        if progress is not None:
            progress(min((pilots + done * size) * WORLDS, worlds), worlds)
        if (
            done >= 4
            and done & (done - 1) == 0
            and tally.ess >= 2 * MIN_HITS
            and tally.error()[0] <= relative * tally.mean
        ):
            break
    used = (pilots + int(tally.words.sum())) * WORLDS
    said = (
        f"{mixture.tilted} coins tilted by cross-entropy, {mixture.modes} modes, "
        f"{mixture.count[0] / size:.0%} own law"
    )
    return _concluded(tally, used, said)


def _concluded(tally: _Tally, used: int, proposal: str) -> RareEstimate:
    """The estimate from these sums, with its interval and its doubts."""
    own = int(tally.words[0]) * WORLDS
    bound = float(clopper_pearson(tally.own_hits, own, level=CONFIDENCE_LEVEL).high)
    if tally.total == 0.0:
        reason = f"no world was hit; the bound is that of {own:,} worlds of the coins' own law"
        return RareEstimate(0.0, 0.0, 0.0, bound, 0.0, used, True, reason, proposal)
    error, freedom = tally.error()
    half = float(stdtrit(max(freedom, 1.0), 0.5 + CONFIDENCE_LEVEL / 2)) * error
    low, high = max(tally.mean - half, 0.0), min(tally.mean + half, 1.0)
    if tally.ess < MIN_STUDENT_HITS:
        low, high = 0.0, max(high, bound)
    reason = _doubts(tally)
    return RareEstimate(tally.mean, error, low, high, tally.ess, used, bool(reason), reason, proposal)


def _doubts(tally: _Tally) -> str:
    """Why the estimate and its error may be far off; empty if there are no doubts."""
    doubts = []
    if tally.ess < MIN_HITS:
        doubts.append(f"the hits count as only {tally.ess:.0f}")
    if tally.largest > MAX_HIT_SHARE * tally.total:
        doubts.append(f"one hit carries {tally.largest / tally.total:.0%} of the sum")
    if tally.own_hits < MIN_HITS and tally.own > MAX_HIT_SHARE * tally.total:
        doubts.append(
            f"{tally.own_hits} hits of the coins' own law, which no tilt accounts for, carry "
            f"{tally.own / tally.total:.0%} of the sum"
        )
    return "; ".join(doubts)
