"""Workers that are processes of this machine."""

import os
import signal
import threading
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from typing import Any, Self

from sensa.distributed.calls import call as called
from sensa.distributed.remote import Call, Remote


class Processes(Remote):
    """Some processes; if one of them is killed, all begin anew, and their calls are sent again."""

    def __init__(self, count: int) -> None:
        super().__init__(most=2 * count)
        self.count = count
        self._wanted, self._leave = connection.Pipe(duplex=False)
        self._pool = self._new()
        self._number = 1  # of this pool
        self._counted = 0  # the last pool whose loss was counted

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self.count, mp_context=get_context("spawn"), initializer=begin, initargs=(self._wanted,)
        )

    def send(self, call: Call) -> "Future[Any]":
        """Start a call anew."""
        try:
            future = self._pool.submit(called, call.work, call.arguments, self.expected)
        except BrokenProcessPool:
            self._renew()
            future = self._pool.submit(called, call.work, call.arguments, self.expected)
        call.sent_to = self._number
        return future

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


def begin(wanted: Connection) -> None:
    """The start of a process: Ctrl-C is for the one that started it, and it ends with that one.

    It ends too, whatever it is computing, once nobody has the other end of `wanted`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel, wanted), daemon=True).start()


def _end_with(parent: int, wanted: Connection) -> None:
    connection.wait([parent, wanted])
    os._exit(1)
