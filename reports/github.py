"""Reviews as annotations of GitHub: workflow commands, at most ten, the worst first."""

from collections.abc import Iterator, Sequence

from sensa.properties.verdicts import Verdict
from sensa.reports import judged
from sensa.reviewing import Review
from sensa.stories.problems import Place

MOST = 10
LEVELS = ("error", "warning", "notice")


def render(reviews: Sequence[Review]) -> str:
    """The annotations, and after them how many there are no place for."""
    found = sorted((one for review in reviews for one in _of(review)), key=lambda one: LEVELS.index(one[0]))
    lines = [_command(*one) for one in found[:MOST]]
    if len(found) > MOST:
        lines[-1:] = [_command("notice", None, "sensa", f"{len(found) - MOST + 1} more are not shown here")]
    return "".join(f"{line}\n" for line in lines)


def _of(review: Review) -> Iterator[tuple[str, Place | None, str, str]]:
    if review.state in ("error", "interrupted") or (review.message and not review.problems):
        yield "error", Place(review.file, 1, 1), "sensa", review.message or review.state
    for verdict in review.judgement.verdicts:
        if verdict.status in ("fail", "undecided", "vacuous"):
            level = "error" if verdict.severity == "error" else "warning"
            yield (
                level,
                verdict.place,
                f"{verdict.name}: {verdict.status}",
                "\n".join(said(verdict, review.file)),
            )
    for problem in review.problems:
        text = problem.message + (f" ({problem.fix})" if problem.fix else "")
        yield problem.severity, problem.place, problem.code, text
    for use in review.judgement.waivers:
        if use.standing in ("lapsed", "exceeded"):
            yield "warning", use.place, "waiver", judged.waiver(use)


def said(verdict: Verdict, file: str) -> list[str]:
    """A verdict in lines, without its mark."""
    first, *rest = judged.of_verdict(verdict, file)
    return [first[2:].strip(), *(line.strip() for line in rest)]


def _command(level: str, place: Place | None, title: str, text: str) -> str:
    where = "" if place is None else f"file={_property(place.file)},line={place.line},col={place.column},"
    return f"::{level} {where}title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
