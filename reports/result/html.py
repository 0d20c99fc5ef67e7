"""Results as one HTML page; see `sensa.reports.page`."""

from collections.abc import Sequence

from sensa.reports.layout import Paper
from sensa.reports.page.document import page
from sensa.reports.result.story_result import StoryResult


def part(result: StoryResult, paper: Paper, *, everything: bool = False) -> StoryResult:
    """One story of a run: the page is laid out when all of them are there."""
    return result


def whole(parts: Sequence[StoryResult], exit_code: int) -> str:
    """All stories of a run on one page; `exit_code` is not shown."""
    return page(parts)
