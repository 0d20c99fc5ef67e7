"""Reviews as JUnit XML: a suite for each story, a case for each property and one for the story itself.

A failure is a property that fails; an error is one that is undecided or vacuous, an invalid story, or an
internal error; skipped is a property that is waived, inactive, or only a warning.
"""

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from sensa.properties.verdicts import Verdict
from sensa.reports.file_paths import here, relative
from sensa.reports.review import text as review_text
from sensa.reports.review import verdict_lines as judged
from sensa.reviewing.review import LOST, Review
from sensa.stories.problems import Place

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
PLAIN = "the story"  # the case that says whether a story could be judged at all
KINDS = ("failure", "error", "skipped")
RED = {"fail": "failure", "undecided": "error", "vacuous": "error"}


def render(reviews: Sequence[Review]) -> str:
    """Render all reviews as one document."""
    suites = [_suite(review) for review in here(reviews)]
    counts = _counts([case for cases, _ in suites for case in cases], sum(r.seconds for r in reviews))
    body = "".join(suite for _, suite in suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="sensa"{counts}>\n{body}</testsuites>\n'


def _suite(review: Review) -> tuple[list[tuple[str, str]], str]:
    """The cases, each with its kind, and the suite."""
    counted = _counted(review)
    cases = [_case(review, verdict, counted) for verdict in review.judgement.verdicts]
    cases.insert(0, _story(review, any(kind in ("failure", "error") for kind, _ in cases)))
    body = "".join(case for _, case in cases)
    whole = escape(_clean("\n".join(review_text.of_review(review))))
    return cases, (
        f"<testsuite name={_attribute(review.file)}{_counts(cases, review.seconds)}>\n"
        f"{body}<system-out>{whole}</system-out>\n</testsuite>\n"
    )


def _counts(cases: Sequence[tuple[str, str]], seconds: float) -> str:
    failures, errors, skipped = (sum(kind == one for kind, _ in cases) for one in KINDS)
    return (
        f' tests="{len(cases)}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
        f' time="{seconds:.3f}"'
    )


def _counted(review: Review) -> frozenset[str]:
    """The severities that count: warnings too if nothing else explains the exit code."""
    red = {verdict.severity for verdict in review.judgement.verdicts if verdict.status in RED}
    both = review.state in ("failed", "undecided") and "error" not in red
    return frozenset(("error", "warning") if both else ("error",))


def _story(review: Review, explained: bool) -> tuple[str, str]:
    """The case of the story itself; it explains the exit code if no property does."""
    errors = [str(problem) for problem in review.problems if problem.severity == "error"]
    words = "\n".join([*errors, review.message]).strip()
    place = Place(review.file, 1, 1)
    if errors or review.message or review.state in ("wrong", "error", "interrupted"):
        return _testcase(review, PLAIN, place, "error", review.message or review.state, words)
    if review.exit_code and not explained:
        warnings = "\n".join(str(problem) for problem in review.problems)
        return _testcase(review, PLAIN, place, "failure", "warnings count as errors", warnings)
    lost = "\n".join(str(problem) for problem in review.problems if problem.code in LOST)
    if lost:
        return _testcase(review, PLAIN, place, "skipped", "no longer checked", lost)
    return _testcase(review, PLAIN, place)


def _case(review: Review, verdict: Verdict, counted: frozenset[str]) -> tuple[str, str]:
    if verdict.status == "pass":
        return _testcase(review, verdict.name, verdict.place)
    kind = RED.get(verdict.status, "skipped") if verdict.severity in counted else "skipped"
    message = f"{verdict.status}: {verdict.require}"
    lines = "\n".join(judged.said(verdict, review.file))
    return _testcase(review, verdict.name, verdict.place, kind, message, lines)


def _testcase(
    review: Review, name: str, place: Place, kind: str = "", message: str = "", text: str = ""
) -> tuple[str, str]:
    seconds = review.seconds if name == PLAIN else 0.0
    where = f'file={_attribute(relative(place.file))} line="{place.line}" time="{seconds:.3f}"'
    opening = f"<testcase classname={_attribute(review.file)} name={_attribute(name)} {where}"
    if not kind:
        return "", f"{opening}/>\n"
    of = "" if kind == "skipped" else f" type={_attribute(message.partition(':')[0])}"
    said = f"<{kind} message={_attribute(message)}{of}>{escape(_clean(text))}</{kind}>"
    return kind, f"{opening}>{said}</testcase>\n"


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    """Replace characters that XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)
