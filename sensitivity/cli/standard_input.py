"""A story from standard input, named `-` on the command line."""

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from sensa.stories.reading import Contents, Written

STDIN = "-"


def written(file: str) -> "Written":
    """What a story on the command line is read from: its file, or standard input for `-`."""
    return _contents(sys.stdin) if file == STDIN else file


def require_file(file: str) -> None:
    """Raise `HistoryError` for standard input, where the story at a commit is needed."""
    from sensa.comparing.history import HistoryError

    if file == STDIN:
        raise HistoryError("standard input has no commit; name the file")


@lru_cache(maxsize=1)
def _contents(stream: TextIO | None) -> "Contents":
    """All of standard input, which can be read only once; empty if it is closed."""
    from sensa.stories.reading import MAX_BYTES, Contents

    data = b"" if stream is None else stream.buffer.read(MAX_BYTES + 1)
    return Contents(STDIN, data)
