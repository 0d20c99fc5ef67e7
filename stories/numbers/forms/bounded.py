"""Distributions between two ends, and intervals that claim only bounds."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from sensa.stories.model import Frozen, Pair, Triple
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import Form, Meaning, between_first_and_last
from sensa.stories.numbers.rules import NumberError, Scale, require_within_unit

IPCC_RANGES: dict[str, tuple[float, float]] = {  # Mastrandrea et al. 2010, with AR6's "more likely than not"
    "virtually certain": (0.99, 1.0),
    "extremely likely": (0.95, 1.0),
    "very likely": (0.9, 1.0),
    "likely": (0.66, 1.0),
    "more likely than not": (0.5, 1.0),
    "about as likely as not": (0.33, 0.66),
    "unlikely": (0.0, 0.33),
    "very unlikely": (0.0, 0.1),
    "extremely unlikely": (0.0, 0.05),
    "exceptionally unlikely": (0.0, 0.01),
}

if TYPE_CHECKING:
    Likelihood = str
else:
    Likelihood = Literal[tuple(IPCC_RANGES)]


class Uniform(Frozen):
    """A uniform distribution."""

    uniform: Pair = Field(description="[a, b].")


class Triangular(Frozen):
    """A triangular distribution."""

    triangular: Triple = Field(description="[a, mode, b].")


class Pert(Frozen):
    """A PERT distribution with lambda 4."""

    pert: Triple = Field(description="[a, mode, b].")


class Loguniform(Frozen):
    """A loguniform distribution."""

    loguniform: Pair = Field(description="[a, b], 0 < a < b.")


class InWords(Frozen):
    """A probability in the IPCC's calibrated words."""

    likelihood: Likelihood = Field(description="One of the calibrated words.")


class Interval(Frozen):
    """Nothing but bounds are claimed."""

    interval: Pair = Field(description="[a, b].")


def _uniform(model: Uniform, scale: Scale) -> Distribution:
    a, b = model.uniform
    if not a < b:
        raise NumberError(f"a < b must hold for `uniform = [a, b]`: {a:g} is not below {b:g}", ("uniform",))
    require_within_unit("uniform", model.uniform, scale)
    return Distribution("uniform", model.uniform)


def _peaked(model: Any, scale: Scale) -> Distribution:
    ((family, (a, mode, b)),) = dict(model).items()
    if not (a <= mode <= b and a < b):
        raise NumberError(
            f"a <= mode <= b and a < b must hold for `{family} = [a, mode, b]`: [{a:g}, {mode:g}, {b:g}]",
            (family,),
        )
    require_within_unit(family, (a, b), scale)
    return Distribution(family, (a, mode, b))


def _loguniform(model: Loguniform, scale: Scale) -> Distribution:
    a, b = model.loguniform
    if not 0 < a < b:
        raise NumberError(f"0 < a < b must hold for `loguniform = [a, b]`: [{a:g}, {b:g}]", ("loguniform",))
    return Distribution("loguniform", model.loguniform)


def _in_words(model: InWords, scale: Scale) -> Distribution:
    return Distribution("uniform", IPCC_RANGES[model.likelihood])


def _interval(model: Interval, scale: Scale) -> Distribution:
    a, b = model.interval
    if not a <= b:
        raise NumberError(f"a <= b must hold for `interval = [a, b]`: {a:g} is above {b:g}", ("interval",))
    require_within_unit("interval", model.interval, scale)
    return Distribution("interval", model.interval)


UNIFORM = Form(
    "uniform",
    "{ uniform = [0.2, 0.9] }",
    _uniform,
    probability=Meaning(Uniform, "uniform on `[a, b]`, within [0, 1]"),
    real=Meaning(Uniform, "uniform on `[a, b]`"),
    families={"uniform": between_first_and_last},  # (a, b)
    common=True,
    proposal="uniform = [a, b]",
)
TRIANGULAR = Form(
    "triangular",
    "{ triangular = [0.2, 0.5, 0.9] }",
    _peaked,
    probability=Meaning(Triangular, "triangular, `[a, mode, b]` within [0, 1]"),
    real=Meaning(Triangular, "triangular, `[a, mode, b]`"),
    families={"triangular": between_first_and_last},  # (a, mode, b)
    common=True,
)
PERT = Form(
    "pert",
    "{ pert = [0.2, 0.5, 0.9] }",
    _peaked,
    probability=Meaning(Pert, "PERT, `[a, mode, b]` within [0, 1]: the Beta with lambda 4"),
    real=Meaning(Pert, "PERT, `[a, mode, b]`: the Beta with lambda 4"),
    families={"pert": between_first_and_last},  # (a, mode, b): Beta with lambda 4, scaled
    common=True,
)
LOGUNIFORM = Form(
    "loguniform",
    "{ loguniform = [0.1, 10] }",
    _loguniform,
    real=Meaning(Loguniform, "the logarithm is uniform, for `[a, b]` above 0"),
    families={"loguniform": between_first_and_last},  # (a, b)
)
IN_WORDS = Form(
    "likelihood",
    '{ likelihood = "very likely" }',
    _in_words,
    probability=Meaning(InWords, "uniform on the range that the IPCC gives to these words"),
)
INTERVAL = Form(
    "interval",
    "{ interval = [0.2, 0.9] }",
    _interval,
    probability=Meaning(Interval, "nothing but bounds is claimed, see [below](#intervals)"),
    real=Meaning(Interval),
    families={"interval": between_first_and_last},  # (a, b): expectations treat it as uniform
)
