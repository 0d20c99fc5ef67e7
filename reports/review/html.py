"""Reviews as one HTML page, each with the whole result of its story where there is one."""

from collections.abc import Sequence

from sensa.reports.file_paths import here
from sensa.reports.page.document import page
from sensa.reports.result.from_tree import answers
from sensa.reports.result.story_result import Since, StoryResult, source_of
from sensa.reports.review.markdown import standing
from sensa.reviewing.review import Review


def render(reviews: Sequence[Review]) -> str:
    """Render all reviews on one page."""
    return page([_result(review) for review in here(reviews)])


def _result(review: Review) -> StoryResult:
    found = review.result
    return StoryResult(
        review.file,
        review.exit_code,
        None if found is None else answers(found.tree),
        problems=review.problems,
        turned_off=review.turned_off,
        judgement=review.judgement,
        seconds=review.seconds,
        message=review.message,
        source=None if found is None else source_of(found.shown),
        since=Since(review.comparison, review.before, review.notes, review.serious),
        state=standing(review),
    )
