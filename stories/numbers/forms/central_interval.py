"""`{ low, high }`: the ends of a central interval."""

import math
from statistics import NormalDist
from typing import Literal

from pydantic import Field

from sensa.stories.model import Finite, Frozen
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import Form, Meaning
from sensa.stories.numbers.rules import NumberError, Scale, logit
from sensa.stories.problems import quoted


class LowHigh(Frozen):
    """A central interval; logit-normal for a probability."""

    low: Finite = Field(description="Lower end of the central interval.")
    high: Finite = Field(description="Upper end of the central interval.")
    level: Finite = Field(0.9, description="How much of the distribution lies within, 0.9 if left out.")


class RealLowHigh(LowHigh):
    """A central interval; lognormal if `low` > 0, else normal, unless `family` says which."""

    family: Literal["normal", "lognormal"] | None = Field(
        None, description="The family, where the default is not meant."
    )


def _canonical(model: LowHigh, scale: Scale) -> Distribution:
    if not model.low < model.high:
        raise NumberError(f"`low` must be below `high`: {model.low:g} is not below {model.high:g}")
    if not 1e-9 <= model.level <= 1 - 1e-12:
        raise NumberError(f"`level` must be strictly within 0 and 1, not {quoted(model.level)}", ("level",))
    probit = -NormalDist().inv_cdf((1.0 - model.level) / 2.0)
    if scale == "probability":
        if not 0.0 < model.low < model.high < 1.0:
            raise NumberError(
                "`low` and `high` of a probability must be strictly within 0 and 1; "
                "`uniform` and `interval` may reach them",
                code="bad-probability",
            )
        return _spread("logit_normal", logit(model.low), logit(model.high), probit)
    family = getattr(model, "family", None) or ("lognormal" if model.low > 0 else "normal")
    if family == "normal":
        return _spread("normal", model.low, model.high, probit)
    if model.low <= 0:
        raise NumberError("`low` must be above 0 for the lognormal family", ("low",))
    return _spread("lognormal", math.log(model.low), math.log(model.high), probit)


def _spread(family: str, low: float, high: float, probit: float) -> Distribution:
    """The normal whose central interval is [low, high]; the ends are halved first to avoid overflow."""
    half = high / 2.0 - low / 2.0
    if half <= 0.0:
        raise NumberError("`low` and `high` are too close to tell apart")
    return Distribution(family, (low / 2.0 + high / 2.0, half / probit))


LOW_HIGH = Form(
    "low_high",
    "{ low = 0.6, high = 0.95 }",
    _canonical,
    probability=Meaning(
        LowHigh,
        "logit-normal with this central 90 % interval; `level = 0.5` for another level. "
        "Both strictly within 0 and 1",
    ),
    real=Meaning(
        RealLowHigh,
        'lognormal if `low > 0`, else normal; `family = "normal"` or `"lognormal"` says which',
    ),
    common=True,
)
