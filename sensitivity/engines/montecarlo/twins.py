"""Covariances and Sobol' indices from twins: two worlds that share only some facts.

For a shared set G, E[f f'] - E[f] E[f'] is Var(E[f | G]), so pairs of worlds estimate a closed index without
nested loops (Sobol' 1993; mathematics.md, Sampled Sobol' indices).

Probabilities are fixed, and twins share the bits of the coins in G: f f' is observed in each pair of worlds.

`Moments` summarise a batch; batches are independent. No covariance is centred at the mean of the same batch:
E[f]^2 is the mean product of *different* batches' means, so that covariances are unbiased however the worlds
of a batch depend on each other. Indices are ratios of unbiased numbers, with errors by the jackknife.
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

THREAD_PIECES: Final = 32  # stretches of worlds, to divide among threads


@dataclass(frozen=True, eq=False)
class Moments:
    """Means of f f' and of (f + f') / 2 for each set, and for twins that share all; (batches, sets, roots).

    Twins that share all give the variance of the layer. Each set has its own, in the same worlds as the set,
    so that much of the noise of their difference, a total index, cancels.
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

    `keys` and `other_keys` must be independent (from different streams), and independent of other batches'
    unless these use other words.
    """
    product = np.zeros((1, len(shared), len(program.roots)))
    mean = np.zeros_like(product)
    pieces = gcd(words, THREAD_PIECES)
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


def covariance(product: Floats, mean: Floats) -> Floats:
    """E[f f'] - E[f] E[f'], unbiased, from batches' means of f f' and of f (batches, …).

    mean(P) - sum over r ≠ s of m_r m_s / (R (R - 1)), around the overall mean to avoid cancellation.
    """
    centre = mean.mean(axis=0)
    around = mean - centre
    count = len(mean)
    both = (product - 2 * centre * mean + centre**2).mean(axis=0)  # of (f - centre)(f' - centre)
    return np.asarray(both + (around**2).sum(axis=0) / (count * (count - 1)), np.float64)


def covariances(moments: Moments) -> Estimated:
    """Var(E[f | G]) of each set (sets, roots), with errors; near 0 an estimate may be negative."""
    return jackknife(covariance, moments.product, moments.mean)


def variance(moments: Moments) -> Estimated:
    """The variance of the layer (roots,): q (1 - q), or the variance of q over the parameters."""
    return jackknife(covariance, moments.whole_product.mean(axis=1), moments.whole_mean.mean(axis=1))


def closed_indices(moments: Moments) -> Estimated:
    """Closed Sobol' indices of the sets (sets, roots): the share of the variance that a set explains.

    First-order indices if a set is one factor. NaN if the variance is not positive. The bias of the ratio of
    two unbiased numbers is smaller than its error; it misleads if the variance is inaccurate.
    """
    return jackknife(_closed, *_parts(moments))


def total_indices(moments: Moments) -> Estimated:
    """Total indices of the complement of each set (sets, roots): 1 minus the closed index of the set."""
    return jackknife(lambda *parts: 1.0 - _closed(*parts), *_parts(moments))


def _parts(moments: Moments) -> tuple[Floats, Floats, Floats, Floats]:
    return moments.product, moments.mean, moments.whole_product, moments.whole_mean


def _closed(product: Floats, mean: Floats, whole_product: Floats, whole_mean: Floats) -> Floats:
    whole = covariance(whole_product, whole_mean)
    closed = np.full(whole.shape, np.nan)
    np.divide(covariance(product, mean), whole, out=closed, where=whole > 0)
    return closed
