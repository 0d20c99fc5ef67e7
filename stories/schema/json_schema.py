"""The JSON Schema of the format, for editors."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from sensa.stories.schema.document import Document


class _TomlSchema(GenerateJsonSchema):
    """A JSON Schema without null, which TOML does not have: optional keys may be omitted, not null."""

    def nullable_schema(self, schema: Any) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        generated = super().default_schema(schema)
        if generated.get("default", 0) is None:
            del generated["default"]
        return generated


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a story, for editors; generated from the models."""
    schema = Document.model_json_schema(by_alias=True, schema_generator=_TomlSchema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Training story",
    }
