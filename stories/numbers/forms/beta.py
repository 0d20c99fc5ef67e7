"""Beta distributions: by their arguments, by mean and concentration, and as the posterior after trials."""

from pydantic import Field

from sensa.stories.model import Finite, Frozen, Pair
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import UNIT, Form, Meaning
from sensa.stories.numbers.rules import NumberError, Scale, require_positive
from sensa.stories.problems import quoted


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


def _beta(model: Beta, scale: Scale) -> Distribution:
    require_positive("beta", model.beta, ("alpha", "beta"))
    return Distribution("beta", model.beta)


def _mean_concentration(model: MeanConcentration, scale: Scale) -> Distribution:
    if not 0.0 < model.mean < 1.0:
        raise NumberError(f"`mean` must be strictly within 0 and 1, not {quoted(model.mean)}", ("mean",))
    if model.concentration <= 0:
        raise NumberError(
            f"`concentration` must be above 0, not {quoted(model.concentration)}", ("concentration",)
        )
    alpha, beta = model.mean * model.concentration, (1.0 - model.mean) * model.concentration
    if min(alpha, beta) <= 0.0:
        raise NumberError("`mean` and `concentration` are too small to compute with")
    return Distribution("beta", (alpha, beta))


def _held_trials(model: HeldTrials, scale: Scale) -> Distribution:
    if not 0 <= model.held <= model.trials:
        raise NumberError(f"0 <= `held` <= `trials` must hold: {model.held:g} of {model.trials:g}", ("held",))
    require_positive("prior", model.prior, ("alpha", "beta"))
    return Distribution("beta", (model.held + model.prior[0], model.trials - model.held + model.prior[1]))


BETA = Form(
    "beta",
    "{ beta = [8, 2] }",
    _beta,
    probability=Meaning(Beta, "Beta(8, 2)"),
    real=Meaning(Beta),
    families={"beta": UNIT},  # (alpha, beta)
    common=True,
    proposal="beta = [a, b]",
)
MEAN_CONCENTRATION = Form(
    "mean_concentration",
    "{ mean = 0.8, concentration = 10 }",
    _mean_concentration,
    probability=Meaning(MeanConcentration, "Beta(8, 2): mean times concentration, and the rest"),
)
HELD_TRIALS = Form(
    "held_trials",
    "{ held = 298, trials = 300 }",
    _held_trials,
    probability=Meaning(
        HeldTrials,
        "posterior Beta(298 + 0.5, 2 + 0.5) from Jeffreys' prior; `prior = [1, 1]` for another",
    ),
)
