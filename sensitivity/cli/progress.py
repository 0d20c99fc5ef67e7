"""Progress on standard error: a bar on a terminal if the run takes a while, lines in a log if wanted."""

import sys
import time
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sensa.cli.terminal import note

if TYPE_CHECKING:
    import rich.progress

MIN_SHOWN_SECONDS = 0.5  # shorter runs show nothing
LOG_SECONDS = 30.0  # between two lines in a log
RATE_SECONDS = 60.0  # over which a rate is computed: what came from a store is forgotten soon

STEP_SECONDS = 0.1  # between two shares that are remembered


class ShownProgress:
    """A callback `(what, share)` for `sensa.pipeline`, and a context that clears the line at its end.

    With `of`, the number of things that are all of the work, it shows how many are done, their rate and the
    time left; then, or with `logged`, there are lines where there is no terminal. Nothing is shown before
    `patience` seconds, which helps where the first call is followed by one that takes long.
    """

    def __init__(
        self,
        *,
        wanted: bool,
        of: int | None = None,
        things: str = "",
        logged: bool = False,
        patience: float | None = None,
    ) -> None:
        terminal = sys.stderr is not None and sys.stderr.isatty()
        self._wanted, self._logged = (
            wanted and terminal,
            wanted and not terminal and (logged or of is not None),
        )
        self._of, self._things = of, things
        self._patience = MIN_SHOWN_SECONDS if patience is None else patience
        self._start = self._last = time.monotonic()
        self._pace = Pace()
        self._bar: rich.progress.Progress | None = None
        self._task: rich.progress.TaskID | None = None

    def __call__(self, what: str, share: float) -> None:
        """Show `what`, done to a share between 0 and 1."""
        now = time.monotonic()
        self._pace.add(what, now, share)
        if self._logged and now - self._last >= LOG_SECONDS:
            self._last = now
            note(self._said(what, share))
        if not self._wanted or now - self._start < self._patience:
            return
        if self._bar is None or self._task is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            # No estimate of the time left where shares are of one task after another.
            shown = (TextColumn("{task.description}"), BarColumn())
            self._bar = Progress(*shown, console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(what, total=1.0)
        said = what.replace("_", " ") if self._of is None else self._said(what, share)
        self._bar.update(self._task, description=said, completed=min(max(share, 0.0), 1.0))

    def _said(self, what: str, share: float) -> str:
        """How much is done, how fast, and how long the rest will take."""
        rate = self._pace.rate
        if self._of is None:
            said = f"{what.replace('_', ' ')}: {100 * share:.0f} %"
        else:
            said = f"{round(share * self._of):,} of {self._of:,} {self._things}"
            said += f", {rate * self._of:,.3g} a second" if rate else ""
        return said + (f", {duration((1 - share) / rate)} left" if rate else "")

    def __enter__(self) -> Self:
        """Start."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Clear the line."""
        if self._bar is not None:
            self._bar.stop()


class Pace:
    """The share of a task that is done in a second, over the last minute."""

    def __init__(self) -> None:
        self._what = ""
        self._seen: deque[tuple[float, float]] = deque()

    def add(self, what: str, now: float, share: float) -> None:
        """Take note of what is done now; another task starts anew."""
        if what != self._what:
            self._what, self._seen = what, deque()
        if len(self._seen) > 1 and now - self._seen[-2][0] < STEP_SECONDS:
            self._seen.pop()
        self._seen.append((now, share))
        while len(self._seen) > 2 and now - self._seen[1][0] >= RATE_SECONDS:
            self._seen.popleft()

    @property
    def rate(self) -> float:
        """The share a second; 0 if it is not known yet."""
        if len(self._seen) < 2:
            return 0.0
        (before, first), (now, last) = self._seen[0], self._seen[-1]
        return max(last - first, 0.0) / (now - before) if now > before else 0.0


def duration(seconds: float) -> str:
    """A time in its two largest units: `40 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    whole = max(round(seconds), 0)
    sizes = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts = []
    for unit, size in sizes:
        count, whole = divmod(whole, size)
        parts.append((count, unit))
    first = next((i for i, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count or unit == "s")
