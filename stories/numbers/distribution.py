"""A declared number in its canonical form: a point, a distribution, or an expression.

`Distribution` is the contract with the inverse distribution functions below: a family, its
arguments, and for mixtures the parts. Support, means and bounds follow from it alone.
"""

from dataclasses import dataclass
from typing import Literal

Family = Literal[
    "uniform",  # (a, b)
    "interval",  # (a, b): nothing but bounds are claimed; expectations take it as uniform
    "triangular",  # (a, mode, b)
    "pert",  # (a, mode, b): Beta with lambda 4, scaled
    "beta",  # (alpha, beta)
    "normal",  # (mu, sigma)
    "lognormal",  # (mu, sigma) of the log
    "logit_normal",  # (mu, sigma) of the log-odds
    "loguniform",  # (a, b)
    "gamma",  # (shape, scale)
    "exponential",  # (rate,)
    "quantiles",  # (levels..., values...): piecewise linear in the probit of the level
    "log_quantiles",  # the same of the value's log
    "logit_quantiles",  # the same of the value's log-odds
    "linear_pool",  # parts mixed by weight; args are the weights, which sum to 1
    "odds_pool",  # parts' quantiles averaged in log-odds by weight
    "point",  # (value,): only as a part of a pool
    "extrapolate",  # (at, then scale, trials, held of each row): logistic regression's posterior
]


@dataclass(frozen=True, slots=True)
class Distribution:
    """An uncertain number: `family(*args)`, over `parts` where the family is a pool."""

    family: Family
    args: tuple[float, ...]
    parts: tuple["Distribution", ...] = ()
    names: tuple[str, ...] = ()  # the experts, one for each part
