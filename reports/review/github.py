"""Reviews as GitHub annotations: at most ten workflow commands, the worst first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sensa.reports.file_paths import here, relative
from sensa.reports.review import verdict_lines as judged
from sensa.reviewing.review import Review
from sensa.stories.problems import Place, escaped

MAX_ANNOTATIONS = 10  # GitHub shows no more for a step
NOT_PASSED = {
    "failed": "a warning fails this check, because of `--fail-on`",
    "undecided": "a property is undecided, which does not pass",
    "wrong": "the story cannot be used",
}  # why a review without an error does not pass
LEVELS = ("error", "warning", "notice")


@dataclass(frozen=True)
class Annotation:
    """An annotation of a line."""

    level: str
    rank: int  # within a level; the lowest is the worst
    place: Place | None
    title: str
    lines: tuple[str, ...]


def render(reviews: Sequence[Review]) -> str:
    """Render the annotations; the last of the ten counts those that do not fit."""
    notes = dict.fromkeys(words for review in reviews for words in review.notes)
    found = [Annotation("warning", 0, None, "sensa", (words,)) for words in notes]
    found += [one for review in here(reviews) for one in _with_reason(review)]
    found.sort(key=lambda one: (LEVELS.index(one.level), one.rank))
    if len(found) > MAX_ANNOTATIONS:
        rest = f"{len(found) - MAX_ANNOTATIONS + 1} more are not shown here"
        found[MAX_ANNOTATIONS - 1 :] = [Annotation("notice", 0, None, "sensa", (rest,))]
    return "".join(f"{_command(one)}\n" for one in found)


def _with_reason(review: Review) -> list[Annotation]:
    """The annotations of a review, with an error if it does not pass: a failed job says why."""
    found = list(_of(review))
    reason = NOT_PASSED.get(review.state)
    if reason is not None and not any(one.level == "error" for one in found):
        found.append(Annotation("error", 5, Place(review.file, 1, 1), "sensa", (reason,)))
    return found


def _of(review: Review) -> Iterator[Annotation]:
    if review.state in ("error", "interrupted") or (review.message and not review.problems):
        words = (review.message or review.state,)
        yield Annotation("error", 0, Place(review.file, 1, 1), "sensa", words)
    for problem in review.problems:
        words = (problem.message + (f" ({problem.fix})" if problem.fix else ""),)
        rank = 1 if problem.severity == "error" or problem in review.serious else 6
        yield Annotation(problem.severity, rank, problem.place, problem.code, words)
    earlier = judged.was(review.judgement, review.before)
    for verdict in review.judgement.verdicts:
        if verdict.status in ("fail", "undecided", "vacuous"):
            rank = 2 if verdict.status == "fail" else 3
            title = f"{verdict.name}: {verdict.status}"
            lines = tuple(judged.said(verdict, review.file))
            yield Annotation(verdict.severity, rank, verdict.place, title, lines)
        elif verdict.status == "waived" and verdict.name in earlier:
            lines = tuple(judged.said(verdict, review.file))
            yield Annotation("notice", 5, verdict.place, f"{verdict.name}: waived now", lines)
    reported = any(problem.code == "waiver-lapsed" for problem in review.problems)
    for use in review.judgement.waivers:
        if use.standing == "exceeded" or (use.standing == "lapsed" and not reported):
            yield Annotation("warning", 4, use.place, f"waiver: {use.standing}", (judged.waiver(use),))


def _command(one: Annotation) -> str:
    """One line, whatever the texts contain, escaped so that the runner reads it back."""
    where = ""
    if one.place is not None:
        file = _property(escaped(relative(one.place.file)))
        where = f"file={file},line={one.place.line},col={one.place.column},"
    text = _data("\n".join(map(escaped, one.lines)))
    return f"::{one.level} {where}title={_property(escaped(one.title))}::{text}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
