"""Paths of story files, relative to the working directory: reports hold no path of this machine."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from sensa.properties.verdicts import Verdict
from sensa.reviewing.review import Review
from sensa.stories.problems import Problem

T = TypeVar("T", Problem, Verdict)


def here(reviews: Sequence[Review]) -> list[Review]:
    """Reviews with all paths (their own, and of problems and verdicts) relative to the working directory."""
    return [
        replace(
            one,
            file=relative(one.file),
            problems=_placed(one.problems),
            judgement=replace(one.judgement, verdicts=_placed(one.judgement.verdicts)),
        )
        for one in reviews
    ]


def _placed(found: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(replace(one, place=replace(one.place, file=relative(one.place.file))) for one in found)


def relative(file: str) -> str:
    """A path relative to the working directory, with slashes; outside of it, the file name alone."""
    path = Path(file)
    if path.is_absolute():
        here = Path.cwd()
        path = path.relative_to(here) if path.is_relative_to(here) else Path(path.name)
    return path.as_posix()


def uri(file: str) -> str:
    """The same as a relative URI reference, percent-encoded; bytes that are not UTF-8 keep their value."""
    return quote(relative(file).encode("utf-8", "surrogateescape" if _bytes(file) else "replace"))


def _bytes(file: str) -> bool:
    try:
        file.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
