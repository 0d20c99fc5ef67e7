"""`{ mean, sd }`: a distribution by its mean and standard deviation."""

import math
from typing import Literal

from pydantic import Field

from sensa.stories.model import Finite, Frozen
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import Form, Meaning
from sensa.stories.numbers.rules import NumberError, Scale
from sensa.stories.problems import quoted


class MeanSd(Frozen):
    """Mean and standard deviation; Beta for a probability."""

    mean: Finite = Field(description="The mean.")
    sd: Finite = Field(description="The standard deviation, above 0.")


class RealMeanSd(MeanSd):
    """Mean and standard deviation; normal, unless `family` says otherwise."""

    family: Literal["normal", "lognormal", "gamma"] = Field("normal", description="The family.")


def _canonical(model: MeanSd, scale: Scale) -> Distribution:
    mean, sd = model.mean, model.sd
    if sd <= 0:
        raise NumberError(f"`sd` must be above 0, not {quoted(sd)}", ("sd",))
    if scale == "probability":
        return _beta(mean, sd)
    family = getattr(model, "family", "normal")
    if family == "normal":
        return Distribution("normal", (mean, sd))
    if mean <= 0:
        raise NumberError(f"`mean` must be above 0 for the {family} family, not {quoted(mean)}", ("mean",))
    share = sd / mean
    if not 1e-7 < share < 1e7:
        raise NumberError("`sd` and `mean` are too far apart to compute with")
    if family == "gamma":
        return Distribution("gamma", (share**-2, mean * share**2))
    variance = math.log1p(share**2)
    return Distribution("lognormal", (math.log(mean) - variance / 2, math.sqrt(variance)))


def _beta(mean: float, sd: float) -> Distribution:
    """The Beta with these moments: alpha + beta = mean (1 - mean) / sd^2 - 1."""
    if not 0.0 < mean < 1.0:
        raise NumberError(f"`mean` must be strictly within 0 and 1, not {quoted(mean)}", ("mean",))
    most = math.sqrt(mean * (1.0 - mean))
    if sd >= most:
        raise NumberError(
            f"no probability with the mean {mean:g} has an `sd` of {sd:g}: it is below {most:.4g}, "
            "the square root of mean * (1 - mean)",
            ("sd",),
        )
    concentration = (most / sd - 1.0) * (most / sd + 1.0)
    alpha, beta = mean * concentration, (1.0 - mean) * concentration
    if min(alpha, beta) <= 0.0:
        raise NumberError("`mean` and `sd` are too close to their limits to compute with")
    return Distribution("beta", (alpha, beta))


MEAN_SD = Form(
    "mean_sd",
    "{ mean = 0.8, sd = 0.1 }",
    _canonical,
    probability=Meaning(MeanSd, "the Beta with this mean and standard deviation"),
    real=Meaning(
        RealMeanSd,
        'normal with this mean and standard deviation; `family = "lognormal"` or `"gamma"` for another',
    ),
)
