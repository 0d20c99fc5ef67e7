"""The optional parts of a review, as far as there is time for them."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar

from sensa.interrupts import TimeUp

T = TypeVar("T")


@dataclass
class Later:
    """Runs work while there is time; the message lists what was left out."""

    end: float  # of `time.monotonic`
    left_out: list[str] = field(default_factory=list)

    def __call__(self, what: str, work: Callable[[], T], otherwise: T) -> T:
        """The result of the work, or `otherwise` if there is no time for it."""
        if monotonic() < self.end and not self.left_out:
            with suppress(TimeUp):
                return work()
        self.left_out.append(what)
        return otherwise

    @property
    def message(self) -> str:
        """The message about what was left out."""
        return f"the time was up; left out: {', '.join(self.left_out)}" if self.left_out else ""
