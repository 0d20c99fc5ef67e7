"""Distributions of numbers above 0."""

import math

from pydantic import Field

from sensa.stories.model import Ends, Finite, Frozen, Pair
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import POSITIVE, Form, Meaning, between_last_two
from sensa.stories.numbers.forms.truncated import BOUNDS, OPTIONAL_BOUNDS, truncated
from sensa.stories.numbers.rules import NumberError, Scale, require_positive
from sensa.stories.problems import quoted


class Gamma(Frozen):
    """A gamma distribution."""

    gamma: Pair = Field(description="[shape, scale].")


class Exponential(Frozen):
    """An exponential distribution."""

    exponential: tuple[Finite] = Field(description="[rate].")
    within: Ends | None = OPTIONAL_BOUNDS


class TruncatedExponential(Frozen):
    """An exponential distribution, cut off beyond two ends."""

    exponential: tuple[Finite] = Field(description="[rate].")
    within: Ends = BOUNDS


def _gamma(model: Gamma, scale: Scale) -> Distribution:
    require_positive("gamma", model.gamma, ("shape", "scale"))
    return Distribution("gamma", model.gamma)


def _exponential(model: Exponential | TruncatedExponential, scale: Scale) -> Distribution:
    if model.exponential[0] <= 0:
        message = f"the rate of `exponential` must be above 0, not {quoted(model.exponential[0])}"
        raise NumberError(message, ("exponential", 0))
    found = Distribution("exponential", model.exponential)
    if model.within is None:
        return found
    (rate,) = model.exponential
    return truncated(
        found, model.within, scale, lambda a, b: math.exp(-rate * a) * -math.expm1(-rate * (b - a)), 0.0
    )


GAMMA = Form(
    "gamma",
    "{ gamma = [2, 3] }",
    _gamma,
    real=Meaning(Gamma, "gamma, with `[shape, scale]`: the mean is shape times scale"),
    families={"gamma": POSITIVE},  # (shape, scale)
)
EXPONENTIAL = Form(
    "exponential",
    "{ exponential = [0.5] }",
    _exponential,
    probability=Meaning(TruncatedExponential, "only with `within`"),
    real=Meaning(Exponential, "exponential, with `[rate]`: the mean is 1 / rate; `within` as above"),
    families={
        "exponential": POSITIVE,  # (rate,)
        "truncated_exponential": between_last_two,  # (rate, a, b)
    },
)
