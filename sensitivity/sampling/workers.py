"""Who computes blocks: threads of this process, or workers that get calls and may be lost."""

from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Protocol, Self


class Workers(Protocol):
    """Something that computes calls elsewhere, and says which of them is done."""

    @property
    def most(self) -> int:
        """The number of calls that are worth having at once."""
        ...

    @property
    def least_seconds(self) -> float:
        """How long a call should take, so that sending it costs little; shorter blocks are sent together."""
        ...

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Start a call; gives a handle to wait for."""
        ...

    def first_done(self, waiting: Collection[Any]) -> Any:
        """Wait until one of these calls is done, and return it."""
        ...

    def result(self, done: Any) -> Any:
        """What a call that is done returned; raises what it raised."""
        ...


class WorkersLost(Exception):
    """No worker finishes a block; the message says why."""


class Threads:
    """Threads of this process, for work that leaves the interpreter's lock to the others."""

    least_seconds = 0.0

    def __init__(self, count: int) -> None:
        self.most = 2 * count  # so that no thread waits for the next call
        self._pool = ThreadPoolExecutor(count)

    def submit(self, work: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        """Start a call."""
        return self._pool.submit(work, *arguments)

    def first_done(self, waiting: "Collection[Future[Any]]") -> "Future[Any]":
        """Wait until one of these calls is done."""
        return next(iter(wait(waiting, return_when=FIRST_COMPLETED).done))

    def result(self, done: "Future[Any]") -> Any:
        """What a call returned."""
        return done.result()

    def __enter__(self) -> Self:
        """Start."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Wait for the calls that run; the others are not started."""
        self._pool.shutdown(cancel_futures=True)
