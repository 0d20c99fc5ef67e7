"""Whether the logs beside a story are those that were counted, and give the counts that it states."""

from collections.abc import Iterator
from typing import NamedTuple

from sensa.evidence.counting import Count, count
from sensa.evidence.files import digest, located
from sensa.evidence.refusal import LogError
from sensa.stories.counts import COUNTED_KEYS, is_counted
from sensa.stories.problems import Path, Problem, path_text, quoted
from sensa.stories.schema.bookkeeping import Evidence
from sensa.stories.story import Story

CLOSE = 1e-9  # of shares of runs, added up
REFRESH = "look at it, then `sensa evidence refresh` counts it again"


class Agreement(NamedTuple):
    """The warnings about logs, and how many of them are not there to be checked."""

    problems: tuple[Problem, ...]
    logs: int
    missing: int

    @property
    def note(self) -> str:
        """What was not checked; empty if all logs were."""
        if not self.missing:
            return ""
        which = (
            "the evaluation log is"
            if self.logs == 1
            else f"{self.missing} of {self.logs} evaluation logs are"
        )
        return f"{which} not here to be checked"


NO_LOGS = Agreement((), 0, 0)


def agreement(story: Story) -> Agreement:
    """Compare the counts of a story in a file with the logs beside it, as far as they are there.

    A log counts as changed if its SHA-256 is not the one that was counted. One that is the same is counted
    again, so that counts which were changed by hand are found too.
    """
    logs = missing = 0
    problems: list[Problem] = []
    for path, item in entries(story):
        logs += 1
        try:
            problems += _problems(story, path, item)
        except FileNotFoundError:
            missing += 1
        except LogError as error:
            problems.append(_warning(story, "refused-log", path, f"{quoted(item.log)} {error}"))
    return Agreement(tuple(problems), logs, missing)


def entries(story: Story) -> Iterator[tuple[Path, Evidence]]:
    """Every entry of evidence with a log, with its path."""
    for table in COUNTED_KEYS:
        for name, model in getattr(story.document, table).items():
            for index, item in enumerate(model.evidence):
                if item.log:
                    yield (table, name, "evidence", index), item


def _problems(story: Story, path: Path, item: Evidence) -> Iterator[Problem]:
    if item.sha256 and digest(located(story.file, item.log)) != item.sha256:
        message = f"{quoted(item.log)} has changed since it was counted"
        yield _warning(story, "changed-log", path, message, REFRESH)
        return
    found = count(story.file, item)
    if is_counted(item) and item.sha256 and not _agree(found, item):
        message = f"{quoted(item.log)} gives {_said(found)}, not {_said(item)}"
        yield _warning(story, "miscounted-log", path, message, REFRESH)


def _agree(found: Count, item: Evidence) -> bool:
    close = abs(found.held - (item.held or 0.0)) <= CLOSE * max(found.trials, 1)
    return close and found.trials == item.trials and found.unscored == (item.unscored or 0)


def _said(of: Count | Evidence) -> str:
    """`298 of 300`, and how many are unscored."""
    return f"{of.held:g} of {of.trials:g}" + (f" with {of.unscored} unscored" if of.unscored else "")


def _warning(story: Story, code: str, path: Path, message: str, fix: str | None = None) -> Problem:
    return Problem(code, "warning", story.place(path), path_text(path), message, fix)
