"""Read a stranger's result in a process of its own first.

HDF5 is a library in C. On a damaged file it may crash, or loop for ever where no signal is handled. What
happens to the child process becomes a message here, and only a file that it could read is read again.
"""

import math
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final, NoReturn

from sensa import file_kinds
from sensa.store import DAMAGED, StoreError, read

READ_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.002
MESSAGE_BYTES: Final = 4096  # fit into a pipe


def require_readable(path: str | os.PathLike[str], seconds: float = READ_SECONDS) -> None:
    """Raise `StoreError` for a NetCDF file that cannot be read, or not in this time.

    Does nothing for other files, which Python reads, and on systems that cannot fork.
    """
    kind = file_kinds.at(Path(path)) if Path(path).exists() else None
    if kind is None or kind.directory or not hasattr(os, "fork"):
        return
    import h5netcdf  # noqa: F401 - once for both processes
    import xarray  # noqa: F401

    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        _read(path, write_end, seconds)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        try:
            status = _ended(child, monotonic() + seconds)
        except BaseException:
            _kill(child)
            raise
        if status is None:
            _kill(child)
            raise StoreError(f"{path}: could not be read in {seconds:g} s; damaged, or very large")
        said = pipe.read().decode("utf-8", "replace")
    if status != 0:
        raise StoreError(said or f"{path}: {DAMAGED}")


def _read(path: str | os.PathLike[str], write_end: int, seconds: float) -> NoReturn:
    """Read in the child, which ends in any case, and without a word but the reason of a failure."""
    code = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        _limit(seconds)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        read(path)
        code = 0
    except StoreError as error:
        os.write(write_end, str(error).encode()[:MESSAGE_BYTES])
    finally:
        os._exit(code)


def _limit(seconds: float) -> None:
    """End the process after this processor time, should its parent be gone."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds) + 1, hard))


def _ended(child: int, deadline: float) -> int | None:
    """The exit code of a child, negative for a signal; None at the deadline."""
    while monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        sleep(POLL_SECONDS)
    return None


def _kill(child: int) -> None:
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
