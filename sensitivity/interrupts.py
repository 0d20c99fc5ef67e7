"""Interrupts: exceptions raised by signals, and by the end of a time limit.

A signal can arrive anywhere. Where an exception would be swallowed, or would leave a library half initialised
(in an import, in a callback from LLVM, while Pydantic builds a schema), it is deferred for an instant.
"""

import _thread
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from types import CodeType, FrameType
from typing import Any

GRACE_SHARE = 0.5  # of the time limit; extra time for reporting what is known
RETRY_SECONDS = 0.01  # seconds until a deferred signal is tried again
_IMPORTING = ("importlib._bootstrap", "_frozen_importlib")
# One waits for a thread, for ever if it is interrupted with a lock; the other closes what it has closed.
_WHOLE = ("zarr.core.sync", "shutil")
_WRAPPING = "pydantic."  # modules that wrap exceptions raised in them
_ASKED = ("enum", "__getattr__")  # by numpy, whether an enumeration is an array; it drops what that raises
_HALF_MADE = ("asyncio.", "__init__")  # an event loop, as Zarr makes one, that could not be closed
_CALLED_BACK = ("_raw_object_cache_notify", "_raw_object_cache_getbuffer")  # of llvmlite

Handler = Callable[[int, FrameType | None], Any]


class TimeUp(KeyboardInterrupt):
    """The time limit is reached: an interrupt that unwinds like Ctrl-C."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the time ({seconds:g} s) was up")


def raising(make: Callable[[], BaseException]) -> Handler:
    """A signal handler that raises the exception of `make` at the next place where that is safe."""

    def handle(number: int, frame: FrameType | None) -> None:
        if _fragile(frame):
            _again(number)
        else:
            raise make()

    return handle


@contextmanager
def stopping(*names: str) -> Iterator[None]:
    """Let these signals interrupt the body like Ctrl-C, except those that the process ignores."""
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    handler, before = raising(KeyboardInterrupt), {}
    for number in numbers:
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handler)
    hook = sys.unraisablehook
    if before:
        sys.unraisablehook = _raised_again(hook, KeyboardInterrupt, next(iter(before)))
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, old in before.items():
            signal.signal(number, old)


class limited:  # noqa: N801 - called as a function is
    """Raise `TimeUp` in the body after this many seconds, and again after half as many more.

    So its handler has time to report what is known. A long call of compiled code is not interrupted. Nothing
    is raised for None, outside the main thread, on systems without timers, or once the body has ended. A
    timer set by others is restored afterwards, and left alone if it is due earlier.
    """

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._undo: Callable[[], object] | None = None

    def __enter__(self) -> None:
        main = threading.current_thread() is threading.main_thread()
        if self.seconds is None or not main or not hasattr(signal, "setitimer"):
            return
        start = monotonic()
        due, every = signal.getitimer(signal.ITIMER_REAL)
        if 0 < due <= self.seconds:
            return
        hook, before = sys.unraisablehook, signal.getsignal(signal.SIGALRM)

        def undo() -> None:
            sys.unraisablehook = hook
            signal.signal(signal.SIGALRM, before)
            if due:
                left = max(due - (monotonic() - start), RETRY_SECONDS)
                signal.setitimer(signal.ITIMER_REAL, left, every)

        self._undo = undo
        signal.signal(signal.SIGALRM, self._ring)
        sys.unraisablehook = _raised_again(hook, TimeUp, signal.SIGALRM)
        again = max(GRACE_SHARE * self.seconds, RETRY_SECONDS)
        signal.setitimer(signal.ITIMER_REAL, max(self.seconds, RETRY_SECONDS), again)

    def __exit__(self, *raised: object) -> None:
        if self._undo is not None:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            self._undo()

    def _ring(self, number: int, frame: FrameType | None) -> None:
        """Raises where the body is; an alarm that comes while it is left is too late to matter."""
        if not _within(frame, limited.__exit__.__code__):
            raising(lambda: TimeUp(self.seconds or 0.0))(number, frame)


def _fragile(frame: FrameType | None) -> bool:
    """Whether an exception here would be swallowed or wrapped, or leave a module half imported."""
    while frame is not None:
        module = frame.f_globals.get("__name__") or ""
        name = frame.f_code.co_name
        if module in (*_IMPORTING, *_WHOLE) or module.startswith(_WRAPPING) or name in _CALLED_BACK:
            return True
        if (module, name) == _ASKED or (module.startswith(_HALF_MADE[0]) and name == _HALF_MADE[1]):
            return True
        frame = frame.f_back
    return False


def _within(frame: FrameType | None, code: CodeType) -> bool:
    """Whether a function is being called at this place."""
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    return frame is not None


def _again(number: int) -> None:
    """The same signal again, in an instant; a timer's from the timer, which ends with what has set it."""
    if number == getattr(signal, "SIGALRM", None):
        signal.setitimer(signal.ITIMER_REAL, RETRY_SECONDS, signal.getitimer(signal.ITIMER_REAL)[1])
        return
    later = threading.Timer(RETRY_SECONDS, _sent, (number,))
    later.daemon = True
    later.start()


def _sent(number: int) -> None:
    """To the main thread, even where it waits for something."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, number)
    else:
        _thread.interrupt_main(signal.Signals(number))


def _raised_again(hook: Callable[[Any], Any], kind: type, number: int) -> Callable[[Any], None]:
    """A hook that raises again what Python could not raise in a finaliser or callback."""

    def swallowed(unraisable: Any) -> None:
        if issubclass(unraisable.exc_type, kind):
            _again(number)
        else:
            hook(unraisable)

    return swallowed
