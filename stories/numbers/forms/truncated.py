"""`within`: a distribution cut off beyond two ends."""

import math
from collections.abc import Callable
from statistics import NormalDist

from pydantic import Field

from sensa.stories.model import Ends
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.rules import NumberError, Scale, require_within_unit

LEAST_SHARE = 1e-6  # of the distribution, which must remain
BOUNDS = Field(description="[a, b]: cut off beyond these ends; `inf` is an end too.")
OPTIONAL_BOUNDS = Field(None, description="[a, b]: cut off beyond these ends; `inf` is an end too.")


def truncated(
    of: Distribution,
    ends: Ends,
    scale: Scale,
    share: Callable[[float, float], float],
    least: float = -math.inf,
) -> Distribution:
    """A distribution given that its value, at least `least`, is between the ends.

    `share(a, b)` is the probability of that. Raises `NumberError` if hardly anything is left.
    """
    a, b = ends
    if not a < b:
        raise NumberError(f"a < b must hold for `within = [a, b]`: {a:g} is not below {b:g}", ("within",))
    require_within_unit("within", ends, scale)
    a = max(a, least)
    left = share(a, b) if a < b else 0.0
    if left < LEAST_SHARE:
        raise NumberError(
            f"`within` leaves {left:.2g} of the distribution; a share of {LEAST_SHARE:g} must remain",
            ("within",),
        )
    return Distribution(f"truncated_{of.family}", (*of.args, a, b))


def normal_share(mu: float, sigma: float) -> Callable[[float, float], float]:
    """P(a < X < b) of a normal X, from the smaller tails."""

    def share(a: float, b: float) -> float:
        low, high = (a - mu) / sigma, (b - mu) / sigma
        if low > 0:
            low, high = -high, -low
        below = NormalDist().cdf
        return (1.0 if high == math.inf else below(high)) - (0.0 if low == -math.inf else below(low))

    return share
