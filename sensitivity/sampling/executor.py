"""The loop over (replicate, block) that all sampling uses."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from sensa.engines.protocol import Draws
from sensa.kernels.program import Floats
from sensa.sampling.budget import Effort
from sensa.sampling.parameters import Block
from sensa.sampling.settings import Progress, no_progress


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


ONE_PASS = Effort(1, 1)  # of work that draws nothing by its effort
P = TypeVar("P", bound=Place)
T = TypeVar("T")


@dataclass(frozen=True)
class Executor:
    """Iterates over blocks in order, whatever finishes first; an interrupt stops it between two blocks.

    Nothing is kept: memory holds only a block and its result for each thread.
    """

    progress: Progress = no_progress
    threads: int = 1

    def map(
        self,
        work: Callable[[P, Draws], T],
        blocks: Iterable[P],
        effort: Effort = ONE_PASS,
        *,
        what: str = "",
        share: Callable[[P], float] | None = None,
    ) -> Iterator[tuple[P, T]]:
        """The results of `work` for each block and its worlds, in order.

        `what` and `share`, the completed share after a block, are reported as progress if given.
        """
        for block, found in self._in_order(work, blocks, effort):
            yield block, found
            if share is not None:
                self.progress(what, share(block))

    def _in_order(
        self, work: Callable[[P, Draws], T], blocks: Iterable[P], effort: Effort
    ) -> Iterator[tuple[P, T]]:
        if self.threads == 1:
            for block in blocks:
                yield block, work(block, draws(block, effort))
            return
        with ThreadPoolExecutor(self.threads) as pool:
            waiting: deque[tuple[P, Future[T]]] = deque()
            for block in blocks:
                waiting.append((block, pool.submit(work, block, draws(block, effort))))
                if len(waiting) > self.threads:
                    first, future = waiting.popleft()
                    yield first, future.result()
            for first, future in waiting:
                yield first, future.result()

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


def draws(place: Place, effort: Effort) -> Draws:
    """The worlds of a block's samples."""
    return Draws(place.replicate, place.start, max(effort.words, 1))
