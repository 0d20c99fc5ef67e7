"""The clock of time limits, which stands still while code is compiled or loaded.

What fits into a limit would otherwise depend on whether this machine has compiled the code before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic


@dataclass
class _Stops:
    """When the clock stood still."""

    functions: int = 0  # that are being compiled, one for another
    began: float = 0.0  # when the first of them was
    seconds: float = 0.0  # so far, without these


_stops = _Stops()


def clock() -> float:
    """`time.monotonic`, in seconds, without what compiling took."""
    return (_stops.began if _stops.functions else monotonic()) - _stops.seconds


@contextmanager
def compiling() -> Iterator[None]:
    """Stop the clock."""
    if not _stops.functions:
        _stops.began = monotonic()
    _stops.functions += 1
    try:
        yield
    finally:
        _stops.functions -= 1
        if not _stops.functions:
            _stops.seconds += monotonic() - _stops.began
