"""Variances of a Boolean function by its Walsh coefficients."""

import numpy as np

from sensa.kernels.program import Floats, Gates, Ints
from tests.engines.circuits import enumerated


def walsh(gates: Gates, roots: Ints, m: Floats, v: Floats) -> Floats:
    """Coefficients (roots, 2^coins) of the roots in the orthonormal products of (p_i - m_i) / sd_i.

    A root is multilinear in p, so p_i = m_i -+ sd_i with probability 1/2 each has all its moments of degree
    up to 2; the empty product's coefficient, the mean, is put to 0.
    """
    coins = len(m)
    signs = 2.0 * (np.arange(1 << coins)[:, None] >> np.arange(coins) & 1) - 1
    found = enumerated(gates, roots, m + np.sqrt(v) * signs).T
    for i in range(coins):
        halves = found.reshape(len(roots), 1 << coins - i - 1, 2, 1 << i)
        low, high = halves[:, :, 0], halves[:, :, 1]
        found = np.stack([low + high, high - low], axis=2).reshape(len(roots), 1 << coins)
    found = found / (1 << coins)
    found[:, 0] = 0.0
    return found


def moments(rng: np.random.Generator, coins: int) -> tuple[Floats, Floats]:
    m = rng.uniform(0.02, 0.98, coins)
    return m, m * (1 - m) * rng.uniform(0, 1, coins) * (rng.random(coins) < 0.9)
