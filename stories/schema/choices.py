"""Which one of several: options, and what rules them out or makes them likelier."""

from typing import Annotated

from pydantic import Field

from sensa.stories.model import Frozen
from sensa.stories.numbers.forms import Probability, RealNumber
from sensa.stories.schema.bookkeeping import SIGNED, Signature
from sensa.stories.schema.fields import CLAIM, EVERY_STEP, NAMES
from sensa.stories.schema.vocabulary import Part

CONFORMS = "conforms"  # the tag of an option that meets the goal's specification


class ChoiceOption(Frozen):
    """One option of a choice."""

    weight: RealNumber | None = Field(None, description="Its weight among the options.")
    bits: RealNumber | None = Field(
        None, description="Its weight as a description length: 2 to the minus this."
    )
    tags: tuple[str, ...] = Field(
        (), description="Words that `choice.tag` tests; `conforms`: it meets the goal's specification."
    )
    miss: Probability | None = Field(
        None,
        description="How far it misses the goal, 0 to 1; if left out, 0 if it conforms, else 1.",
    )


class Constraint(Frozen):
    """Excludes options."""

    part: Part | None = Field(None, description="The part of the story it belongs to.")
    condition: str | None = Field(None, alias="if", description="A bool expression; true if left out.")
    excludes: tuple[str, ...] = Field(min_length=1, description="The options it excludes.")


class Nudge(Frozen):
    """Shifts the odds among options."""

    part: Part | None = Field(None, description="The part of the story it belongs to.")
    condition: str | None = Field(None, alias="if", description="A bool expression; true if left out.")
    odds: dict[str, RealNumber] = Field(
        min_length=1, description="A factor for the weight of each option named."
    )


class Row(Frozen):
    """The chances of the options in some cases of other nodes."""

    condition: dict[str, bool | str | Annotated[tuple[str, ...], Field(min_length=1)]] | None = Field(
        None,
        alias="if",
        min_length=1,
        description="Values of other nodes: true or false, an option, or some options; every case that no "
        "other row covers if left out.",
    )
    chances: dict[str, Probability] = Field(
        min_length=1, description="The chance of each option; 0 of those left out."
    )


class Choice(Frozen):
    """Which one of several."""

    claim: str = CLAIM
    options: dict[str, ChoiceOption] = Field(
        min_length=1, description="The options by name.", json_schema_extra=NAMES
    )
    constraints: tuple[Constraint, ...] = Field((), description="What rules options out.")
    nudges: tuple[Nudge, ...] = Field((), description="What shifts the odds.")
    rows: tuple[Row, ...] = Field(
        (), description="A table of chances in place of weights, constraints and nudges."
    )
    every_step: bool = EVERY_STEP
    initial: str | None = Field(
        None, description="The option `prev` reads at the first step; none if left out."
    )
    signed: Signature | None = SIGNED
