"""How a number may be written: one frozen model for each form, and the two unions of them.

The keys present say which form is meant, so a wrong number gets the message of the form its author
had in mind and not one from each of the others. What the arguments must satisfy is in `numbers.py`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag
from typing_extensions import TypeAliasType

Finite = float  # the models refuse NaN and the infinities
Pair = tuple[Finite, Finite]
Triple = tuple[Finite, Finite, Finite]

Likelihood = Literal[
    "virtually certain",
    "extremely likely",
    "very likely",
    "likely",
    "more likely than not",
    "about as likely as not",
    "unlikely",
    "very unlikely",
    "extremely unlikely",
    "exceptionally unlikely",
]


class Frozen(BaseModel):
    """What all models of the format share: frozen, no unknown keys, no coercion, no NaN."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        defer_build=True,
        populate_by_name=False,
    )


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


class Beta(Frozen):
    """Beta(alpha, beta)."""

    beta: Pair = Field(description="[alpha, beta], both above 0.")


class MeanConcentration(Frozen):
    """Beta by its mean and concentration alpha + beta."""

    mean: Finite = Field(description="The mean, strictly within 0 and 1.")
    concentration: Finite = Field(description="alpha + beta: how many observations it is worth.")


class HeldTrials(Frozen):
    """The posterior of a probability after trials."""

    held: Finite = Field(description="In how many trials it held.")
    trials: Finite = Field(description="How many trials there were.")
    prior: Pair = Field((0.5, 0.5), description="The Beta prior; Jeffreys' [0.5, 0.5] if left out.")


class LogitNormal(Frozen):
    """A normal distribution of the log-odds."""

    logit_normal: Pair = Field(description="[mu, sigma] of the log-odds.")


class Normal(Frozen):
    """A normal distribution."""

    normal: Pair = Field(description="[mu, sigma].")


class Lognormal(Frozen):
    """A lognormal distribution."""

    lognormal: Pair = Field(description="[mu, sigma] of the logarithm.")


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


class Gamma(Frozen):
    """A gamma distribution."""

    gamma: Pair = Field(description="[shape, scale].")


class Exponential(Frozen):
    """An exponential distribution."""

    exponential: tuple[Finite] = Field(description="[rate].")


class Quantiles(Frozen):
    """Stated quantiles, joined piecewise linearly in the probit of the level."""

    quantiles: tuple[Pair, ...] = Field(description="[[level, value], …], both increasing.")


class RealQuantiles(Quantiles):
    """Stated quantiles of a real number."""

    log: bool = Field(False, description="Linear in the logarithm of the value.")


class InWords(Frozen):
    """A probability in the IPCC's calibrated words."""

    likelihood: Likelihood = Field(description="One of the calibrated words.")


class Interval(Frozen):
    """Nothing but bounds are claimed."""

    interval: Pair = Field(description="[a, b].")


class Extrapolation(Frozen):
    """Held/trials at several scales, to be carried to another."""

    scale: tuple[Finite, ...] = Field(description="The scales that were tried.")
    trials: tuple[Finite, ...] = Field(description="Trials at each scale.")
    held: tuple[Finite, ...] = Field(description="In how many of them it held.")
    at: Finite = Field(description="The scale it is wanted at.")


class Extrapolate(Frozen):
    """The posterior at `at` of a logistic regression of held/trials on log10(scale)."""

    extrapolate: Extrapolation = Field(description="What was tried, and where the answer is wanted.")


_SIGNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("low_high", ("low", "high")),
    ("mean_concentration", ("mean", "concentration")),
    ("held_trials", ("held", "trials")),
    *((form, (form,)) for form in (
        "beta", "logit_normal", "normal", "lognormal", "uniform", "triangular", "pert", "loguniform",
        "gamma", "exponential", "quantiles", "likelihood", "interval", "experts", "extrapolate",
    )),
)  # fmt: skip


