"""Files of others, opened for reading without waiting, and refused if they are none.

Every room may use this module; it imports no other module of sensa.
"""

import errno
import os
import stat
from typing import BinaryIO

_PASSED = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")  # what a shell hands over, as of `<(…)`


class NotOrdinaryError(OSError):
    """A named pipe, a device or a socket."""


def opened(path: str | os.PathLike[str]) -> BinaryIO:
    """A file to read. Raises `OSError`, and `NotOrdinaryError` for named pipes, devices and sockets.

    A named pipe would be waited for until somebody writes to it, and a device may never end. What a shell
    hands over as `/dev/stdin` or `/dev/fd/…` is read whatever it is.
    """
    return open(path, "rb", opener=_opener)


def _opener(path: str, flags: int) -> int:
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(handle).st_mode
    passed = os.fspath(path).startswith(_PASSED)
    if not (passed or stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # of a directory, `open` says so itself
        os.close(handle)
        raise NotOrdinaryError(errno.EINVAL, "is not an ordinary file", path)
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(handle, True)
    return handle
