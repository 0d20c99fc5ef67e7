"""The log of blocks that are done: a line for each, with checksums, on disk before the block counts."""

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MAX_LINE = 1 << 22  # bytes


@dataclass(frozen=True)
class Mark:
    """A block that is done: its shape, the hash of its bytes, and the text beside it."""

    loop: str
    index: int
    rows: int
    columns: int
    sha256: str
    note: str = ""


class Marks:
    """The marks in a file. What follows a torn or damaged line is forgotten: it was not on disk in time."""

    def __init__(self, path: Path) -> None:
        """Read the marks of earlier runs, and cut off what is damaged. Raises `OSError`."""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        self._file = os.open(path, flags, 0o666)
        self.found: dict[tuple[str, int], Mark] = {}
        self._end = 0
        with os.fdopen(os.dup(self._file), "rb") as stream:
            for line, mark in _read(stream):
                self.found[mark.loop, mark.index] = mark
                self._end += line
        os.ftruncate(self._file, self._end)

    def add(self, mark: Mark) -> None:
        """Append a mark, and return once it is on disk. Raises `OSError`, and is then as before."""
        line = _line(mark)
        try:
            os.lseek(self._file, self._end, os.SEEK_SET)
            written = 0
            while written < len(line):
                written += os.write(self._file, line[written:])
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, self._end)
            raise
        self._end += len(line)
        self.found[mark.loop, mark.index] = mark

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def _line(mark: Mark) -> bytes:
    text = json.dumps(asdict(mark), sort_keys=True).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _read(file: Any) -> Iterator[tuple[int, Mark]]:
    """The marks with the lengths of their lines, up to the first that is not as written."""
    while line := file.readline(MAX_LINE):
        mark = _parsed(line)
        if mark is None or _line(mark) != line:
            return
        yield len(line), mark


def _parsed(line: bytes) -> Mark | None:
    """The mark in a line, if that is one; it may come from anybody."""
    try:
        found = json.loads(line[9:])
        mark = Mark(**found)
    except (ValueError, TypeError, RecursionError):
        return None
    whole = (mark.index, mark.rows, mark.columns)
    texts = (mark.loop, mark.sha256, mark.note)
    right = all(type(n) is int and 0 <= n < 1 << 48 for n in whole) and all(isinstance(t, str) for t in texts)
    return mark if right else None
