"""Writing to the terminal: results to standard output, everything else to standard error."""

import os
import shutil
import sys
from contextlib import suppress
from typing import TextIO

from sensa.cli.codes import Code
from sensa.reports.layout import Paper, plain
from sensa.store import StoreError

UNKNOWN_WIDTH = 100  # of what is no terminal


class ReaderLeft(StoreError):
    """Nobody reads standard output any more (`| head -1`): what is left of it is dropped."""


def out(text: str) -> None:
    """A result; raises `StoreError` where it cannot be written, and what follows it is then dropped."""
    try:
        if sys.stdout is None:  # closed before the start (`>&-`)
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
            raise StoreError("standard output: is closed")
        _write(sys.stdout, text)
    except BrokenPipeError:
        raise ReaderLeft("standard output: its reader has left") from None
    except OSError as error:
        raise StoreError(f"standard output: {(error.strerror or str(error)).lower()}") from error


def printed(text: str) -> Code:
    """A result of a command that has more to do: what keeps it from being written becomes a code."""
    try:
        out(text)
    except ReaderLeft:
        return Code.UNREAD
    except StoreError as error:
        note(f"sensa: {error}")
        return Code.WRONG
    return Code.WELL


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
    if stream is None:
        return
    try:
        stream.write(plain(text, stream.encoding or "ascii"))
        stream.flush()
    except OSError:
        # The interpreter flushes as it ends, and would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise
