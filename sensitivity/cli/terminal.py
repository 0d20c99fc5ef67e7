"""Writing to the terminal: results to standard output, everything else to standard error."""

import os
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TextIO

from sensa.cli.exit_codes import Code
from sensa.reports.layout import Paper, plain
from sensa.store import StoreError

PIPED = Paper(100)  # if standard output is not a terminal


class ReaderLeft(StoreError):
    """Nobody reads standard output any more (`| head -1`); the rest is dropped."""


def out(text: str) -> None:
    """Print a result; raises `StoreError` if it cannot be written, and drops what follows."""
    try:
        if sys.stdout is None:  # closed before the start (`>&-`)
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
            raise StoreError("standard output: is closed")
        _write(sys.stdout, text)
    except BrokenPipeError:
        raise ReaderLeft("standard output: its reader has left") from None
    except OSError as error:
        raise StoreError(f"standard output: {(error.strerror or str(error)).lower()}") from error


def report_change(text: str) -> None:
    """Print what was written to a story; raises `StoreError`, which says that it is, if that fails."""
    try:
        out(text)
    except ReaderLeft:
        raise
    except StoreError as error:
        raise StoreError(f"is changed as asked, but this cannot be printed: {error}") from error


def printed(text: str) -> Code:
    """Print a result of a command that has more to do; a failure becomes an exit code."""
    return printed_pieces([text])


def printed_pieces(pieces: Iterable[str]) -> Code:
    """The same for the pieces of a text, which need not fit into memory together."""
    try:
        for piece in pieces:
            out(piece)
    except ReaderLeft:
        return Code.UNREAD
    except StoreError as error:
        note(f"sensa: {error}")
        return Code.WRONG
    return Code.WELL


def note(text: str) -> None:
    """Print a note to standard error. If that fails, nothing else could report it."""
    with suppress(OSError):
        _write(sys.stderr, f"{text}\n")


def paper(*, colour: bool, piped: Paper = PIPED) -> Paper:
    """The layout for standard output: a terminal of some width, or `piped` without COLUMNS."""
    if sys.stdout is None or not sys.stdout.isatty():
        columns = os.environ.get("COLUMNS", "")
        return Paper(int(columns)) if columns.isdecimal() else piped
    return Paper(shutil.get_terminal_size((PIPED.width, 24)).columns, colour and _colour_wanted())


def _colour_wanted() -> bool:
    """Whether to use colour: respects NO_COLOR (no-color.org) and dumb terminals."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:
        return
    try:
        stream.write(plain(text, stream.encoding or "ascii"))
        stream.flush()
    except OSError:
        # The interpreter flushes at exit, and would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise
