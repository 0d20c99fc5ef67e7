"""What reliability engineers compute of rates, accurate where they are small."""

import math

SERIES_BELOW = 0.5


def unavailability(x: float) -> float:
    """1 - (1 - exp(-x)) / x: the mean over an interval of length x of the chance to have failed by then.

    The mean unavailability of what fails at a rate, unseen, and is tested and repaired each interval
    (x is rate times interval); about x / 2 where x is small, and 0 at 0.
    """
    if abs(x) >= SERIES_BELOW:
        return 1.0 + math.expm1(-x) / x
    term, total = x / 2, 0.0
    for k in range(3, 18):
        total += term
        term *= -x / k
    return total


def start_and_run(chance: float, rate: float, time: float) -> float:
    """1 - (1 - chance) exp(-rate time): it fails on demand, or by the time at a rate."""
    by_then = -math.expm1(-rate * time)
    return chance + (1.0 - chance) * by_then
