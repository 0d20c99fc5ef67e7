"""Texts for readers that look empty, which would pass for a reason or an owner."""

import unicodedata
from collections.abc import Iterator
from typing import Any

from sensa.stories.checking.view import View
from sensa.stories.problems import Path, Problem

PROSE = frozenset(
    {
        "answer", "because", "by", "claim", "constraints", "desirability", "falsified_by", "note", "nudges",
        "owner", "reason", "source", "sources", "specification", "summary", "title",
    }
)  # fmt: skip
NEVER_EMPTY = ("reason", "by")  # where other keys are empty, they say what leaving them out does
FIXES = {"reason": "say why", "by": "name who signed it", "owner": "name who answers for it, or leave it out"}
_DRAWN_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols without ink


def problems(view: View) -> Iterator[Problem]:
    """Texts without anything that can be seen, whatever they are made of."""
    for path, text in _texts(view.story.values, ()):
        key = next(part for part in reversed(path) if isinstance(part, str))
        if key in PROSE and not visible(text) and (text or key in NEVER_EMPTY):
            yield view.error("no-text", path, "the text is blank", FIXES.get(key))


def visible(text: str) -> bool:
    """Whether anything of a text can be seen: letters, digits, punctuation or symbols."""
    return any(unicodedata.category(c)[0] in "LNPS" and c not in _DRAWN_BLANK for c in text)


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """All strings with their paths."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
