"""Exit codes; they never depend on the format of the output."""

from collections.abc import Iterable
from enum import IntEnum


class Code(IntEnum):
    """Exit codes; an error is never 0."""

    WELL = 0
    FAILS = 1
    WRONG = 2  # wrong usage, a wrong story, or an output that cannot be written
    UNDECIDED = 3
    INTERNAL = 4
    INTERRUPTED = 130  # by Ctrl-C, SIGTERM or SIGHUP
    UNREAD = 141  # all was well, but the reader of standard output left before the end


_WORST_FIRST = (
    Code.INTERRUPTED,
    Code.INTERNAL,
    Code.WRONG,
    Code.FAILS,
    Code.UNDECIDED,
    Code.UNREAD,
    Code.WELL,
)


def worst(codes: Iterable[Code]) -> Code:
    """The code that counts among several; `WELL` for none."""
    return min(codes, key=_WORST_FIRST.index, default=Code.WELL)
