"""Quantities, and what ties the numbers of several tables together."""

from typing import Annotated, Literal

from pydantic import Field

from sensa.stories.model import Finite, Frozen
from sensa.stories.numbers.forms import RealNumber
from sensa.stories.schema.bookkeeping import SIGNED, Signature
from sensa.stories.schema.fields import CLAIM


class Quantity(Frozen):
    """An uncertain number."""

    claim: str = CLAIM
    unit: str = Field("", description="The unit of the value.")
    value: RealNumber = Field(
        description="The number, a distribution, or an expression over other quantities."
    )
    signed: Signature | None = SIGNED


class Dependence(Frozen):
    """A rank correlation between two parameters."""

    between: tuple[str, str] = Field(description="Two parameters, by the path of their declaration.")
    rank_correlation: Finite = Field(description="Spearman's rank correlation, strictly between -1 and 1.")


class Experts(Frozen):
    """Whether one expert is right about all numbers, or each number has its own."""

    draw: Literal["together", "separately"] = Field(
        "separately",
        description="together: whoever is right is right about all numbers; separately: each number draws "
        "its own expert.",
    )
    weights: dict[str, Finite] = Field(
        default_factory=dict,
        description="With `together`: the weight of each expert, by name, in place of those of the numbers.",
    )


class RedTeam(Frozen):
    """In how many trials of smaller models each failure mode was seen."""

    trials: int = Field(ge=1, description="How many trials there were.")
    findings: dict[str, Annotated[int, Field(ge=0)]] = Field(
        description="In how many each failure mode was seen, by name."
    )
