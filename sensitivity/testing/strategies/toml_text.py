"""A story's tables as TOML text, and as a document."""

import json
import re
from datetime import date
from typing import Any

from sensa.stories.problems import Path, Place
from sensa.stories.schema.document import Document
from sensa.stories.shape import shaped

KINDS = (
    *("quantities", "assumptions", "challenges", "events", "choices", "safeguards", "outcomes"),
    "properties",
)
SINGLE = ("criteria", "expect", "stated", "experts", "red_team")
LISTS = ("dependence", "waivers", "allow")


def value_text(value: Any) -> str:
    """A value in one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case date():
            return value.isoformat()
        case str():
            literal = '"' in value and not any(c in value for c in "'\n")
            return f"'{value}'" if literal else json.dumps(value, ensure_ascii=False)
        case list() | tuple():
            return "[" + ", ".join(value_text(part) for part in value) + "]"
        case dict():
            return (
                "{ "
                + ", ".join(f"{key_text(key)} = {value_text(part)}" for key, part in value.items())
                + " }"
            )
    return repr(value)


def key_text(key: str) -> str:
    """A key, quoted if necessary."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"'


def table_text(header: str, table: dict[str, Any], inline: bool) -> str:
    """A table; unless inline, its lists of tables and its `options` have sections of their own."""
    lines, sections = [header], []
    path = header.strip("[]")
    for key, value in table.items():
        if (
            not inline
            and isinstance(value, list)
            and value
            and isinstance(value[0], dict)
            and key != "evidence"
        ):
            sections += [table_text(f"[[{path}.{key}]]", part, True) for part in value]
        elif not inline and key == "options":
            sections.insert(0, table_text(f"[{path}.{key}]", value, True))
        else:
            lines.append(f"{key_text(key)} = {value_text(value)}")
    return "\n".join([*lines, *sections])


def blocks_of(doc: dict[str, Any], inline: bool = False) -> list[str]:
    """The tables of a story, each with its subtables; the order of the phases is kept."""
    blocks = [table_text(f"[{key}]", doc[key], inline) for key in ("story", "goal", "rationale")]
    if doc.get("phases"):
        blocks.append("\n".join(table_text("[[phases]]", phase, inline) for phase in doc["phases"]))
    for kind in KINDS:
        blocks += [table_text(f"[{kind}.{name}]", table, inline) for name, table in doc.get(kind, {}).items()]
    blocks += [table_text(f"[{key}]", doc[key], inline) for key in SINGLE if key in doc]
    for key in LISTS:
        blocks += [table_text(f"[[{key}]]", table, inline) for table in doc.get(key, [])]
    return blocks


def document_of(doc: dict[str, Any]) -> Document:
    """The document made of the tables."""
    document, problems = shaped({"format": "training-story/1", **doc}, _nowhere)
    assert document is not None, problems
    return document


def _nowhere(path: Path, key: bool) -> Place:
    return Place("generated.toml", 1, 1)
