"""A story as TOML text."""

from typing import Any

KINDS = ("quantities", "assumptions", "challenges", "events", "choices", "safeguards", "outcomes")


def value_text(value: Any) -> str:
    """A value in one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f"'{value}'" if '"' in value else f'"{value}"'
        case list() | tuple():
            return "[" + ", ".join(value_text(part) for part in value) + "]"
        case dict():
            return "{ " + ", ".join(f"{key} = {value_text(part)}" for key, part in value.items()) + " }"
    return repr(value)


def table_text(header: str, table: dict[str, Any], inline: bool) -> str:
    """A table; unless inline, its lists of tables and its `options` are headed sections of their own."""
    lines, sections = [header], []
    path = header.strip("[]")
    for key, value in table.items():
        if not inline and isinstance(value, list) and isinstance(value[0], dict) and key != "evidence":
            sections += [table_text(f"[[{path}.{key}]]", part, True) for part in value]
        elif not inline and key == "options":
            sections.insert(0, table_text(f"[{path}.{key}]", value, True))
        else:
            lines.append(f"{key} = {value_text(value)}")
    return "\n".join([*lines, *sections])


def blocks_of(doc: dict[str, Any], inline: bool = False) -> list[str]:
    """The tables of a story, each with all that is its own; the order of the phases is kept."""
    blocks = [table_text(f"[{key}]", doc[key], inline) for key in ("story", "goal", "rationale")]
    if doc.get("phases"):
        blocks.append("\n".join(table_text("[[phases]]", phase, inline) for phase in doc["phases"]))
    for kind in KINDS:
        blocks += [table_text(f"[{kind}.{name}]", table, inline) for name, table in doc.get(kind, {}).items()]
    if "criteria" in doc:
        blocks.append(table_text("[criteria]", doc["criteria"], inline))
    blocks += [table_text("[[dependence]]", pair, inline) for pair in doc.get("dependence", [])]
    return blocks
