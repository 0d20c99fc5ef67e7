"""Keys that several tables have."""

from typing import Any

from pydantic import Field

from sensa.stories.schema.vocabulary import MAX_NAME_LENGTH, NAME_PATTERN

NAMES: dict[str, Any] = {"propertyNames": {"pattern": NAME_PATTERN, "maxLength": MAX_NAME_LENGTH}}
NAMED: Any = Field(
    default_factory=dict, description="By name, in the order written.", json_schema_extra=NAMES
)
EVERY_STEP = Field(False, description="Drawn afresh at every step.")
INITIAL = Field(None, description="What `prev` reads at the first step; false if left out.")
CLAIM = Field("", description="What it says, in a sentence.")
TAGS = Field((), description="Words by which properties choose what is violated.")
