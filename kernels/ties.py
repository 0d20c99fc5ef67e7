"""Ranks of computed numbers, in which values that differ only by rounding are tied.

Which of two equal probabilities comes out larger in the last bit depends on the processor. Sorting by
rank, and then by name, gives the same order on all of them.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import isclose, isnan
from typing import Final

RELATIVE_TIE: Final = 1e-9
PROBABILITY_ROUNDING: Final = 1e-12  # a difference of probabilities that is only rounding
CLEAR_ERRORS: Final = (
    6.0  # standard errors; a right value is further off once in 2,000 runs of few replicates
)


def ranks(values: Sequence[float], *, absolute: float = 0.0) -> list[int]:
    """The rank of each value: 0 for the smallest, and the same for values that rounding may have separated.

    In sorted order a value shares the rank of its neighbour if they differ by at most `RELATIVE_TIE` of the
    larger, or by `absolute`, for differences, whose rounding error scales with the numbers that were
    subtracted. NaN ranks last.
    """
    order = sorted(range(len(values)), key=lambda i: (isnan(values[i]), values[i]))
    found = [0] * len(values)
    for before, here in pairwise(order):
        a, b = values[before], values[here]
        same = isclose(a, b, rel_tol=RELATIVE_TIE, abs_tol=absolute) or (isnan(a) and isnan(b))
        found[here] = found[before] + (not same)
    return found


def falling(values: Sequence[float], *, absolute: float = 0.0) -> list[int]:
    """Ranks with 0 for the largest; NaN ranks last."""
    return ranks([-value for value in values], absolute=absolute)


def largest(values: Sequence[float], most: int, *, absolute: float = 0.0) -> list[int]:
    """Indices of the `most` largest values, in descending order; among equal values, the first."""
    rank = falling(values, absolute=absolute)
    return sorted(range(len(rank)), key=rank.__getitem__)[:most]


def above(a: float, b: float, *, absolute: float = 0.0) -> bool:
    """Whether a > b by more than rounding."""
    return a > b and not isclose(a, b, rel_tol=RELATIVE_TIE, abs_tol=absolute)
