"""Writing to the terminal: results to standard output, everything else to standard error."""

import os
import shutil
import sys
from contextlib import suppress
from typing import TextIO

from sensa.reports.layout import Paper, plain
from sensa.store import StoreError

UNKNOWN_WIDTH = 100  # of what is no terminal


def out(text: str) -> None:
    """A result. A reader that has gone (`| head -1`) is no error: what is left is dropped."""
    try:
        _write(sys.stdout, text)
    except OSError as error:
        raise StoreError(f"standard output: {(error.strerror or str(error)).lower()}") from error


def note(text: str) -> None:
    """One line about the work itself. Where it cannot be written, nothing else could say so."""
    with suppress(OSError):
        _write(sys.stderr, f"{text}\n")


def paper(*, colour: bool) -> Paper:
    """What standard output is: a terminal of some width, or a file."""
    if sys.stdout is None or not sys.stdout.isatty():
        columns = os.environ.get("COLUMNS", "")
        return Paper(int(columns) if columns.isdecimal() else UNKNOWN_WIDTH)
    return Paper(shutil.get_terminal_size((UNKNOWN_WIDTH, 24)).columns, colour and _colour_wanted())


def _colour_wanted() -> bool:
    """NO_COLOR (no-color.org) and dumb terminals are heard."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # closed before the start (`>&-`)
        return
    try:
        stream.write(plain(text, stream.encoding or "ascii"))
        stream.flush()
    except OSError as error:
        # The interpreter flushes once more as it ends, and would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if not isinstance(error, BrokenPipeError):
            raise
