"""JSON output held to its schema."""

import json
from importlib.resources import files
from typing import Any

import jsonschema

from sensa.reports.result.json import dumps

SCHEMA = json.loads((files("sensa.reports.result") / "run.schema.json").read_text("utf-8"))


def held_to_schema(value: dict[str, Any]) -> dict[str, Any]:
    """The document as another program reads it: strict, and by the schema."""

    def refuse(token: str) -> None:
        raise AssertionError(f"{token} is no JSON")

    parsed: dict[str, Any] = json.loads(dumps(value), parse_constant=refuse)
    jsonschema.Draft202012Validator(SCHEMA).validate(parsed)
    return parsed
