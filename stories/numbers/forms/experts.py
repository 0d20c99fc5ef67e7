"""`{ experts }`: the pooled answers of several people for one number."""

import math
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from sensa.stories.model import Finite, Frozen
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import Form, Meaning, Number
from sensa.stories.numbers.forms.simple import SIMPLE
from sensa.stories.numbers.rules import MAX_ROWS, NumberError, Scale, logit
from sensa.stories.problems import Path, listed, quoted

if TYPE_CHECKING:
    ExpertProbability = Number
    ExpertReal = Number
else:
    ExpertProbability = SIMPLE.union("ExpertProbability", real=False, text=False)
    ExpertReal = SIMPLE.union("ExpertReal", real=True, text=False)


class ProbabilityExpert(Frozen):
    """One expert's answer for a probability."""

    name: str = Field(description="Who says so.")
    weight: Finite = Field(1.0, description="How much the expert counts, relative to the others.")
    credence: ExpertProbability = Field(description="The probability.")
    why: str = Field("", description="Why the expert thinks so.")


class RealExpert(Frozen):
    """One expert's answer for a real number."""

    name: str = Field(description="Who says so.")
    weight: Finite = Field(1.0, description="How much the expert counts, relative to the others.")
    credence: ExpertReal = Field(description="The number.")
    why: str = Field("", description="Why the expert thinks so.")


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


def _canonical(model: ProbabilityExperts | RealExperts, scale: Scale) -> Distribution:
    experts: tuple[ProbabilityExpert | RealExpert, ...] = model.experts
    if not 1 <= len(experts) <= MAX_ROWS:
        raise NumberError(f"`experts` needs 1 to {MAX_ROWS} experts, not {len(experts)}", ("experts",))
    names = tuple(expert.name for expert in experts)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise NumberError(f"an expert must be named once; twice: {listed(twice, 'and')}", ("experts",))
    parts = []
    for index, expert in enumerate(experts):
        if expert.weight <= 0:
            message = f"an expert's weight must be above 0, not {quoted(expert.weight)}"
            raise NumberError(message, ("experts", index, "weight"))
        parts.append(_part(expert.credence, scale, model.pool, ("experts", index, "credence")))
    total = math.fsum(expert.weight for expert in experts)
    weights = tuple(expert.weight / total for expert in experts)
    return Distribution("odds_pool" if model.pool == "odds" else "linear_pool", weights, tuple(parts), names)


def _part(credence: Number, scale: Scale, pool: str, path: Path) -> Distribution:
    if isinstance(credence, str):
        raise NumberError("an expert's number cannot be an expression", path)
    try:
        part = SIMPLE.declared(credence, scale)
    except NumberError as error:
        raise NumberError(error.message, path + error.path, error.code) from None
    if isinstance(part, float):
        part = Distribution("point", (part,))
    low, high = SIMPLE.support(part)
    if pool == "odds" and low == high and low in (0.0, 1.0):
        raise NumberError(f"odds cannot be pooled with a point of {low:g}", path)
    return part


def _mixture(pool: Distribution) -> tuple[float, float]:
    ends = [SIMPLE.support(part) for part in pool.parts]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _pooled_odds(pool: Distribution) -> tuple[float, float]:
    ends = [SIMPLE.support(part) for part in pool.parts]
    return _average([low for low, _ in ends], pool.args), _average([high for _, high in ends], pool.args)


def _average(ends: list[float], weights: tuple[float, ...]) -> float:
    """The average in log-odds."""
    if 0.0 in ends:
        return 0.0
    if 1.0 in ends:
        return 1.0
    odds = sum(weight * logit(end) for weight, end in zip(weights, ends, strict=True))
    return 1.0 / (1.0 + math.exp(-odds))


EXPERTS = Form(
    "experts",
    '{ experts = [{ name = "A", weight = 2, credence = 0.9 }, { name = "B", credence = 0.5 }] }',
    _canonical,
    probability=Meaning(
        ProbabilityExperts,
        'a mixture by weight (each 1 if left out); with `pool = "odds"`, the experts\' quantiles averaged in '
        "log-odds (of points: the geometric mean of the odds)",
    ),
    real=Meaning(RealExperts, "the mixture only; the key is `credence` here too"),
    families={  # the weights, which sum to 1, over parts
        "linear_pool": _mixture,
        "odds_pool": _pooled_odds,  # the parts' quantiles averaged in log-odds
    },
)
