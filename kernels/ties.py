"""Ranks of computed numbers: those that only rounding tells apart share one.

Which of two equal probabilities comes out larger by the last bit differs from processor to processor. What
sorts by ranks, and then by name, gives the same order on each of them.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import isclose, isnan
from typing import Final

RELATIVE: Final = 1e-9
ROUNDING: Final = 1e-12  # a difference of probabilities that is none


def ranks(values: Sequence[float], *, absolute: float = 0.0) -> list[int]:
    """The rank of each value: 0 for the least, and one for all that rounding may have told apart.

    In sorted order a value shares the rank of its neighbour if they differ by at most `RELATIVE` of the
    larger, or by `absolute`: what rounding does to a difference is measured by the numbers that were
    subtracted. NaN ranks last.
    """
    order = sorted(range(len(values)), key=lambda i: (isnan(values[i]), values[i]))
    found = [0] * len(values)
    for before, here in pairwise(order):
        a, b = values[before], values[here]
        same = isclose(a, b, rel_tol=RELATIVE, abs_tol=absolute) or (isnan(a) and isnan(b))
        found[here] = found[before] + (not same)
    return found


def falling(values: Sequence[float], *, absolute: float = 0.0) -> list[int]:
    """Ranks with 0 for the largest; NaN ranks last."""
    return ranks([-value for value in values], absolute=absolute)


def largest(values: Sequence[float], most: int, *, absolute: float = 0.0) -> list[int]:
    """Where the largest values are, at most so many, the first largest first; of equal ones, the first."""
    rank = falling(values, absolute=absolute)
    return sorted(range(len(rank)), key=rank.__getitem__)[:most]


def above(a: float, b: float, *, absolute: float = 0.0) -> bool:
    """Whether a > b by more than rounding."""
    return a > b and not isclose(a, b, rel_tol=RELATIVE, abs_tol=absolute)
