"""A small story, and signatures for it by a digest of our own, for tests."""

import hashlib
import json
import tomllib
from typing import Any

from tests.short_stories import ASSUMPTION, story

BODY = (
    '[quantities.rate]\nvalue = { low = 1, high = 2 }\n'
    + ASSUMPTION.format(name="a", credence="0.9")
    + ASSUMPTION.format(name="b", credence='"0.1 * rate"')
    + ASSUMPTION.format(name="c", credence="0.7")
    + '[events.e]\nwhen = "not b"\nchance = 0.5\n'
    + '[challenges.d]\nclaim = "c"\nagainst = "a"\nkind = "rebut"\nstands = 0.1\n'
)  # fmt: skip
TEXT = story(BODY, "e and not a", "not c")


def floats(value: Any) -> Any:
    """Whole numbers as floats, as the format says."""
    if isinstance(value, dict):
        return {key: floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [floats(item) for item in value]
    return float(value) if type(value) is int else value


def signed(text: str, *entries: str) -> str:
    """The text with entries signed by Ana, by a digest of our own."""
    for entry in entries:
        table, name = entry.split(".")
        values = tomllib.loads(text)[table][name]
        said = {key: value for key, value in values.items() if key not in ("signed", "owner", "tags")}
        sha = hashlib.sha256(json.dumps(floats(said), sort_keys=True).encode()).hexdigest()
        line = f'signed = {{ by = "Ana", date = 2026-11-20, digest = "{sha}" }}\n'
        text = text.replace(f"[{entry}]\n", f"[{entry}]\n{line}")
    return text
