"""Reviews for a terminal: problems and verdicts, a line each, with counterexamples."""

from collections.abc import Iterator, Sequence

from sensa.reports.layout import SCROLL, Paper
from sensa.reports.review import comparison_text
from sensa.reports.review import verdict_lines as judged
from sensa.reviewing.review import Review
from sensa.stories.problems import escaped


def render(reviews: Sequence[Review], paper: Paper = SCROLL) -> str:
    """Render all reviews, one after the other, in lines of at most `paper.width` columns.

    Only what must be copied whole, a word of a command, may be longer.
    """
    return "".join(f"{line}\n" for review in reviews for line in of_review(review, paper))


def of_review(review: Review, paper: Paper = SCROLL) -> Iterator[str]:
    """The lines of one story; the last one sums up."""
    for line in _head(review):
        yield from judged.wrapped(line, paper.width)
    if review.comparison is not None:
        yield ""
        yield from comparison_text.compared(review.comparison, review.file, paper=paper)
        yield ""
    for line in _foot(review):
        yield from judged.wrapped(line, paper.width)


def _head(review: Review) -> Iterator[str]:
    """Problems and verdicts."""
    for problem in review.problems:
        yield judged.warning(problem) if problem.severity == "warning" else escaped(str(problem))
    for words in review.notes:
        yield f"note: {judged.shown(words, 400)}"
    yield from judged.lines(review.judgement, review.file, review.before)
    if any(verdict.certainty == "statistical" for verdict in review.judgement.verdicts):
        alpha = judged.number(review.judgement.alpha)
        yield f"Chance that any statistical verdict is wrong: at most {alpha}"


def _foot(review: Review) -> Iterator[str]:
    """Why there is no answer, and the sum."""
    if review.message:
        yield f"{escaped(review.file)}: {judged.shown(review.message)}"
    yield f"{summary(review)} in {escaped(review.file)}"


def summary(review: Review) -> str:
    """`2 errors, 1 warning, 3 pass, 1 fails`, or `nothing wrong`."""
    said = []
    for severity in ("error", "warning"):
        n = sum(problem.severity == severity for problem in review.problems)
        if n:
            said.append(f"{n} {severity}" if n == 1 else f"{n} {severity}s")
    if review.turned_off:
        said.append(f"{review.turned_off} turned off")
    if review.judgement.verdicts:
        said.append(judged.counts(review.judgement))
    if review.state in ("error", "undecided", "interrupted") and not review.judgement.verdicts:
        said.append(review.state)
    return ", ".join(said) or ("nothing wrong" if review.exit_code == 0 else review.state)
