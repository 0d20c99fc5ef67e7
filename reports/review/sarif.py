"""Reviews as SARIF 2.1.0 (OASIS): problems and verdicts at their lines, with stable fingerprints.

Properties that pass or are inactive are rules without results. A waived property is a suppressed result with
the reason of its waiver. An undecided or vacuous one is a result like a failing one, so that a pipeline that
counts results never takes it for a pass. Fingerprints are made of the property and its minimal set, or of the
code and the key of a problem, so they stay the same when lines and numbers move.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from sensa.properties.verdicts import Verdict
from sensa.reports.file_paths import here, uri
from sensa.reports.markdown_escape import code, text
from sensa.reports.review import verdict_lines as judged
from sensa.reviewing.review import Review
from sensa.stories.codes import CODES
from sensa.stories.problems import Place, Problem, cut, escaped
from sensa.version import __version__

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
NOT_ANSWERED = "not-answered"
MAX_HELP_CHARACTERS = 1000
MAX_OF_A_NAME = 10  # properties of one name may differ between stories


def render(reviews: Sequence[Review]) -> str:
    """Render all reviews as one run of the tool."""
    reviews = here(reviews)
    results = [result for review in reviews for result in _results(review)]
    rules = _rules(reviews, {result["ruleId"] for result in results})
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    for result in results:
        result["ruleIndex"] = index[result["ruleId"]]
    driver = {
        "name": "sensa",
        "semanticVersion": __version__,
        "version": __version__,
        "rules": rules,
    }
    failed = any(review.exit_code in (4, 130) for review in reviews)
    noted = dict.fromkeys(words for review in reviews for words in review.notes)
    notifications = [{"level": "note", "message": {"text": _plain(words)}} for words in noted]
    notes = {"toolConfigurationNotifications": notifications} if notifications else {}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "Where sensa was run: the repository."}}},
        "invocations": [{"executionSuccessful": not failed} | notes],
        "results": results,
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _rules(reviews: Sequence[Review], used: set[str]) -> list[dict[str, Any]]:
    """Rules for every code in the results and every property, with their meanings."""
    meanings = {NOT_ANSWERED: ("error", "a story that could not be judged")} | CODES
    rules = [_rule(name, meanings[name][1], meanings[name][0]) for name in sorted(used & meanings.keys())]
    rules += [
        _rule(name, name, "error") for name in sorted(used - meanings.keys()) if name[:9] != "property/"
    ]
    properties: dict[str, list[Verdict]] = {}
    for review in reviews:
        for verdict in review.judgement.verdicts:
            properties.setdefault(_property(verdict), []).append(verdict)
    return rules + [_property_rule(name, properties[name]) for name in sorted(properties)]


def _rule(name: str, meaning: str, severity: str) -> dict[str, Any]:
    return {
        "id": name,
        "shortDescription": {"text": meaning},
        "help": {"text": f"{meaning}; `{name}` in docs/codes.md"},
        "defaultConfiguration": {"level": severity},
        "properties": {"tags": ["story"]},
    }


def _property_rule(name: str, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The rule of a property; it lists all variants if stories define the name differently."""
    first = verdicts[0]
    required = list(dict.fromkeys(f"{one.require}{judged.at(one)}" for one in verdicts))[:MAX_OF_A_NAME]
    claims = list(dict.fromkeys(one.claim for one in verdicts if one.claim))[:MAX_OF_A_NAME]
    lines = [*(f"Required: {one}" for one in required), *(f"Claimed: {one}" for one in claims)]
    marked = "".join(f"- {code(one, 400)}\n" for one in required)
    marked += "".join(f"\n{text(one, 400)}\n" for one in claims)
    return {
        "id": name,
        "name": _plain(first.name),
        "shortDescription": {"text": _plain("; ".join(claims or required))},
        "fullDescription": {"text": _plain("; ".join(required))},
        "help": {"text": "\n".join(map(_plain, lines)), "markdown": f"Required of the story:\n\n{marked}"},
        "defaultConfiguration": {"level": first.severity},
        "properties": {"tags": ["property"]},
    }


def _results(review: Review) -> Iterator[dict[str, Any]]:
    if review.state in ("error", "interrupted") or (review.message and not review.problems):
        place = Place(review.file, 1, 1)
        yield _result(NOT_ANSWERED, "error", review.message or review.state, place, review.state)
    met: Counter[tuple[str, str]] = Counter()
    for problem in review.problems:
        met[problem.code, problem.path] += 1
        yield _problem(problem, met[problem.code, problem.path])
    for verdict in review.judgement.verdicts:
        if verdict.status in ("fail", "undecided", "vacuous", "waived"):
            yield _verdict(verdict, review.file)


def _verdict(verdict: Verdict, file: str) -> dict[str, Any]:
    parts = verdict.nearest.name if verdict.nearest is not None else verdict.status
    words = "\n".join(judged.said(verdict, file))
    mark = f"{uri(file)}\n{parts}"  # a property in a file of rules applies to many stories
    result = _result(_property(verdict), verdict.severity, words, verdict.place, mark)
    if verdict.status == "waived":
        used = [use for use in verdict.waivers if use.standing == "used"]
        result["suppressions"] = [
            {
                "kind": "inSource",
                "status": "accepted",
                "justification": _plain(judged.waiver(use)),
                "location": _location(use.place),
            }
            for use in used
        ] or [{"kind": "inSource", "status": "accepted", "justification": _plain(verdict.reason or "waived")}]
    return result


def _problem(problem: Problem, time: int) -> dict[str, Any]:
    """The `time`-th problem of its code at its key; its text may change with numbers and dates."""
    words = problem.message + (f" ({problem.fix})" if problem.fix else "")
    return _result(problem.code, problem.severity, words, problem.place, f"{problem.path}\n{time}")


def _result(rule: str, level: str, words: str, place: Place, mark: str) -> dict[str, Any]:
    identity = f"{rule}\n{uri(place.file)}\n{mark}".encode("utf-8", "replace")
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": _plain(words)},
        "locations": [_location(place)],
        "partialFingerprints": {"sensa/v1": sha256(identity).hexdigest()[:32]},
    }


def _location(place: Place) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri(place.file), "uriBaseId": ROOT},
            "region": {"startLine": max(place.line, 1), "startColumn": max(place.column, 1)},
        }
    }


def _property(verdict: Verdict) -> str:
    return f"property/{escaped(verdict.name)}"


def _plain(words: str) -> str:
    """Plain text of a message: line breaks kept, links (§3.11.6) escaped."""
    lines = "\n".join(cut(escaped(line), MAX_HELP_CHARACTERS) for line in words.splitlines())
    return lines.replace("](", "]\u200b(") or "-"
