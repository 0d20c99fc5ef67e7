"""Normal distributions of a value, of its logarithm and of its log-odds."""

import math
from typing import Any

from pydantic import Field

from sensa.stories.model import Ends, Frozen, Pair
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import POSITIVE, REAL_LINE, UNIT, Form, Meaning, between_last_two
from sensa.stories.numbers.forms.truncated import BOUNDS, OPTIONAL_BOUNDS, normal_share, truncated
from sensa.stories.numbers.rules import NumberError, Scale
from sensa.stories.problems import quoted


class LogitNormal(Frozen):
    """A normal distribution of the log-odds."""

    logit_normal: Pair = Field(description="[mu, sigma] of the log-odds.")


class Normal(Frozen):
    """A normal distribution."""

    normal: Pair = Field(description="[mu, sigma].")
    within: Ends | None = OPTIONAL_BOUNDS


class TruncatedNormal(Frozen):
    """A normal distribution, cut off beyond two ends."""

    normal: Pair = Field(description="[mu, sigma].")
    within: Ends = BOUNDS


class Lognormal(Frozen):
    """A lognormal distribution."""

    lognormal: Pair = Field(description="[mu, sigma] of the logarithm.")
    within: Ends | None = OPTIONAL_BOUNDS


class TruncatedLognormal(Frozen):
    """A lognormal distribution, cut off beyond two ends."""

    lognormal: Pair = Field(description="[mu, sigma] of the logarithm.")
    within: Ends = BOUNDS


def _canonical(model: Any, scale: Scale) -> Distribution:
    family, (mu, sigma) = next(iter(model))
    if sigma <= 0:
        raise NumberError(f"sigma of `{family}` must be above 0, not {quoted(sigma)}", (family, 1))
    found = Distribution(family, (mu, sigma))
    ends = getattr(model, "within", None)
    if ends is None:
        return found
    share = normal_share(mu, sigma)
    if family == "normal":
        return truncated(found, ends, scale, share)
    return truncated(found, ends, scale, lambda a, b: share(_log(a), _log(b)), 0.0)


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf


_TRUNCATED = "with `within = [0, 1]`, cut off beyond these ends"

LOGIT_NORMAL = Form(
    "logit_normal",
    "{ logit_normal = [1.5, 0.5] }",
    _canonical,
    probability=Meaning(LogitNormal, "the log-odds are normal, with `[mu, sigma]`"),
    families={"logit_normal": UNIT},  # (mu, sigma) of the log-odds
)
NORMAL = Form(
    "normal",
    "{ normal = [3, 0.5] }",
    _canonical,
    probability=Meaning(TruncatedNormal, f"only {_TRUNCATED}"),
    real=Meaning(Normal, f"normal, with `[mu, sigma]`; {_TRUNCATED}, or `[0, inf]`"),
    families={
        "normal": REAL_LINE,  # (mu, sigma)
        "truncated_normal": between_last_two,  # (mu, sigma, a, b)
    },
)
LOGNORMAL = Form(
    "lognormal",
    "{ lognormal = [0, 1] }",
    _canonical,
    probability=Meaning(TruncatedLognormal, "only with `within`"),
    real=Meaning(Lognormal, "the logarithm is normal, with `[mu, sigma]`; `within` as above"),
    families={
        "lognormal": POSITIVE,  # (mu, sigma) of the log
        "truncated_lognormal": between_last_two,  # (mu, sigma, a, b)
    },
)
