"""Writing to the terminal: results to standard output, everything else to standard error."""

import os
import shutil
import sys
from typing import TextIO

from sensa.reports.layout import Paper, plain

UNKNOWN_WIDTH = 100  # of what is no terminal


def out(text: str) -> None:
    """A result. A reader that has gone (`| head -1`) is no error: what is left is dropped."""
    _write(sys.stdout, text)


def note(text: str) -> None:
    """One line about the work itself."""
    _write(sys.stderr, f"{text}\n")


def paper(*, colour: bool) -> Paper:
    """What standard output is: a terminal of some width, or a file."""
    if not sys.stdout.isatty():
        columns = os.environ.get("COLUMNS", "")
        return Paper(int(columns) if columns.isdecimal() else UNKNOWN_WIDTH)
    return Paper(shutil.get_terminal_size((UNKNOWN_WIDTH, 24)).columns, colour and _colour_wanted())


def _colour_wanted() -> bool:
    """NO_COLOR (no-color.org) and dumb terminals are heard."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(plain(text, stream.encoding or "ascii"))
        stream.flush()
    except BrokenPipeError:
        # The interpreter flushes once more as it ends; nobody listens, so it shall not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
