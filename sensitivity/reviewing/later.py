"""What a review says beside the verdicts, as far as there is time for it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar

from sensa.interrupts import TimeUp

T = TypeVar("T")


@dataclass
class Later:
    """What is done while there is time for it; what there was none for is told in the message."""

    end: float  # of `time.monotonic`
    left_out: list[str] = field(default_factory=list)

    def __call__(self, what: str, work: Callable[[], T], otherwise: T) -> T:
        """What the work gives, or else something that says nothing."""
        if monotonic() < self.end and not self.left_out:
            with suppress(TimeUp):
                return work()
        self.left_out.append(what)
        return otherwise

    @property
    def message(self) -> str:
        """What was left out."""
        return f"the time was up; left out: {', '.join(self.left_out)}" if self.left_out else ""
