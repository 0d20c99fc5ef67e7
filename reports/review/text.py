"""Reviews for a terminal: problems and verdicts, a line each, with counterexamples."""

from collections.abc import Iterator, Sequence

from sensa.reports.review import comparison_text
from sensa.reports.review import verdict_lines as judged
from sensa.reviewing.review import Review
from sensa.stories.problems import escaped


def render(reviews: Sequence[Review]) -> str:
    """Render all reviews, one after the other."""
    return "".join(f"{line}\n" for review in reviews for line in of_review(review))


def of_review(review: Review) -> Iterator[str]:
    """The lines of one story; the last one sums up."""
    for problem in review.problems:
        yield escaped(f"{problem}" + f" [warning: {problem.code}]" * (problem.severity == "warning"))
    for words in review.notes:
        yield f"note: {judged.shown(words, 400)}"
    yield from judged.lines(review.judgement, review.file, review.before)
    if any(verdict.certainty == "statistical" for verdict in review.judgement.verdicts):
        alpha = judged.number(review.judgement.alpha)
        yield f"Chance that any statistical verdict is wrong: at most {alpha}"
    if review.comparison is not None:
        yield ""
        yield from comparison_text.compared(review.comparison, review.file)
        yield ""
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
