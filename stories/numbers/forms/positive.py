"""Distributions of numbers above 0."""

from pydantic import Field

from sensa.stories.model import Finite, Frozen, Pair
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import POSITIVE, Form, Meaning
from sensa.stories.numbers.rules import NumberError, Scale, require_positive
from sensa.stories.problems import quoted


class Gamma(Frozen):
    """A gamma distribution."""

    gamma: Pair = Field(description="[shape, scale].")


class Exponential(Frozen):
    """An exponential distribution."""

    exponential: tuple[Finite] = Field(description="[rate].")


def _gamma(model: Gamma, scale: Scale) -> Distribution:
    require_positive("gamma", model.gamma, ("shape", "scale"))
    return Distribution("gamma", model.gamma)


def _exponential(model: Exponential, scale: Scale) -> Distribution:
    if model.exponential[0] <= 0:
        message = f"the rate of `exponential` must be above 0, not {quoted(model.exponential[0])}"
        raise NumberError(message, ("exponential", 0))
    return Distribution("exponential", model.exponential)


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
    real=Meaning(Exponential, "exponential, with `[rate]`: the mean is 1 / rate"),
    families={"exponential": POSITIVE},  # (rate,)
)
