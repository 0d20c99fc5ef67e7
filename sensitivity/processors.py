"""How many processors this process uses: all of them, or those that it was given as one of several workers.

It decides how long something takes, and no result. Every room may use this module; it imports no other
module of sensa.
"""

import os

_given: list[int] = []


def count() -> int:
    """The number of threads that are worth having."""
    return _given[-1] if _given else os.cpu_count() or 1


def use(processors: int) -> None:
    """Use this many from now on."""
    _given[:] = [processors]
