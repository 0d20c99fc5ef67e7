"""What the answers of a story must be, and what is let pass."""

from datetime import date
from typing import Literal

from pydantic import Field

from sensa.stories.model import Finite, Frozen
from sensa.stories.schema.fields import CLAIM
from sensa.stories.schema.vocabulary import Part, Violable


class Expectation(Frozen):
    """What a measure of the story must give."""

    value: Finite = Field(description="The value.")
    within: Finite = Field(ge=0, description="How far off it may be.")


class StatedResult(Frozen):
    """What somebody says that a measure of the story is; shown beside what the parts give, and no test."""

    value: Finite = Field(description="The stated value.")
    source: str = Field(description="Who states it, and where.")


class Violate(Frozen):
    """Which sets of violated assumptions, or other nodes, a property ranges over."""

    max: int = Field(ge=0, description="The most that are violated together.")
    min: int = Field(0, ge=0, description="The fewest that are violated together.")
    kinds: tuple[Violable, ...] = Field(
        ("assumption",),
        description="What is violated: assumptions fail, challenges stand, events happen where they can, "
        "safeguards never act.",
    )
    among: tuple[str, ...] = Field((), description="Only these.")
    tags: tuple[str, ...] = Field((), description="Only those with one of these tags.")
    parts: tuple[Part, ...] = Field((), description="Only assumptions of one of these parts of the story.")


class ForAll(Frozen):
    """What a property ranges over."""

    violate: Violate | None = Field(None, description="Sets of violated assumptions.")
    raising: tuple[str, ...] = Field(
        (), alias="raise", description="Numbers that are raised, each alone, by path or pattern."
    )
    lowering: tuple[str, ...] = Field(
        (), alias="lower", description="Numbers that are lowered, each alone, by path or pattern."
    )
    omit: tuple[str, ...] = Field(
        (), description="Safeguards that are left out, each alone, by name or pattern."
    )


class Property(Frozen):
    """What must be true of the story's answers."""

    claim: str = CLAIM
    require: str = Field(description="A comparison of measures, as `P(catastrophic) <= 0.01`.")
    at: Literal["mean", "worst"] | None = Field(
        None, description="Over the parameters: their mean (if left out) or the worst."
    )
    quantile: Finite | None = Field(
        None, gt=0, lt=1, description="The share of the parameter distribution it must hold for."
    )
    forall: ForAll | None = Field(None, description="What it ranges over.")
    severity: Literal["error", "warning"] = Field("error", description="Whether failing it fails the run.")


class Waiver(Frozen):
    """A failing property that is knowingly let pass, for a time."""

    property: str = Field(description="The property.")
    witness: tuple[str, ...] | None = Field(None, description="Only this minimal set.")
    ceiling: Finite | None = Field(None, description="Worse than this fails again.")
    reason: str = Field(description="Why.")
    owner: str = Field("", description="Who answers for it.")
    expires: date = Field(description="The last day it is valid.")


class Allowance(Frozen):
    """A warning that is turned off for one item."""

    warning: str = Field(description="The code of the warning.")
    item: str = Field(description="The path of what it is about, as `events.deceives`.")
    reason: str = Field(description="Why it is no matter here.")
    owner: str = Field("", description="Who answers for it.")
    expires: date | None = Field(None, description="The last day it is taken without a word.")
