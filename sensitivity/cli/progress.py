"""A progress bar on standard error, if that is a terminal and the run takes a while."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import rich.progress

MIN_SHOWN_SECONDS = 0.5  # shorter runs show nothing


class ShownProgress:
    """A callback `(what, share)` for `sensa.pipeline`, and a context that clears the line at its end."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted and sys.stderr is not None and sys.stderr.isatty()
        self._start = time.monotonic()
        self._bar: rich.progress.Progress | None = None
        self._task: rich.progress.TaskID | None = None

    def __call__(self, what: str, share: float) -> None:
        """Show `what`, done to a share between 0 and 1."""
        if not self._wanted or time.monotonic() - self._start < MIN_SHOWN_SECONDS:
            return
        if self._bar is None or self._task is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            # No estimate of the time left: shares are of one task after another.
            shown = (TextColumn("{task.description}"), BarColumn())
            self._bar = Progress(*shown, console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(what, total=1.0)
        self._bar.update(self._task, description=what.replace("_", " "), completed=min(max(share, 0.0), 1.0))

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
