"""What training should give, and why it would."""

from typing import Any, get_args

from pydantic import Field

from sensa.stories.model import Frozen
from sensa.stories.schema.vocabulary import GoalClass, RationaleClass


def _classes(known: Any) -> dict[str, Any]:
    """JSON Schema: known classes only, or free text beside `other`."""
    return {"anyOf": [{"items": {"enum": list(get_args(known))}}, {"contains": {"const": "other"}}]}


class Header(Frozen):
    """The `[story]` table."""

    title: str = Field(description="The story's title.")
    summary: str = Field("", description="What the story is about, in a sentence or two.")
    sources: tuple[str, ...] = Field((), description="Where it comes from.")
    version: str = Field("", description="The version of the story.")


class Goal(Frozen):
    """What model is meant to come out of training."""

    classes: tuple[str, ...] = Field(
        alias="class",
        min_length=1,
        description="Classes of the goal; free text beside `other`.",
        json_schema_extra=_classes(GoalClass),
    )
    specification: str = Field(description="A mechanistic description of the model that is wanted.")
    desirability: str = Field(description="Why that model is wanted.")


class Rationale(Frozen):
    """Why training is expected to give that model."""

    classes: tuple[str, ...] = Field(
        alias="class",
        min_length=1,
        description="Classes of the rationale; free text beside `other`.",
        json_schema_extra=_classes(RationaleClass),
    )
    constraints: tuple[str, ...] = Field(min_length=1, description="What rules models out.")
    nudges: tuple[str, ...] = Field(min_length=1, description="What makes one model likelier than another.")