def form_of(value: object) -> str | None:
    """Which form a number is written in, by its keys; None where they name none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, Mapping):
        return next((form for form, keys in _SIGNS if any(key in value for key in keys)), None)
    return _MODEL_FORMS.get(type(value)) if isinstance(value, Frozen) else None


def _tag(value: object) -> str | None:
    """The form as a tag that no key of a story can be taken for."""
    form = form_of(value)
    return None if form is None else f"as {form}"


_FORM = Discriminator(_tag)

ExpertProbability = TypeAliasType(
    "ExpertProbability",
    Annotated[
        Annotated[Finite, Tag("as number")]
        | Annotated[LowHigh, Tag("as low_high")]
        | Annotated[Beta, Tag("as beta")]
        | Annotated[MeanConcentration, Tag("as mean_concentration")]
        | Annotated[HeldTrials, Tag("as held_trials")]
        | Annotated[LogitNormal, Tag("as logit_normal")]
        | Annotated[Uniform, Tag("as uniform")]
        | Annotated[Triangular, Tag("as triangular")]
        | Annotated[Pert, Tag("as pert")]
        | Annotated[Quantiles, Tag("as quantiles")]
        | Annotated[InWords, Tag("as likelihood")]
        | Annotated[Interval, Tag("as interval")],
        _FORM,
    ],
)
ExpertReal = TypeAliasType(
    "ExpertReal",
    Annotated[
        Annotated[Finite, Tag("as number")]
        | Annotated[RealLowHigh, Tag("as low_high")]
        | Annotated[Beta, Tag("as beta")]
        | Annotated[Normal, Tag("as normal")]
        | Annotated[Lognormal, Tag("as lognormal")]
        | Annotated[Uniform, Tag("as uniform")]
        | Annotated[Triangular, Tag("as triangular")]
        | Annotated[Pert, Tag("as pert")]
        | Annotated[Loguniform, Tag("as loguniform")]
        | Annotated[Gamma, Tag("as gamma")]
        | Annotated[Exponential, Tag("as exponential")]
        | Annotated[RealQuantiles, Tag("as quantiles")]
        | Annotated[Interval, Tag("as interval")],
        _FORM,
    ],
)


class ProbabilityExpert(Frozen):
    """What one expert says of a probability."""

    name: str = Field(description="Who says so.")
    weight: Finite = Field(1.0, description="How much the expert counts, relative to the others.")
    credence: ExpertProbability = Field(description="The probability.")


class RealExpert(Frozen):
    """What one expert says of a real number."""

    name: str = Field(description="Who says so.")
    weight: Finite = Field(1.0, description="How much the expert counts, relative to the others.")
    credence: ExpertReal = Field(description="The number.")


class ProbabilityExperts(Frozen):
    """Several experts on one probability."""

    experts: tuple[ProbabilityExpert, ...] = Field(description="At least one expert.")
    pool: Literal["linear", "odds"] = Field(
        "linear", description="A mixture, or quantiles averaged in log-odds."
    )


class RealExperts(Frozen):
    """Several experts on one real number."""

    experts: tuple[RealExpert, ...] = Field(description="At least one expert.")
    pool: Literal["linear"] = Field("linear", description="A mixture by weight.")


Probability = TypeAliasType(
    "Probability",
    Annotated[
        Annotated[Finite, Tag("as number")]
        | Annotated[str, Tag("as text")]
        | Annotated[LowHigh, Tag("as low_high")]
        | Annotated[Beta, Tag("as beta")]
        | Annotated[MeanConcentration, Tag("as mean_concentration")]
        | Annotated[HeldTrials, Tag("as held_trials")]
        | Annotated[LogitNormal, Tag("as logit_normal")]
        | Annotated[Uniform, Tag("as uniform")]
        | Annotated[Triangular, Tag("as triangular")]
        | Annotated[Pert, Tag("as pert")]
        | Annotated[Quantiles, Tag("as quantiles")]
        | Annotated[InWords, Tag("as likelihood")]
        | Annotated[Interval, Tag("as interval")]
        | Annotated[ProbabilityExperts, Tag("as experts")]
        | Annotated[Extrapolate, Tag("as extrapolate")],
        _FORM,
    ],
)
RealNumber = TypeAliasType(
    "RealNumber",
    Annotated[
        Annotated[Finite, Tag("as number")]
        | Annotated[str, Tag("as text")]
        | Annotated[RealLowHigh, Tag("as low_high")]
        | Annotated[Beta, Tag("as beta")]
        | Annotated[Normal, Tag("as normal")]
        | Annotated[Lognormal, Tag("as lognormal")]
        | Annotated[Uniform, Tag("as uniform")]
        | Annotated[Triangular, Tag("as triangular")]
        | Annotated[Pert, Tag("as pert")]
        | Annotated[Loguniform, Tag("as loguniform")]
        | Annotated[Gamma, Tag("as gamma")]
        | Annotated[Exponential, Tag("as exponential")]
        | Annotated[RealQuantiles, Tag("as quantiles")]
        | Annotated[Interval, Tag("as interval")]
        | Annotated[RealExperts, Tag("as experts")],
        _FORM,
    ],
)

_MODEL_FORMS: dict[type[Frozen], str] = {
    LowHigh: "low_high", RealLowHigh: "low_high", Beta: "beta", MeanConcentration: "mean_concentration",
    HeldTrials: "held_trials", LogitNormal: "logit_normal", Normal: "normal", Lognormal: "lognormal",
    Uniform: "uniform", Triangular: "triangular", Pert: "pert", Loguniform: "loguniform", Gamma: "gamma",
    Exponential: "exponential", Quantiles: "quantiles", RealQuantiles: "quantiles", InWords: "likelihood",
    Interval: "interval", ProbabilityExperts: "experts", RealExperts: "experts", Extrapolate: "extrapolate",
}  # fmt: skip
_REAL_ONLY = {RealLowHigh, RealQuantiles, RealExperts}
_PROBABILITY_ONLY = {LowHigh, Quantiles, ProbabilityExperts}


def model_of(value: object, *, real: bool) -> type[Frozen] | None:
    """The model of the form that a raw number is written in."""
    form = form_of(value)
    other = _PROBABILITY_ONLY if real else _REAL_ONLY
    return next((model for model, name in _MODEL_FORMS.items() if name == form and model not in other), None)


Form = float | str | Frozen  # a number as the models hold it
UNCLAIMED: Any = Interval.model_construct(interval=(0.0, 1.0))  # what a credence left out stands for
