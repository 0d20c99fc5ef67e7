"""Values -> TOML text, in the usual layout of stories."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from typing import Any

from sensa.stories.problems import Path
from sensa.stories.schema.document import Document

LONGEST_LINE = 100
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SECTIONS = ("options", "causes")  # tables by name inside an entry: one line for each name
# Tables without named entries.
WHOLE = ("story", "goal", "rationale", "criteria", "expect", "stated", "experts", "red_team")


def written(values: Mapping[str, Any]) -> str:
    """A whole story as text, its tables in the order of the format."""
    known = [key for key in Document.model_fields if key in values and key != "format"]
    parts = [f"format = {value_text(values['format'])}\n"]
    for key in known:
        value = values[key]
        if isinstance(value, Sequence) or key in WHOLE:
            parts.append(block((key,), value))
        else:
            parts += [block((key, name), entry) for name, entry in value.items()]
    return "\n".join(part for part in parts if part)


def block(path: Path, value: Any) -> str:
    """A table with its header, or an array of tables with one each; its subtables follow."""
    names = [part for part in path if isinstance(part, str)]
    if isinstance(value, Sequence):
        return "\n".join(_table(f"[[{key_text(names)}]]", names, element) for element in value)
    array = isinstance(path[-1], int)
    return _table(f"[[{key_text(names)}]]" if array else f"[{key_text(names)}]", names, value)


def _table(header: str, names: Sequence[str], value: Mapping[str, Any]) -> str:
    sections = [key for key in value if key in _SECTIONS and isinstance(value[key], Mapping)]
    lines = [header, *(line(key, item) for key, item in value.items() if key not in sections)]
    for key in sections:
        lines += ["", f"[{key_text([*names, key])}]", *(line(*item) for item in value[key].items())]
    return "\n".join(lines) + "\n"


def line(key: str, value: Any) -> str:
    """A key and its value; a long array, or one of tables, takes a line for each element."""
    short = f"{key_text([key])} = {value_text(value)}"
    if not isinstance(value, list) or not value:
        return short
    if len(short) <= LONGEST_LINE and not any(isinstance(item, Mapping) for item in value):
        return short
    return "\n".join([f"{key_text([key])} = [", *(f"  {value_text(item)}," for item in value), "]"])


def value_text(value: Any) -> str:
    """A value on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _string(value)
        case Mapping():
            return "{ " + ", ".join(_pairs(value)) + " }" if value else "{}"
        case Sequence():
            return "[" + ", ".join(value_text(item) for item in value) + "]"
        case date() | time():
            return value.isoformat()
    return repr(value)


def key_text(names: Sequence[str]) -> str:
    """A key; dotted if it has several names."""
    return ".".join(name if _BARE.fullmatch(name) else _string(name) for name in names)


def _pairs(table: Mapping[str, Any]) -> Iterator[str]:
    return (f"{key_text([key])} = {value_text(item)}" for key, item in table.items())


def _string(text: str) -> str:
    """A TOML string: JSON's escapes, and those of what nobody sees, such as changes of direction (U+202E)."""
    found = json.dumps(text, ensure_ascii=False)
    if found.isprintable():
        return found
    return "".join(c if c.isprintable() or unicodedata.category(c) == "Zs" else _escape(c) for c in found)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
