"""What decides the blocks of a store, so that a run goes on only with its own."""

import json
import math
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from typing import Any

from sensa.kernels.worlds.bits import GENERATOR
from sensa.sampling.settings import Settings
from sensa.stories.problems import quoted
from sensa.version import __version__

FORMAT = "sensa-blocks/1"
LIBRARIES = ("numpy", "scipy", "numba", "zarr")  # whose versions may move a last bit, or the files
MAX_DIFFERENCES = 6
NAMES = {"seconds": "seconds for a diagram", "limit": "seconds", "cells": "cells in a block"}
Manifest = Mapping[str, Any]  # JSON


def manifest(of: str, stories: Sequence[tuple[str, str]], options: Mapping[str, Any]) -> Manifest:
    """The manifest of a run of these stories, each a file and the hash of its text."""
    return {
        "format": FORMAT,
        "of": of,
        "versions": versions(),
        "options": options,
        "stories": [list(pair) for pair in stories],
    }


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    return tuple((name, version(name)) for name in LIBRARIES)


def versions() -> dict[str, str]:
    """The versions on which a result may depend, that of the random words too, and the kind of processor."""
    return {
        "sensa": __version__,
        **dict(_versions()),
        "random-words": GENERATOR,
        "machine": platform.machine(),
    }


def of_settings(settings: Settings) -> dict[str, Any]:
    """The settings as JSON; what is infinite as text."""
    return {name: _plain(value) for name, value in asdict(settings).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def dumps(found: Manifest) -> str:
    """The manifest as text, always the same for the same run."""
    return json.dumps(found, indent=1, sort_keys=True, allow_nan=False) + "\n"


def differences(before: Any, now: Manifest) -> list[str]:
    """What a run has changed since its store was begun, in words; empty if nothing."""
    if not isinstance(before, dict) or before.get("format") != FORMAT:
        return [f"its format is not {quoted(FORMAT)}"]
    found = list(_differences(before, now))
    more = len(found) - MAX_DIFFERENCES
    return found if more <= 0 else [*found[:MAX_DIFFERENCES], f"and {more:,} more"]


def _differences(before: dict[str, Any], now: Manifest) -> Iterator[str]:
    if before.get("of") != now["of"]:
        yield f"it is of a {before.get('of')!s:.20}, not of a {now['of']}"
        return
    for part in ("versions", "options"):
        stored = before.get(part)
        stored = stored if isinstance(stored, dict) else {}
        for name in sorted({*stored, *now[part]}, key=str):
            was, is_ = stored.get(name), now[part].get(name)
            if was != is_:
                before_, now_ = _shown_apart(was, is_)
                yield f"{quoted(NAMES.get(name, name))} was {before_}, is {now_}"
    yield from _stories(before.get("stories"), now["stories"])


def _shown_apart(was: Any, now: Any) -> tuple[str, str]:
    """Two values as a message shows them: in full, or where they first differ."""
    first, second = _shown(was), _shown(now)
    if first != second:
        return first, second
    texts = [json.dumps(value, sort_keys=True) for value in (was, now)]
    pairs = enumerate(zip(*texts, strict=False))
    same = next((i for i, (one, other) in pairs if one != other), min(map(len, texts)))
    start, end = max(same - 10, 0), same + 30
    first, second = (quoted(f"{'…' if start else ''}{text[start:end]}") for text in texts)
    return first, second


def _shown(value: Any) -> str:
    match value:
        case None:
            return "not set"
        case {"value": float(share), "relative": True}:  # a `Precision`
            return quoted(f"{share} of each probability")
        case {"value": float(width), "relative": False}:
            return quoted(width)
    return quoted(value)


def _stories(before: Any, now: Sequence[Sequence[str]]) -> Iterator[str]:
    if before == now:
        return
    if not isinstance(before, list) or not all(_is_pair(pair) for pair in before):
        yield "its stories cannot be read"
        return
    known, current = dict(before), {file: digest for file, digest in now}  # noqa: C416 - pairs are lists
    changed = [file for file, digest in current.items() if known.get(file, digest) != digest]
    yield from (f"story {quoted(file)} has changed" for file in changed)
    yield from (f"story {quoted(file)} is new" for file in current if file not in known)
    yield from (f"story {quoted(file)} is not run now" for file in known if file not in current)
    if set(known.items()) == set(current.items()):
        yield "its stories are in another order"


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(text, str) for text in value)
