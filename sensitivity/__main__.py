"""Entry point of the process `sensa`: signals and streams, set up before anything else is imported.

Only modules that Python loads anyway are imported here, to keep `--help` fast.
"""

import gc
import io
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import TextIO

from sensa.quick_start import import_later

WRONG, INTERRUPTED, UNREAD = 2, 130, 141  # as in `sensa.cli.exit_codes`
NEW_OBJECTS = 500_000  # between collections of cycles; a short run creates fewer
KEPT_BYTES = 31 << 20  # below 32 MiB, the largest size that glibc learns from (mallopt(3), M_MMAP_THRESHOLD)


def main() -> None:
    """Run the command line; always exits with a code of `sensa.cli.exit_codes`."""
    interruptible()
    gc.set_threshold(NEW_OBJECTS)
    bytes(KEPT_BYTES)  # glibc then keeps freed memory of arrays up to this size, and need not clear it anew
    sys.modules.setdefault("dask", None)  # type: ignore[arg-type] # else xarray imports it, for half a second
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # else it reads the metadata of all packages
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # products are small, and idle threads of BLAS spin
    import_later()
    _fill()
    if sys.stdout is None:  # closed (`>&-`)
        _say("sensa: standard output: is closed")
        sys.exit(WRONG)
    sys.stdout = _buffered(sys.stdout)
    from sensa.cli.application import application

    given = sys.stdout
    try:
        application(sys.argv[1:])(prog_name="sensa")
    except SystemExit as left:
        if left.code == 1 and sys.stdout is not given:  # typer does so if the reader of help has left
            sys.exit(UNREAD)
        raise
    except OSError as error:  # only for help: commands report their own errors
        os.dup2(os.open(os.devnull, os.O_WRONLY), given.fileno())  # Python flushes it at exit
        _say(f"sensa: standard output: {(error.strerror or str(error)).lower()}")
        sys.exit(WRONG)
    finally:
        gc.freeze()  # Python looks through all that is not frozen several times as it exits


def interruptible() -> None:
    """Exit at once on a signal until a command starts; commands unwind (`sensa.interrupts.stopping`).

    Signals that the process was started to ignore (`nohup`) stay ignored.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _fill() -> None:
    """Keep files opened later from taking the number of a closed stream (`2>&-`)."""
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(handle)


def _buffered(stream: TextIO) -> TextIO:
    """The stream with a buffer, which PYTHONUNBUFFERED removes.

    Without a buffer, Python ignores that only part of a text could be written (on a nearly full disk).
    """
    if not isinstance(getattr(stream, "buffer", None), io.RawIOBase):
        return stream
    return open(stream.fileno(), "w", encoding=stream.encoding, errors=stream.errors, closefd=False)


def _end(number: int, frame: FrameType | None) -> None:
    _say("interrupted")
    os._exit(INTERRUPTED)


def _say(text: str) -> None:
    """Write to standard error directly, whatever Python is doing."""
    with suppress(OSError):
        os.write(2, f"{text}\n".encode())


if __name__ == "__main__":
    main()
