"""Covariances and Sobol' indices from twins: two worlds that share some facts and nothing else.

For a set G that is shared, E[f f'] - E[f] E[f'] is Var(E[f | G]), so one pair of worlds after the other tells
a closed index, without a loop within a loop (Sobol' 1993; mathematics.md, Sampled Sobol' indices).

- **Truth layer**: probabilities fixed; twins share the bits of the coins in G. f f' is seen in one world.
- **Credence layer**: twins share the parameters in G, none of their bits. Given both parameter vectors the
  worlds are independent, so q(theta) q(theta') is the product of two shares of worlds; the 64 worlds of a
  word make 4,096 pairs.

A batch (or replicate: a scrambling of the parameters' points with worlds of its own) is summed up in
`Moments`; batches are independent. No covariance is centred at the mean of the same batch: E[f]^2 is the
mean product of *different* batches' means, so that covariances are without bias, whatever the points within a
batch have to do with each other. Indices are ratios of unbiased numbers, with errors by the jackknife.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import Final

import numpy as np

from sensa.engines.montecarlo.jackknife import Estimated, jackknife
from sensa.kernels.program import Floats, Ints
from sensa.kernels.worlds.bits import WORLDS, Keys
from sensa.kernels.worlds.instructions import Program
from sensa.kernels.worlds.simulate import simulate_twins

PIECES: Final = 32  # stretches of worlds, so that threads have something to share


@dataclass(frozen=True, eq=False)
class Moments:
    """Means of f f' and of (f + f') / 2 for each set, and of twins that share all; (batches, sets, roots).

    Twins that share all tell the variance of the layer. A set has its own, in the worlds in which the set
    is seen, so that much of the noise of their difference, a total index, cancels.
    """

    product: Floats
    mean: Floats
    whole_product: Floats
    whole_mean: Floats

    @staticmethod
    def of(batches: Sequence["Moments"]) -> "Moments":
        """Several batches as one, along the first axis."""
        return Moments(
            np.concatenate([batch.product for batch in batches]),
            np.concatenate([batch.mean for batch in batches]),
            np.concatenate([batch.whole_product for batch in batches]),
            np.concatenate([batch.whole_mean for batch in batches]),
        )


def truth_moments(
    program: Program,
    keys: Keys,
    other_keys: Keys,
    p: Floats,
    shared: Sequence[Ints],
    *,
    first: int = 0,
    words: int,
    threads: int | None = None,
) -> Moments:
    """One batch of twins that share the coins of each set, at `p` (coins,); arrays (1, sets, roots).

    `keys` and `other_keys` must have nothing to do with each other (another stream), nor with other batches'
    unless these have other words.
    """
    product = np.zeros((1, len(shared), len(program.roots)))
    mean = np.zeros_like(product)
    pieces = gcd(words, PIECES)
    chances = np.broadcast_to(p, (pieces, len(p)))
    for i, coins in enumerate(shared):
        twin = other_keys.copy()
        twin[coins] = keys[coins]
        counts = simulate_twins(
            program, keys, twin, chances, chances, first=first, each=words // pieces, threads=threads
        ).sum(axis=0)
        product[0, i] = counts[:, 2] / (WORLDS * words)
        mean[0, i] = (counts[:, 0] + counts[:, 1]) / (2 * WORLDS * words)
    return Moments(product, mean, mean, mean)  # f f is f


def credence_moments(
    program: Program,
    keys: Keys,
    other_keys: Keys,
    p: Floats,
    twins: Sequence[Floats],
    *,
    first: int = 0,
    each: int = 1,
    threads: int | None = None,
) -> Moments:
    """One batch of twins that share the parameters of each set; arrays (1, sets, roots).

    `p` and each of `twins` are (samples, coins): the coins' probabilities at theta and at a theta' that has
    the set's parameters and others of its own. Blocks of equal size of a batch may be averaged. Twins of all
    sets see the same random numbers, so what differs is what they share.
    """
    found = []
    for other in (p, *twins):
        counts = simulate_twins(program, keys, other_keys, p, other, first=first, each=each, threads=threads)
        found.append(counts[..., :2] / (WORLDS * each))
    return moments_of_readings(found[0][..., 0], found[0][..., 1], [pair[..., 1] for pair in found[1:]])


def moments_of_readings(first: Floats, second: Floats, twins: Sequence[Floats]) -> Moments:
    """One batch of the credence layer from any engine's answers (samples, roots), arrays (1, sets, roots).

    `first` and `second` are at theta, in worlds that have nothing to do with each other; `twins` at each
    set's theta', in the worlds of `second` (best) or in others, but not in those of `first`.
    """
    product = np.stack([(first * other).mean(axis=0) for other in twins])[None]
    mean = np.stack([(first + other).mean(axis=0) / 2 for other in twins])[None]
    whole_product = np.broadcast_to((first * second).mean(axis=0), product.shape)
    return Moments(
        product, mean, whole_product, np.broadcast_to((first + second).mean(axis=0) / 2, mean.shape)
    )


def exchanged(units: Floats, others: Floats, shared: Ints) -> Floats:
    """Points (samples, parameters) that have the shared columns of `units` and the rest of `others`.

    Of units before the copula, where parameters are independent; tied ones are to be shared together.
    """
    points = others.copy()
    points[:, shared] = units[:, shared]
    return points


def covariance(product: Floats, mean: Floats) -> Floats:
    """E[f f'] - E[f] E[f'], from batches' means of f f' and of f (batches, …), without bias.

    mean(P) - sum over r ≠ s of m_r m_s / (R (R - 1)), around the mean of all so that nothing cancels.
    """
    centre = mean.mean(axis=0)
    around = mean - centre
    count = len(mean)
    both = (product - 2 * centre * mean + centre**2).mean(axis=0)  # of (f - centre)(f' - centre)
    return np.asarray(both + (around**2).sum(axis=0) / (count * (count - 1)), np.float64)


def covariances(moments: Moments) -> Estimated:
    """Var(E[f | G]) of each set (sets, roots), with errors; where the truth is near 0 it may fall below."""
    return jackknife(covariance, moments.product, moments.mean)


def variance(moments: Moments) -> Estimated:
    """The variance of the layer (roots,): q (1 - q), or the variance of q over the parameters."""
    return jackknife(covariance, moments.whole_product.mean(axis=1), moments.whole_mean.mean(axis=1))


def closed_indices(moments: Moments) -> Estimated:
    """Closed Sobol' indices of the sets (sets, roots): the share of the variance that a set explains.

    First-order indices where a set is one factor. NaN where the variance is not positive. The ratio of two
    unbiased numbers is biased by less than its error, and misleads where the variance is not known well.
    """
    return jackknife(_closed, *_parts(moments))


def total_indices(moments: Moments) -> Estimated:
    """Total indices of what each set leaves out (sets, roots): 1 minus the closed index of the set."""
    return jackknife(lambda *parts: 1.0 - _closed(*parts), *_parts(moments))


def _parts(moments: Moments) -> tuple[Floats, Floats, Floats, Floats]:
    return moments.product, moments.mean, moments.whole_product, moments.whole_mean


def _closed(product: Floats, mean: Floats, whole_product: Floats, whole_mean: Floats) -> Floats:
    whole = covariance(whole_product, whole_mean)
    closed = np.full(whole.shape, np.nan)
    np.divide(covariance(product, mean), whole, out=closed, where=whole > 0)
    return closed
