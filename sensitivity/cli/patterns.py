"""File patterns for `stories` of `[tool.sensa]`: those of `glob`, without following links.

At `**`, `glob` follows links, again and again if they lead upwards: two of them in a checkout take forever.
"""

import os
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

_MAGIC = re.compile(r"[*?[]")
ANY_DEPTH = "**"


class Entry(NamedTuple):
    """A name in a directory, and whether it is a directory itself and no link to one."""

    name: str
    is_dir: bool


def parted(pattern: str) -> tuple[str, tuple[str, ...]]:
    """The literal path that a pattern begins with, and its parts from the first wildcard on."""
    parts = pattern.replace(os.sep, "/").split("/")
    plain = next((n for n, part in enumerate(parts) if _MAGIC.search(part)), len(parts))
    return "/".join(parts[:plain]) or ("/" if plain and len(parts) > 1 else ""), tuple(parts[plain:])


def matches(pattern: str, folder: Path) -> list[str]:
    """The files that match, as sorted paths relative to a directory.

    `**` matches any number of directories and follows no links. As in a shell, `*` and `**` match no name
    that begins with a dot.
    """
    begins, ends = parted(pattern)
    start = os.path.relpath(folder / begins, folder) if os.path.isabs(begins) else os.path.normpath(begins)
    first = "" if start == os.curdir else start
    parts = tuple(part for part in ends if part not in ("", "."))
    if ends[-1:] == (ANY_DEPTH,):
        parts += ("*",)
    found, waiting = set(), {(first, parts)}
    seen: set[tuple[str, tuple[str, ...]]] = set()

    @cache
    def entries(at: str) -> list[Entry]:
        return _entries(os.path.join(folder, at))

    while waiting:
        seen.add(step := waiting.pop())
        if step[1]:
            waiting |= set(_steps(entries, *step)) - seen
        else:
            found.add(step[0])
    return sorted(name for name in found if (folder / name).is_file())


def _steps(
    entries: Callable[[str], list[Entry]], at: str, parts: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The paths that the first part of a pattern leads to, with the remaining parts."""
    first, rest = parts[0], parts[1:]
    if first == ANY_DEPTH:
        yield at, rest
        for entry in entries(at):
            if not entry.name.startswith(".") and entry.is_dir:
                yield os.path.join(at, entry.name), parts
    elif _MAGIC.search(first):
        for entry in entries(at):
            hidden = entry.name.startswith(".") and not first.startswith(".")
            if not hidden and fnmatchcase(entry.name, first):
                yield os.path.join(at, entry.name), rest
    else:
        yield os.path.join(at, first), rest


def _entries(folder: str) -> list[Entry]:
    try:
        with os.scandir(folder) as entries:
            return [Entry(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    except (OSError, ValueError):  # not a directory, or not readable
        return []
