"""Logs as files: within the story's folder, of bounded size, and known by their SHA-256.

Logs come with stories, from anybody: a path may not lead out of the folder, by a link neither, and what is
read of a file is bounded.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sensa.evidence.refusal import LogError

MAX_TEXT_BYTES = 64 << 20  # of a log as text, and of a text in an archive
MAX_ARCHIVE_BYTES = 4 << 30
_CHUNK = 1 << 20


def located(story: str | os.PathLike[str], log: str) -> Path:
    """The path of a log of a story. Raises `LogError` if it leads out of the story's folder."""
    folder = Path(story).parent
    place = folder / log
    if not Path(os.path.realpath(place)).is_relative_to(os.path.realpath(folder)):
        raise LogError("leads out of the story's folder")
    return place


@contextmanager
def opened(place: Path, most: int) -> Iterator[BinaryIO]:
    """A regular file of at most `most` bytes. Raises `LogError`, and `FileNotFoundError` if it is missing."""
    try:
        with open(place, "rb", opener=_without_waiting) as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise LogError("is not a file")
            if status.st_size > most:
                raise LogError(f"is larger than {most >> 20} MiB, the most that is read")
            yield stream
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LogError(f"cannot be read: {(error.strerror or str(error)).lower()}") from None


def _without_waiting(path: str, flags: int) -> int:
    """Open a file without waiting for the writer of a named pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def digest(place: Path) -> str:
    """The SHA-256 of a log, as hex digits. Raises `LogError`, and `FileNotFoundError` if there is none."""
    found = hashlib.sha256()
    with opened(place, MAX_ARCHIVE_BYTES) as stream:
        while chunk := stream.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def text_of(place: Path) -> bytes:
    """The bytes of a log that is text. Raises `LogError`, and `FileNotFoundError` if there is none."""
    with opened(place, MAX_TEXT_BYTES) as stream:
        return stream.read(MAX_TEXT_BYTES)
