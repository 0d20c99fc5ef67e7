"""What the probabilities of a choice's options say: odds in bits, entropy and miss, with their errors."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from sensa.engines.montecarlo.jackknife import jackknife
from sensa.kernels.program import Floats
from sensa.sampling.estimates import Estimate


@dataclass(frozen=True)
class Options:
    """The probability of each option with a miss and without, in each replicate (replicates, options)."""

    missed: Floats
    rest: Floats

    @property
    def p(self) -> Floats:
        """The probability of each option (replicates, options)."""
        return self.missed + self.rest


Statistic = Callable[..., Floats]


def estimated(statistic: Statistic, *parts: Floats) -> Estimate:
    """A statistic of the mean probabilities, each part (replicates, options).

    The error is the jackknife's over the replicates, in which several parts share their worlds; 0 if there is
    a single one, as where all is exact; NaN where the statistic is infinite or not defined.
    """
    count = max(map(len, parts))

    def of_means(*kept: Floats) -> Floats:
        return np.asarray(statistic(*(np.clip(part.mean(axis=0), 0.0, 1.0) for part in kept)))

    value = of_means(*parts)
    if count == 1:
        return Estimate(value, np.where(np.isnan(value), np.nan, 0.0))
    spread = [np.broadcast_to(part, (count, *part.shape[1:])) if len(part) == 1 else part for part in parts]
    with np.errstate(invalid="ignore"):
        return Estimate(value, jackknife(of_means, *spread).error)


def bits_between(conforms: Collection[int]) -> Statistic:
    """log2 of the ratio of the odds that an option conforms; NaN if both are infinite, or both 0."""

    def log_odds(p: Floats) -> Floats:
        on = np.isin(np.arange(len(p)), list(conforms))
        odds: Floats = np.log2(p[on].sum()) - np.log2(p[~on].sum())
        return odds

    def bits(p: Floats, q: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return log_odds(p) - log_odds(q)

    return bits


def divergence(p: Floats, q: Floats) -> Floats:
    """D(P || Q) in bits."""
    there = p > 0
    with np.errstate(divide="ignore"):
        found: Floats = np.maximum(0.0, (p[there] * np.log2(p[there] / q[there])).sum())
    return found


def entropy(p: Floats) -> Floats:
    """The entropy in bits."""
    found: Floats = np.maximum(0.0, -(p[p > 0] * np.log2(p[p > 0])).sum())
    return found


def total(options: Collection[int] | None = None) -> Statistic:
    """The probability of these options together; of all if none are given."""
    at = slice(None) if options is None else sorted(options)
    return lambda p: p[at].sum()
