"""Weights by performance on seed questions: Cooke's classical model.

Cooke 1991, *Experts in Uncertainty*; Cooke and Goossens 2008, 10.1016/j.ress.2007.03.005. An expert states
the 5 %, 50 % and 95 % quantiles of N quantities whose values are known to the analyst.

- Calibration: the p-value of the hypothesis that the values fall between the quantiles as stated. With s the
  shares of values in the four ranges and p = (0.05, 0.45, 0.45, 0.05), 2 N sum s ln(s / p) is asymptotically
  chi-squared with 3 degrees of freedom.
- Information: the mean over the questions of the relative information of p with respect to a uniform
  distribution on the intrinsic range, which is all values and quantiles, with 10 % of its length added at
  either end.
- Weight: calibration times information, and 0 where calibration is below the cutoff. (The weights are proper
  scores asymptotically.)

With few seeds calibration hardly tells experts apart; ten are a usual minimum.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SHARES = (0.05, 0.45, 0.45, 0.05)
OVERSHOOT = 0.1
Quantiles = tuple[float, float, float]


@dataclass(frozen=True)
class Score:
    """How an expert did on the seeds."""

    calibration: float
    information: float
    weight: float  # normalized over the experts


def scores(
    experts: Mapping[str, Sequence[Quantiles]], values: Sequence[float], *, cutoff: float = 0.0
) -> dict[str, Score]:
    """The score of each expert, from quantiles for each value, in the same order.

    Weights sum to 1; all are 0 if every expert is below the cutoff. Raises ValueError without seeds, or if
    an expert has other than one row for each.
    """
    if not values or any(len(rows) != len(values) for rows in experts.values()):
        raise ValueError("every expert needs quantiles for every seed, and there must be seeds")
    ranges = [_range(value, [rows[i] for rows in experts.values()]) for i, value in enumerate(values)]
    found = {name: (calibration(rows, values), _information(rows, ranges)) for name, rows in experts.items()}
    raw = {name: c * i if c >= cutoff else 0.0 for name, (c, i) in found.items()}
    total = math.fsum(raw.values())
    return {name: Score(c, i, raw[name] / total if total else 0.0) for name, (c, i) in found.items()}


def calibration(rows: Sequence[Quantiles], values: Sequence[float]) -> float:
    """The p-value that values fall between the quantiles as often as stated."""
    counts = [0, 0, 0, 0]
    for row, value in zip(rows, values, strict=True):
        counts[sum(value > quantile for quantile in row)] += 1
    n = len(values)
    terms = [k * math.log(k / n / p) for k, p in zip(counts, SHARES, strict=True) if k]
    return _above(max(2 * math.fsum(terms), 0.0))


def _above(x: float) -> float:
    """P(X > x) of chi-squared with 3 degrees of freedom."""
    return math.erfc(math.sqrt(x / 2)) + math.sqrt(2 * x / math.pi) * math.exp(-x / 2)


def _range(value: float, rows: Sequence[Quantiles]) -> tuple[float, float]:
    low, high = min(value, *(row[0] for row in rows)), max(value, *(row[2] for row in rows))
    more = OVERSHOOT * (high - low)
    return low - more, high + more


def _information(rows: Sequence[Quantiles], ranges: Sequence[tuple[float, float]]) -> float:
    each = []
    for row, (low, high) in zip(rows, ranges, strict=True):
        edges = (low, *row, high)
        widths = [(b - a) / (high - low) for a, b in pairwise(edges)]
        each.append(math.fsum(p * math.log(p / width) for p, width in zip(SHARES, widths, strict=True)))
    return math.fsum(each) / len(each)
