"""Workers that are processes of this machine."""

import os
import signal
import threading
from collections.abc import Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from typing import Any, Final, Literal, Self

from sensa.distributed.calls import call as called
from sensa.distributed.remote import Call, Remote

SAFE_PATH: Final = "PYTHONSAFEPATH"


class Processes(Remote):
    """Some processes; if one of them is killed, all begin anew, and their calls are sent again.

    Forked processes start at once; only a process without threads may be forked.
    """

    def __init__(self, count: int, start: Literal["fork", "spawn"] = "spawn") -> None:
        super().__init__(most=2 * count)
        self.count = count
        self.start = start
        self._wanted, self._leave = connection.Pipe(duplex=False)
        self._pool = self._new()
        self._number = 1  # of this pool
        self._counted = 0  # the last pool whose loss was counted

    def _new(self) -> ProcessPoolExecutor:
        inherited = self._leave if self.start == "fork" else None
        with _own_path_only():  # making queues starts a process that cleans up after them
            return ProcessPoolExecutor(
                self.count,
                mp_context=get_context(self.start),
                initializer=begin,
                initargs=(self._wanted, inherited),
            )

    def send(self, call: Call) -> "Future[Any]":
        """Start a call anew."""
        try:
            future = self._submit(call)
        except BrokenProcessPool:
            self._renew()
            future = self._submit(call)
        call.sent_to = self._number
        return future

    def _submit(self, call: Call) -> "Future[Any]":
        """Start a call, and processes as far as they are still to be started."""
        with _own_path_only():
            return self._pool.submit(called, call.work, call.arguments, self.expected)

    def wait(self, futures: "Collection[Future[Any]]") -> "Collection[Future[Any]]":
        """Wait until some futures are done."""
        return wait(futures, return_when=FIRST_COMPLETED).done

    def is_lost(self, future: "Future[Any]") -> bool:
        """Whether a process ended in the middle of it."""
        return future.cancelled() or isinstance(future.exception(), BrokenProcessPool)

    def recover(self, lost: Collection[Call]) -> bool:
        """Other processes, unless there are some since; whether this loss was not yet counted."""
        latest = max(call.sent_to for call in lost)
        if latest == self._number:
            self._renew()
        counted, self._counted = self._counted, max(latest, self._counted)
        return latest > counted

    def _renew(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.start = "spawn"  # there are threads of the old pool now, which a forked process would lack
        self._pool = self._new()
        self._number += 1

    def __enter__(self) -> Self:
        """Start."""
        return self

    def __exit__(self, *raised: object) -> None:
        """End the processes. Calls that still run are of no use to anybody: the loop has ended."""
        self._leave.close()
        self._pool.shutdown(cancel_futures=True)
        self._wanted.close()


@contextmanager
def _own_path_only() -> Iterator[None]:
    """Processes that start here import nothing from the working directory, perhaps a stranger's."""
    before = os.environ.get(SAFE_PATH)
    os.environ[SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SAFE_PATH]
        else:
            os.environ[SAFE_PATH] = before


def begin(wanted: Connection, leave: Connection | None) -> None:
    """The start of a process: Ctrl-C is for the one that started it, and it ends with that one.

    It ends too, whatever it is computing, once nobody has `leave`, the other end of `wanted`; a forked
    process has inherited it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if leave is not None:
        leave.close()
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel, wanted), daemon=True).start()


def _end_with(parent: int, wanted: Connection) -> None:
    connection.wait([parent, wanted])
    os._exit(1)
