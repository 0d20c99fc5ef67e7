"""Whether a document read from JSON has the types that its schema says, so that reports can rely on them.

Only what `run.schema.json` uses of JSON Schema is known. What an older result lacks, or a newer one has more,
is left to what reads it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Schema = Mapping[str, Any]
LARGEST = 1e300  # of numbers; what reports compute with them stays finite
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int,
    "number": (int, float),
}  # fmt: skip


@cache
def _schema() -> Schema:
    text = (files("sensa.reports.result") / "run.schema.json").read_text("utf-8")
    found: Schema = json.loads(text)
    return found


def misfit(document: Any) -> str | None:
    """The path of the first value that is of another type than the schema says, or out of range."""
    return _misfit(document, _schema(), "")


def _misfit(value: Any, schema: Schema | Literal[True], path: str) -> str | None:
    if schema is True:  # anything
        return None
    if "$ref" in schema:
        return _misfit(value, _schema()["$defs"][schema["$ref"].rpartition("/")[2]], path)
    options = schema.get("anyOf", schema.get("oneOf"))
    if options is not None:
        found = [_misfit(value, option, path) for option in options]
        return None if None in found else max(map(str, found), key=len)  # of the option that fits furthest
    if not _fits(value, schema):
        return path
    return next(filter(None, (_misfit(one, of, at) for one, of, at in _parts(value, schema, path))), None)


def _fits(value: Any, schema: Schema) -> bool:
    """Whether a value by itself, without its parts, is as its schema says."""
    wanted = schema.get("type", ())
    kinds = (wanted,) if isinstance(wanted, str) else wanted
    if kinds and not any(_is(value, kind) for kind in kinds):
        return False
    if ("const" in schema and value != schema["const"]) or ("enum" in schema and value not in schema["enum"]):
        return False
    if isinstance(value, list):
        return bool(schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)))
    if isinstance(value, str):
        return len(value) >= schema.get("minLength", 0) and _matches(value, schema)
    return value is None or not _is(value, "number") or bool(value >= schema.get("minimum", value))


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, TYPES[kind]) and (not isinstance(value, int | float) or abs(value) <= LARGEST)


def _matches(text: str, schema: Schema) -> bool:
    return "pattern" not in schema or re.search(schema["pattern"], text) is not None


def _parts(value: Any, schema: Schema, path: str) -> Iterator[tuple[Any, Schema | Literal[True], str]]:
    """What is within a value, each with its schema and path."""
    if isinstance(value, list) and "items" in schema:
        for number, one in enumerate(value):
            yield one, schema["items"], f"{path}[{number}]"
    if isinstance(value, dict):
        own, others = schema.get("properties", {}), schema.get("additionalProperties")
        for key, one in value.items():
            at = f"{path}.{key}" if path else key
            if "propertyNames" in schema:
                yield key, schema["propertyNames"], at
            if key in own or isinstance(others, dict):
                yield one, own.get(key, others), at
