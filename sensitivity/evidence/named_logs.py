"""The logs that a story names, with their hashes, found without reading the story: for cached reviews."""

import os
from collections.abc import Iterator
from typing import Any

from sensa.evidence.files import digest, located
from sensa.evidence.refusal import LogError


def digests(story: str | os.PathLike[str], values: dict[str, Any]) -> list[tuple[str, str]]:
    """Each log in the TOML values of a story in a file, with its SHA-256 or why there is none."""
    found: dict[str, str] = {}
    for log in _named(values):
        try:
            found[log] = digest(located(story, log))
        except (LogError, OSError, ValueError) as error:
            found[log] = type(error).__name__
    return sorted(found.items())


def _named(values: dict[str, Any]) -> Iterator[str]:
    nodes = (node for table in values.values() if isinstance(table, dict) for node in table.values())
    lists = (node.get("evidence") for node in nodes if isinstance(node, dict))
    for items in lists:
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and isinstance(item.get("log"), str):
                yield item["log"]
