"""Reviews as JUnit XML: a suite for each story, a case for each property and one for its being right."""

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from sensa.properties.verdicts import Verdict
from sensa.reports.github import said
from sensa.reviewing import Review

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
PLAIN = "story"  # the case that says whether a story could be judged at all


def render(reviews: Sequence[Review]) -> str:
    """One document."""
    suites = "".join(_suite(review) for review in reviews)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="sensa">\n{suites}</testsuites>\n'


def _suite(review: Review) -> str:
    cases = [_story(review), *(_case(review, verdict) for verdict in review.judgement.verdicts)]
    kinds = {kind: sum(f"<{kind} " in case for case in cases) for kind in ("failure", "error", "skipped")}
    counts = (
        f'tests="{len(cases)}" failures="{kinds["failure"]}" errors="{kinds["error"]}" '
        f'skipped="{kinds["skipped"]}" time="{review.seconds:.3f}"'
    )
    return f"<testsuite name={_attribute(review.file)} {counts}>\n{''.join(cases)}</testsuite>\n"


def _story(review: Review) -> str:
    errors = [str(problem) for problem in review.problems if problem.severity == "error"]
    if errors or review.state in ("wrong", "error", "interrupted"):
        return _testcase(review, PLAIN, "error", review.state, "\n".join([*errors, review.message]).strip())
    if review.message:
        return _testcase(review, PLAIN, "error", review.state, review.message)
    return _testcase(review, PLAIN)


def _case(review: Review, verdict: Verdict) -> str:
    text = "\n".join(said(verdict, review.file))
    match verdict.status:
        case "pass":
            return _testcase(review, verdict.name)
        case "fail":
            kind = "failure" if verdict.severity == "error" else "skipped"
        case "undecided" | "vacuous":
            kind = "error"
        case _:
            kind = "skipped"
    return _testcase(review, verdict.name, kind, f"{verdict.status}: {verdict.require}", text)


def _testcase(review: Review, name: str, kind: str = "", message: str = "", text: str = "") -> str:
    opening = f"<testcase classname={_attribute(review.file)} name={_attribute(name)}"
    if not kind:
        return f"{opening}/>\n"
    return f"{opening}><{kind} message={_attribute(message)}>{escape(_clean(text))}</{kind}></testcase>\n"


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)
