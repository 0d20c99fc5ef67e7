"""`{ median, error_factor }`: as handbooks of reliability state failure data."""

import math
from statistics import NormalDist

from pydantic import Field

from sensa.stories.model import Finite, Frozen
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import Form, Meaning
from sensa.stories.numbers.rules import NumberError, Scale, logit
from sensa.stories.problems import quoted

PROBIT_95 = NormalDist().inv_cdf(0.95)


class MedianErrorFactor(Frozen):
    """A median, and the 95 % quantile as a multiple of it."""

    median: Finite = Field(description="The median, above 0.")
    error_factor: Finite = Field(description="The 95 % quantile divided by the median, above 1.")


def _canonical(model: MedianErrorFactor, scale: Scale) -> Distribution:
    median, factor = model.median, model.error_factor
    if median <= 0:
        raise NumberError(f"`median` must be above 0, not {quoted(median)}", ("median",))
    if factor <= 1:
        raise NumberError(f"`error_factor` must be above 1, not {quoted(factor)}", ("error_factor",))
    if scale == "real":
        return Distribution("lognormal", (math.log(median), math.log(factor) / PROBIT_95))
    if median * factor >= 1:
        raise NumberError(
            "`median` times `error_factor`, the 95 % quantile, must be below 1 for a probability, "
            f"not `{median * factor:.12g}`",
            ("error_factor",),
            "bad-probability",
        )
    spread = logit(median * factor) - logit(median)
    if spread <= 0:
        raise NumberError("`error_factor` is too close to 1 to compute with", ("error_factor",))
    return Distribution("logit_normal", (logit(median), spread / PROBIT_95))


MEDIAN_ERROR_FACTOR = Form(
    "median_error_factor",
    "{ median = 0.001, error_factor = 3 }",
    _canonical,
    probability=Meaning(
        MedianErrorFactor,
        "logit-normal with this median and the 95 % quantile 0.003; where both are small, the lognormal of "
        "reliability handbooks",
    ),
    real=Meaning(MedianErrorFactor, "lognormal with this median and the 95 % quantile 0.003"),
)
