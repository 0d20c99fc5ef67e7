"""Reviews as SARIF 2.1.0 (OASIS): problems and verdicts at their lines, with fingerprints that last."""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sensa.reports import judged
from sensa.reports.github import said
from sensa.reviewing import Review
from sensa.stories.codes import CODES
from sensa.stories.problems import Place, Problem
from sensa.version import __version__

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RUN_CODES = {"not-answered": "a story that could not be judged"}


def render(reviews: Sequence[Review]) -> str:
    """One run of the tool."""
    results = [result for review in reviews for result in _results(review)]
    rules = _rules(reviews, {result["ruleId"] for result in results})
    for result in results:
        result["ruleIndex"] = next(i for i, rule in enumerate(rules) if rule["id"] == result["ruleId"])
    driver = {"name": "sensa", "semanticVersion": __version__, "version": __version__, "rules": rules}
    failed = any(review.exit_code in (4, 130) for review in reviews)
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not failed}],
        "results": results,
    }
    return (
        json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, allow_nan=False) + "\n"
    )


def _rules(reviews: Sequence[Review], used: set[str]) -> list[dict[str, Any]]:
    """Every rule that a result names, with what it means."""
    told = {code: meaning for code, (_, meaning) in CODES.items()} | RUN_CODES
    for review in reviews:
        for verdict in review.judgement.verdicts:
            told.setdefault(f"property/{verdict.name}", verdict.claim or verdict.require)
    return [
        {
            "id": rule,
            "shortDescription": {"text": told.get(rule, rule)},
            "helpUri": "https://pypi.org/project/sensa-stories/",
        }
        for rule in sorted(used)
    ]


def _results(review: Review) -> Iterator[dict[str, Any]]:
    if review.state in ("error", "interrupted") or (review.message and not review.problems):
        place = Place(review.file, 1, 1)
        yield _result("not-answered", "error", review.message or review.state, place, review.state)
    for problem in review.problems:
        yield _problem(problem)
    for verdict in review.judgement.verdicts:
        if verdict.status in ("pass", "inactive"):
            continue
        level = "error" if verdict.severity == "error" and verdict.status != "waived" else "warning"
        parts = verdict.nearest.name if verdict.nearest is not None else verdict.status
        text = "\n".join(said(verdict, review.file))
        result = _result(f"property/{verdict.name}", level, text, verdict.place, parts)
        if verdict.status == "waived":
            reasons = "; ".join(use.reason for use in verdict.waivers if use.standing == "used")
            result["suppressions"] = [
                {"kind": "inSource", "status": "accepted", "justification": judged.shown(reasons)}
            ]
        yield result


def _problem(problem: Problem) -> dict[str, Any]:
    text = problem.message + (f" ({problem.fix})" if problem.fix else "")
    return _result(problem.code, problem.severity, text, problem.place, f"{problem.path}\n{problem.message}")


def _result(rule: str, level: str, text: str, place: Place, mark: str) -> dict[str, Any]:
    fingerprint = sha256(f"{rule}\n{_uri(place.file)}\n{mark}".encode()).hexdigest()[:32]
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(place.file)},
                    "region": {"startLine": place.line, "startColumn": place.column},
                }
            }
        ],
        "partialFingerprints": {"sensa/v1": fingerprint},
    }


def _uri(file: str) -> str:
    """A path relative to the working directory, as a URI; of one outside it, the name alone."""
    path = Path(file)
    if path.is_absolute():
        path = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else Path(path.name)
    return quote(path.as_posix())
