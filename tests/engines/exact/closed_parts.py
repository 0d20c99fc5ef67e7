"""Closed variances and Shapley effects by enumeration."""

import math

import numpy as np

from sensa.kernels.program import Floats


def closed_parts(a: Floats, groups: list[list[int]], coins: int) -> Floats:
    """Var E[output | factors] (outputs, sets of factors) from Walsh coefficients (outputs, 2^coins)."""
    touched = [sum(1 << coin for coin in group) for group in groups]
    worlds = np.arange(1 << coins)
    parts = np.zeros((len(a), 1 << len(groups)))
    for number in range(1 << len(groups)):
        mask = sum(bits for f, bits in enumerate(touched) if number >> f & 1)
        parts[:, number] = (a**2)[:, worlds & ~mask == 0].sum(axis=1)
    return parts


def shapley_of(closed: Floats, players: int) -> Floats:
    """Shapley values (outputs, players) by their definition, from the values of all sets."""
    out = np.zeros((len(closed), players))
    for i in range(players):
        for number in range(1 << players):
            if not number >> i & 1:
                size = number.bit_count()
                weight = 1 / (players * math.comb(players - 1, size))
                out[:, i] += weight * (closed[:, number | 1 << i] - closed[:, number])
    return out
