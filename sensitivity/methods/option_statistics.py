"""What the probabilities of a choice's options say: odds in bits, entropy and miss, with their errors."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from sensa.kernels.program import Floats
from sensa.methods.statistics_of_means import Statistic, of_means
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


def estimated(statistic: Statistic, *parts: Floats) -> Estimate:
    """A statistic of the mean probabilities, each part (replicates, options), as `of_means` has it."""
    return of_means(lambda *means: np.asarray(statistic(*(np.clip(p, 0.0, 1.0) for p in means))), *parts)


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
