"""Normal distributions of a value, of its logarithm and of its log-odds."""

from typing import Any

from pydantic import Field

from sensa.stories.model import Frozen, Pair
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import POSITIVE, REAL_LINE, UNIT, Form, Meaning
from sensa.stories.numbers.rules import NumberError, Scale
from sensa.stories.problems import quoted


class LogitNormal(Frozen):
    """A normal distribution of the log-odds."""

    logit_normal: Pair = Field(description="[mu, sigma] of the log-odds.")


class Normal(Frozen):
    """A normal distribution."""

    normal: Pair = Field(description="[mu, sigma].")


class Lognormal(Frozen):
    """A lognormal distribution."""

    lognormal: Pair = Field(description="[mu, sigma] of the logarithm.")


def _canonical(model: Any, scale: Scale) -> Distribution:
    ((family, (mu, sigma)),) = dict(model).items()
    if sigma <= 0:
        raise NumberError(f"sigma of `{family}` must be above 0, not {quoted(sigma)}", (family, 1))
    return Distribution(family, (mu, sigma))


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
    real=Meaning(Normal, "normal, with `[mu, sigma]`"),
    families={"normal": REAL_LINE},  # (mu, sigma)
)
LOGNORMAL = Form(
    "lognormal",
    "{ lognormal = [0, 1] }",
    _canonical,
    real=Meaning(Lognormal, "the logarithm is normal, with `[mu, sigma]`"),
    families={"lognormal": POSITIVE},  # (mu, sigma) of the log
)
