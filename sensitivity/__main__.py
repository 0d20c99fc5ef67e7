"""The process `sensa`: what holds from its first moment on, before anything of ours is imported.

Only what Python has loaded anyway is imported here, so that help comes as fast as it can.
"""

import io
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import TextIO

WRONG, INTERRUPTED, UNREAD = 2, 130, 141  # as `sensa.cli.codes` has them


def main() -> None:
    """The command line as a process: exits with a code of `sensa.cli.codes`, whatever happens."""
    interruptible()
    _fill()
    if sys.stdout is None:  # closed (`>&-`)
        _say("sensa: standard output: is closed")
        sys.exit(WRONG)
    sys.stdout = _buffered(sys.stdout)
    from sensa.cli import app

    given = sys.stdout
    try:
        app(prog_name="sensa")
    except SystemExit as left:
        if left.code == 1 and sys.stdout is not given:  # typer does that where a reader of help has left
            sys.exit(UNREAD)
        raise
    except OSError as error:  # of help: commands say what they cannot write
        os.dup2(os.open(os.devnull, os.O_WRONLY), given.fileno())  # Python flushes it as it ends
        _say(f"sensa: standard output: {(error.strerror or str(error)).lower()}")
        sys.exit(WRONG)


def interruptible() -> None:
    """End at once when told to, while nothing is under way; commands unwind (`sensa.interrupts.stopping`).

    What the process was started to ignore (`nohup`) is ignored still.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _fill() -> None:
    """Let no file that is opened later take the place of a stream that is closed (`2>&-`)."""
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(handle)


def _buffered(stream: TextIO) -> TextIO:
    """The stream with a buffer, where PYTHONUNBUFFERED took it away.

    Without one Python takes a part that could be written (on a disk that is nearly full) for the whole.
    """
    if not isinstance(getattr(stream, "buffer", None), io.RawIOBase):
        return stream
    return open(stream.fileno(), "w", encoding=stream.encoding, errors=stream.errors, closefd=False)


def _end(number: int, frame: FrameType | None) -> None:
    _say("interrupted")
    os._exit(INTERRUPTED)


def _say(text: str) -> None:
    """To standard error, past whatever Python is in the middle of."""
    with suppress(OSError):
        os.write(2, f"{text}\n".encode())


if __name__ == "__main__":
    main()
