"""What all workers in other processes share: calls that are sent again if their worker is lost."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from sensa.checkpoints.manifest import versions
from sensa.distributed.calls import Work
from sensa.sampling.workers import WorkersLost

LEAST_SECONDS = 0.1  # of a call
MAX_LOST = 10  # times that workers are lost in a row, without a call that is done between


@dataclass(eq=False)
class Call:
    """A call that was sent; `future` is that of the last time."""

    work: Work
    arguments: tuple[Any, ...]
    future: Any = None
    sent_to: int = 0  # the number of the pool, where a lost one is replaced


@dataclass
class Remote:
    """Workers that may be lost. Calls are pure, so one whose worker is lost is sent again."""

    most: int
    least_seconds: float = LEAST_SECONDS
    expected: dict[str, str] = field(default_factory=versions)
    lost: int = 0  # in all
    _in_a_row: int = 0
    _work: dict[int, tuple[Callable[..., Any], Work]] = field(default_factory=dict)

    def send(self, call: Call) -> Any:
        """Start a call anew; gives its future."""
        raise NotImplementedError

    def wait(self, futures: Collection[Any]) -> Collection[Any]:
        """Wait until some futures are done."""
        raise NotImplementedError

    def is_lost(self, future: Any) -> bool:
        """Whether a future that is done has no result because its worker was lost."""
        raise NotImplementedError

    def recover(self, lost: Collection[Call]) -> bool:
        """Prepare for lost calls to be sent again; whether they were lost since the last time."""
        return True

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Call:
        """Start a call."""
        known = self._work.get(id(work))
        if known is None or known[0] is not work:
            self._work = {id(work): (work, Work.of(work))}
        call = Call(self._work[id(work)][1], arguments)
        call.future = self.send(call)
        return call

    def first_done(self, waiting: Collection[Call]) -> Call:
        """Wait until one of these calls is done. Raises `WorkersLost` if none is, however often sent."""
        while True:
            done = self.wait([call.future for call in waiting])
            lost = [call for call in waiting if call.future in done and self.is_lost(call.future)]
            finished = next((call for call in waiting if call.future in done and call not in lost), None)
            if finished is not None:
                self._in_a_row = 0
                return finished
            if self.recover(lost):
                self.lost += 1
                self._in_a_row += 1
            if self._in_a_row > MAX_LOST:
                raise WorkersLost(f"workers were lost {MAX_LOST} times without finishing a block")
            for call in lost:
                call.future = self.send(call)

    def result(self, done: Call) -> Any:
        """What a call returned."""
        return done.future.result()
