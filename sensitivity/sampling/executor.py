"""The loop over (replicate, block) that all sampling uses."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol, TypeVar

import numpy as np

from sensa.engines.protocol import Draws
from sensa.kernels.program import Floats
from sensa.sampling.budget import Effort
from sensa.sampling.journal import Kept
from sensa.sampling.parameters import Block
from sensa.sampling.settings import Progress, no_progress
from sensa.sampling.workers import Threads, Workers


class Place(Protocol):
    """The place of samples: their replicate, and the index of the first within it."""

    @property
    def replicate(self) -> int: ...  # noqa: D102
    @property
    def start(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class Piece:
    """Samples that are still to be drawn."""

    replicate: int
    start: int
    count: int


MAX_TOGETHER = 256  # blocks in a call
ONE_PASS = Effort(1, 1)  # of work that draws nothing by its effort
P = TypeVar("P", bound=Place)
T = TypeVar("T")


@dataclass(frozen=True)
class Executor:
    """Iterates over blocks in order, whatever finishes first; an interrupt stops it between two blocks.

    Memory holds a few blocks and their results for each thread. With `workers`, these compute the blocks.
    """

    progress: Progress = no_progress
    threads: int = 1
    workers: Workers | None = None

    def map(
        self,
        work: Callable[[P, Draws], T],
        blocks: Iterable[P],
        effort: Effort = ONE_PASS,
        *,
        what: str = "",
        share: Callable[[P], float] | None = None,
        kept: Kept[T] | None = None,
    ) -> Iterator[tuple[P, T]]:
        """The results of `work` for each block and its worlds, in order.

        `what` and `share`, the completed share after a block, are reported as progress if given. With `kept`,
        results are taken from a journal where it has them, and put there as soon as they are done.
        """
        for block, found in self._in_order(work, blocks, effort, kept):
            yield block, found
            if share is not None:
                self.progress(what, share(block))
        if kept is not None:
            kept.finish()

    def _in_order(
        self, work: Callable[[P, Draws], T], blocks: Iterable[P], effort: Effort, kept: Kept[T] | None
    ) -> Iterator[tuple[P, T]]:
        if self.workers is not None:
            yield from _Loop(work, effort, self.workers, kept).run(blocks)
        elif self.threads > 1:
            with Threads(self.threads) as threads:
                yield from _Loop(work, effort, threads, kept).run(blocks)
        else:
            for index, block in enumerate(blocks):
                known = None if kept is None else kept.find(index)
                if known is not None:
                    yield block, known[0]
                    continue
                found = work(block, draws(block, effort))
                if kept is not None:
                    kept.keep(index, found)
                yield block, found

    def means(
        self, work: Callable[[Block, Draws], Floats], blocks: Iterable[Block], effort: Effort
    ) -> Floats:
        """Means (replicates, …) over the samples of each replicate; `work` returns sums over a block."""
        sums: dict[int, Floats] = {}
        counts: dict[int, int] = {}
        for block, found in self.map(work, blocks, effort):
            before = sums.get(block.replicate)
            sums[block.replicate] = found if before is None else before + found
            counts[block.replicate] = counts.get(block.replicate, 0) + len(block.p)
        return np.stack([sums[replicate] / counts[replicate] for replicate in sorted(sums)])


class _Loop:
    """One loop whose blocks are computed by workers: kept as they are done, yielded in order.

    Short blocks are sent several in a call. That changes no result, so how many may depend on the clock.
    """

    def __init__(
        self, work: Callable[[Any, Draws], Any], effort: Effort, workers: Workers, kept: Kept[Any] | None
    ) -> None:
        self._work, self._effort, self._workers, self._kept = _Timed(work), effort, workers, kept
        self._together = 1  # blocks in a call
        self._gathered: list[tuple[int, Place, Draws]] = []  # blocks that are not sent yet
        self._waiting: dict[Any, list[int]] = {}  # calls, and the indices of their blocks
        self._done: dict[int, Any] = {}  # results by index
        self._raised: dict[int, BaseException] = {}

    def run(self, blocks: Iterable[P]) -> Iterator[tuple[P, Any]]:
        """Yield the blocks with their results; what a call raised is raised in its turn."""
        order: deque[tuple[int, P]] = deque()
        for index, block in enumerate(blocks):
            order.append((index, block))
            self._start(index, block)
            while order and (self._busy or self._ready(order[0][0])):
                first, before = order.popleft()
                yield before, self._result(first)
        for index, block in order:
            yield block, self._result(index)

    def _start(self, index: int, block: Place) -> None:
        known = None if self._kept is None else self._kept.find(index)
        if known is not None:
            self._done[index] = known[0]
            return
        self._gathered.append((index, block, draws(block, self._effort)))
        if len(self._gathered) >= self._together:
            self._send()

    def _send(self) -> None:
        if self._gathered:
            call = self._workers.submit(self._work, [(block, draw) for _, block, draw in self._gathered])
            self._waiting[call] = [index for index, _, _ in self._gathered]
            self._gathered = []

    @property
    def _busy(self) -> bool:
        """Whether there are as many blocks under way as are worth it."""
        under_way = sum(map(len, self._waiting.values())) + len(self._done) + len(self._raised)
        return under_way > self._workers.most * self._together

    def _ready(self, index: int) -> bool:
        return index in self._done or index in self._raised

    def _result(self, index: int) -> Any:
        while not self._ready(index):
            if not self._waiting:
                self._send()
            self._settle(self._workers.first_done(self._waiting))
        if index in self._raised:
            raise self._raised[index]
        return self._done.pop(index)

    def _settle(self, call: Any) -> None:
        """Take the results of a call that is done, and keep them."""
        indices = self._waiting.pop(call)
        try:
            seconds, found = self._workers.result(call)
        except BaseException as error:
            self._raised[indices[0]] = error
            return
        for index, one in zip(indices, found, strict=True):
            if self._kept is not None:
                self._kept.keep(index, one)
            self._done[index] = one
        if seconds < self._workers.least_seconds and len(indices) == self._together:
            self._together = min(2 * self._together, MAX_TOGETHER)


@dataclass(frozen=True)
class _Timed:
    """A call for several blocks: the seconds it took, and their results."""

    work: Callable[[Any, Draws], Any]

    def __call__(self, blocks: Sequence[tuple[Place, Draws]]) -> tuple[float, list[Any]]:
        start = perf_counter()
        found = [self.work(block, draw) for block, draw in blocks]
        return perf_counter() - start, found


def draws(place: Place, effort: Effort) -> Draws:
    """The worlds of a block's samples."""
    return Draws(place.replicate, place.start, max(effort.words, 1))
