"""Marginal distributions by name: a new one is a function and a row of this table.

`marginal(family, args, parts)` binds the arguments; the result has quantiles (`inverse`), both tails of the
distribution function (`tails`), mean and variance (`moments`), and for families within [0, 1] the log-odds of
the quantiles (`odds`). Quantiles are accurate to 1e-10 in probability at every level that doubles can
represent, and to 1e-10 of the smaller tail where the value itself has the resolution.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from sensa.kernels.distributions import (
    beta_and_gamma,
    closed_forms,
    extrapolation,
    from_quantiles,
    grouped_trials,
    partial_pooling,
    pools,
    truncated,
)
from sensa.kernels.distributions.levels import Marginal, at_levels

Floats = npt.NDArray[np.float64]
Args = tuple[float, ...]
Parts = tuple[Marginal, ...]

FAMILIES: Final[dict[str, Callable[[Args, Parts], Marginal]]] = {
    "uniform": closed_forms.uniform,
    "interval": closed_forms.uniform,
    "triangular": closed_forms.triangular,
    "pert": beta_and_gamma.pert,
    "beta": beta_and_gamma.beta,
    "normal": closed_forms.normal,
    "lognormal": closed_forms.lognormal,
    "logit_normal": closed_forms.logit_normal,
    "loguniform": closed_forms.loguniform,
    "gamma": beta_and_gamma.gamma,
    "exponential": closed_forms.exponential,
    "point": closed_forms.point,
    "quantiles": from_quantiles.quantiles,
    "log_quantiles": from_quantiles.log_quantiles,
    "logit_quantiles": from_quantiles.logit_quantiles,
    "linear_pool": pools.linear_pool,
    "odds_pool": pools.odds_pool,
    "truncated_normal": truncated.truncated_normal,
    "truncated_lognormal": truncated.truncated_lognormal,
    "truncated_exponential": truncated.truncated_exponential,
    "grouped_trials": grouped_trials.grouped_trials,
    "extrapolate": extrapolation.extrapolate,
    "extrapolate_families": partial_pooling.extrapolate_families,
}


def marginal(family: str, args: Args, parts: Parts = ()) -> Marginal:
    """The distribution `family(*args)`, over `parts` where the family is a pool.

    Arguments are as in the story format and are not checked here. Raises KeyError for a family that is not
    in the table.
    """
    return FAMILIES[family](args, parts)


def quantile(of: Marginal, u: Floats) -> Floats:
    """The values x with P(X <= x) = u, for u strictly between 0 and 1; shapes as `u`, which is (n,).

    Above 1/2 the upper tail is 1 - u, with a rounding error of 1e-16: for more accurate upper tails use
    `of.inverse(Levels(lower, upper))`.
    """
    return of.inverse(at_levels(np.asarray(u, np.float64)))
