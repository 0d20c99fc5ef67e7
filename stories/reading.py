"""Text -> `Story`, with the line and column of each value; checks the shape, but not the meaning."""

import os
from dataclasses import dataclass, field
from itertools import islice
from os import PathLike
from pathlib import Path as FilePath
from typing import Any

import tomli

from sensa.ordinary_files import NotOrdinaryError, opened
from sensa.private import leaves_repository
from sensa.stories.positions import Positions, scan
from sensa.stories.problems import (
    NEAR_MISSES_AMONG,
    Path,
    Place,
    Problem,
    StoryError,
    cut,
    did_you_mean,
    near,
    path_text,
    quoted,
)
from sensa.stories.story import Story, story_of
from sensa.stories.toml_slips import Slip, plain, slips

MAX_BYTES = 1 << 20  # bytes


@dataclass(frozen=True)
class Contents:
    """The contents of a file that is not at its path: standard input, or a file at a commit."""

    name: str
    data: bytes = field(repr=False)

    def __str__(self) -> str:
        return self.name


Written = str | PathLike[str] | Contents


def read(path: Written) -> Story:
    """Read the story in a file.

    Raises `StoryError` with all errors of its shape, and `TypeError` if `path` is not a path.
    """
    return parse(text_of(path), str(path))


def text_of(path: Written) -> str:
    """The text of a file. Raises `StoryError` if it is missing, not UTF-8, or too large."""
    if isinstance(path, Contents):
        return _decoded(path.name, path.data)
    file = _named(path)
    try:
        place = FilePath(path)
        if place.is_dir():
            fix = f"`'{file}/**/*.toml'`, in quotes, names the stories in it"
            raise _file_error(file, "not-a-file", "is a directory, not a story", fix)
        if leaves_repository(place):
            raise _file_error(file, "not-a-file", "is a link to a file outside of its repository")
        with opened(place) as stream:
            data = stream.read(MAX_BYTES + 1)
    except NotOrdinaryError:
        raise _file_error(file, "not-a-file", "is not an ordinary file") from None
    except FileNotFoundError:
        raise _missing(file, place) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _file_error(file, "unreadable", f"cannot be read: {reason.lower()}") from None
    return _decoded(file, data)


def _decoded(file: str, data: bytes) -> str:
    _refuse_large(file, len(data))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        raise _bad_byte(file, before, data[error.start]) from None


def _named(path: str | PathLike[str]) -> str:
    """A path as text; raises if it is something else, such as the text of a story."""
    found = os.fspath(path) if isinstance(path, PathLike) else path
    if not isinstance(found, str):
        raise TypeError(f"expected a path or a loaded story, got {quoted(type(path).__name__)}")
    if len(found.splitlines()) > 1:
        message = "expected a path, got a text of several lines"
        raise _file_error(cut(found.splitlines()[0]), "no-such-file", f"{message} (`sensa.loads` reads one)")
    return found


def parse(text: str, file: str = "story.toml") -> Story:
    """Read the story in a text; `file` is its name in problems.

    Raises `StoryError` with all errors of its shape, and nothing else.
    """
    text = text.removeprefix("\ufeff")
    if text.endswith(".toml") and len(text.splitlines()) == 1:
        message = "expected the text of a story, got the path of a file"
        raise _file_error(cut(text), "not-toml", f"{message} (`sensa.load` reads it)")
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        at = scan(text[: error.start]).line_column(error.start)
        raise StoryError(
            [_problem(file, "not-utf-8", at, "a lone surrogate, which no UTF-8 text holds")]
        ) from None
    _refuse_large(file, size)
    if not text.strip():
        raise _file_error(
            file, "empty-story", 'the story is empty; it starts with `format = "training-story/1"`'
        )
    positions = scan(text)
    return story_of(values(text, file, positions), file, text, positions)


def values(text: str, file: str, positions: Positions) -> dict[str, Any]:
    """The values by `tomli`; raises if the text is not TOML 1.0 or exceeds the limits."""
    for remark in positions.remarks:
        if remark.kind not in ("newer-toml", "too-small"):
            raise StoryError([_problem(file, remark.kind, positions.line_column(remark.at), remark.message)])
    try:
        raw = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        found = slips(text, error.pos, plain(error), positions)
        raise StoryError(_slip_problem(file, slip, positions) for slip in found) from None
    except (ValueError, RecursionError, OverflowError) as error:
        message = f"not TOML: {cut(str(error), 200)}"
        raise StoryError([_problem(file, "not-toml", (1, 1), message)]) from None
    if positions.remarks:
        raise StoryError(
            _problem(file, remark.kind, positions.line_column(remark.at), remark.message)
            for remark in positions.remarks
        )
    return raw


def _slip_problem(file: str, slip: Slip, positions: Positions) -> Problem:
    place = Place(file, *positions.line_column(slip.at))
    return Problem("not-toml", "error", place, "", f"not TOML: {cut(slip.message, 200)}", slip.fix)


def _problem(file: str, code: str, at: tuple[int, int], message: str) -> Problem:
    return Problem(code, "error", Place(file, *at), "", message)


def _missing(file: str, place: FilePath) -> StoryError:
    if place.is_symlink():
        target = quoted(cut(os.readlink(place)))
        return _file_error(file, "no-such-file", f"is a link to {target}, which does not exist")
    return _file_error(file, "no-such-file", "no such file", _beside(place))


def _beside(place: FilePath) -> str | None:
    """The name in the same folder most similar to that of a missing file, if any."""
    try:
        names = [entry.name for entry in islice(place.parent.iterdir(), NEAR_MISSES_AMONG)]
    except OSError:
        return None
    return did_you_mean(near(place.name, (name for name in names if name.endswith(".toml"))))


def _file_error(file: str, code: str, message: str, fix: str | None = None) -> StoryError:
    return StoryError([Problem(code, "error", Place(file, 1, 1), "", message, fix)])


def _bad_byte(file: str, before: str, byte: int) -> StoryError:
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return StoryError([_problem(file, "not-utf-8", (line, column), f"not UTF-8: byte 0x{byte:02x}")])


def _refuse_large(file: str, size: int) -> None:
    if size > MAX_BYTES:
        raise _file_error(file, "too-large", "larger than 1 MiB, the most a story may have")


__all__ = ["Path", "Story", "StoryError", "parse", "path_text", "read"]
