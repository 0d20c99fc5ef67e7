"""The reviews of many stories, in their order: by this process, and by further ones once that pays."""

import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Literal

from sensa import processors
from sensa.cli.check_story import Wanted, failed_review, reviewed_or_failed
from sensa.cli.exit_codes import Code
from sensa.cli.failing import failure, report
from sensa.cli.standard_input import STDIN
from sensa.cli.terminal import note
from sensa.reviewing.review import Review

if TYPE_CHECKING:
    from sensa.engines.protocol import Draws

# With this many stories left after this many seconds, loading compiled code pays off.
MIN_STORIES_LEFT, MIN_SECONDS_SPENT = 20, 1.5
# With this many seconds of work left, as far as the stories since the first show it, further processes do.
MIN_SECONDS_LEFT, MIN_STORIES_DONE = 3.0, 3
STREAMS = ("/dev", "/proc")  # folders whose files are others in another process


@dataclass(frozen=True)
class Checks:
    """How each of some stories is checked."""

    wanted: Wanted
    cached: bool
    verbose: bool

    def reviews(self, files: Sequence[str]) -> Iterator[Review]:
        """The review of each story; an interrupted one is the last."""
        start = first = monotonic()
        alone = processors.count() < 2 or not all(map(_the_same_elsewhere, self._read(files)))
        for done, file in enumerate(files):
            now, left = monotonic(), len(files) - done
            seconds_left = left * (now - first) / max(done - 1, 1)
            if not alone and done >= MIN_STORIES_DONE and seconds_left >= MIN_SECONDS_LEFT:
                yield from self._by_processes(files[done:])
                return
            if left >= MIN_STORIES_LEFT and now - start > MIN_SECONDS_SPENT:
                _load_compiled_code()
            try:
                made = self.review(file)
            except KeyboardInterrupt:
                made = interrupted(file)
            yield made
            if made.state == "interrupted":
                return
            if not done:
                first = monotonic()

    def review(self, file: str) -> Review:
        """The review of a story; a failure is reported, and becomes a review too."""
        report_failure = partial(report, file=file, verbose=self.verbose)
        return reviewed_or_failed(file, self.wanted, cached=self.cached, report_failure=report_failure)

    def _read(self, files: Sequence[str]) -> list[str]:
        """All files that are read."""
        return [*files, *filter(None, [self.wanted.properties])]

    def _by_processes(self, files: Sequence[str]) -> Iterator[Review]:
        from sensa.distributed.processes import Processes
        from sensa.sampling.executor import Executor
        from sensa.sampling.workers import WorkersLost

        if _START == "fork":
            _load_compiled_code()
        with Processes(min(processors.count(), len(files)), _START) as workers:
            places = [_Place(0, index, file) for index, file in enumerate(files)]
            found = Executor(workers=workers).map(partial(_review_apart, self), places)
            for index, file in enumerate(files):
                try:
                    _, (made, said) = next(found)
                except KeyboardInterrupt:
                    yield interrupted(file)
                    return
                except WorkersLost as error:
                    lost = failure(error)
                    report(lost, file, verbose=self.verbose)
                    yield from (failed_review(one, lost) for one in files[index:])
                    return
                if said:
                    note(said)
                yield made


@dataclass(frozen=True)
class _Place:
    """A story as a block of the executor's loop."""

    replicate: int
    start: int
    file: str


# A forked process has loaded everything already; a new one takes a second for that.
_START: Literal["fork", "spawn"] = "fork" if sys.platform == "linux" else "spawn"


def interrupted(file: str) -> Review:
    """The review of a story whose check was interrupted."""
    return Review(file, "", "", "interrupted", Code.INTERRUPTED, "interrupted")


def _review_apart(checks: Checks, place: _Place, draws: "Draws") -> tuple[Review, str]:
    """The review of a story in a process of its own, and what was said there."""
    _load_compiled_code()
    with redirect_stderr(io.StringIO()) as said:
        made = checks.review(place.file)
    return made, said.getvalue().rstrip("\n")


def _load_compiled_code() -> None:
    from sensa.engines.exact.order_search import expect_much

    expect_much()


def _the_same_elsewhere(file: str) -> bool:
    """Whether another process finds the same under this name, as often as it looks."""
    place = os.path.abspath(file)
    return file != STDIN and os.path.isfile(place) and not place.startswith(STREAMS)
