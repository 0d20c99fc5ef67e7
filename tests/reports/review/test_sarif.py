"""SARIF 2.1.0, held to its schema, and what the schema does not say: lines, rules, marks that last."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import given, settings

from sensa.properties.verdicts import Judgement
from sensa.reports.review.sarif import render
from sensa.reviewing.review import Review
from sensa.stories.codes import CODES
from sensa.stories.problems import Place, Problem
from tests.reports.any_reviews import REVIEWS
from tests.reports.reviews import HOSTILE, VERDICTS, counterexample, hostile, review, use, verdict

SCHEMA = json.loads((Path(__file__).parents[1] / "schemas" / "sarif-2.1.0.json").read_text())
VALID = jsonschema.Draft202012Validator(SCHEMA)


def run_of(*reviews: Review) -> dict[str, Any]:
    """The one run of a valid document."""
    document = json.loads(render(reviews), parse_constant=pytest.fail)
    VALID.validate(document)
    (run,) = document["runs"]
    found: dict[str, Any] = run
    return found


def of_rule(run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {result["ruleId"]: result for result in run["results"]}


def uri_of(result: dict[str, Any]) -> str:
    found: str = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    return found


def marks(run: dict[str, Any]) -> list[str]:
    return [result["partialFingerprints"]["sensa/v1"] for result in run["results"]]


def test_the_schema_is_the_published_one_and_refuses() -> None:
    VALID.check_schema(SCHEMA)
    assert "(SARIF) Version 2.1.0" in SCHEMA["title"]
    document = json.loads(render([review()]))
    document["runs"][0]["results"][0]["level"] = "fatal"
    assert not VALID.is_valid(document)


def test_results_stand_at_their_lines() -> None:
    found = of_rule(run_of(review()))
    assert set(found) == {
        "open-challenge", "property/fail", "property/undecided", "property/vacuous", "property/waived",
    }  # fmt: skip
    (location,) = found["property/fail"]["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "plans/story.toml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 40, "startColumn": 2},
    }
    assert found["property/fail"]["message"]["text"].splitlines()[:2] == [
        "fail fail: P(catastrophic) <= 0.2",
        "0.35 > 0.2 (margin -0.15); exact; 2 of 4 cases break it",
    ]
    assert found["open-challenge"]["level"] == "warning"
    assert found["property/fail"]["level"] == "error"
    soft = verdict("fail", severity="warning")
    assert of_rule(run_of(review(judgement=Judgement((soft,)))))["property/fail"]["level"] == "warning"
    assert run_of(review())["columnKind"] == "unicodeCodePoints"


def test_rules_say_what_is_required() -> None:
    run = run_of(review())
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert set(rules) == {"open-challenge", *(f"property/{one.name}" for one in VERDICTS)}
    assert rules["open-challenge"]["shortDescription"]["text"] == CODES["open-challenge"][1]
    assert rules["property/fail"]["shortDescription"]["text"] == "A property that is fail"
    assert rules["property/fail"]["fullDescription"]["text"] == "P(catastrophic) <= 0.2"
    assert "<code>P(catastrophic) &#60;= 0.2</code>" in rules["property/fail"]["help"]["markdown"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_name_that_two_stories_have_is_one_rule_with_both() -> None:
    other = review(file="b.toml", judgement=Judgement((verdict("fail", require="loss <= 1", claim=""),)))
    run = run_of(review(judgement=Judgement((VERDICTS[1],))), other)
    (rule,) = (rule for rule in run["tool"]["driver"]["rules"] if rule["id"] == "property/fail")
    assert rule["fullDescription"]["text"] == "P(catastrophic) <= 0.2; loss <= 1"
    found = [uri_of(result) for result in run["results"] if result["ruleId"] == "property/fail"]
    assert found == ["plans/story.toml"] * 2  # the place of the property, which may be in a file of rules


def test_a_waiver_suppresses_with_its_reason() -> None:
    found = of_rule(run_of(review()))
    (suppression,) = found["property/waived"]["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("inSource", "accepted")
    assert "drill booked (ops)" in suppression["justification"]
    assert suppression["location"]["physicalLocation"]["region"]["startLine"] == 60
    assert [name for name, result in found.items() if "suppressions" in result] == ["property/waived"]
    exceeded = verdict("fail", waivers=(use("exceeded"),))
    (result,) = run_of(review(judgement=Judgement((exceeded,)), problems=()))["results"]
    assert "suppressions" not in result


def test_fingerprints_last_and_tell_apart() -> None:
    def mark(**changes: Any) -> str:
        (found,) = marks(run_of(review(judgement=Judgement((replace(VERDICTS[1], **changes),)), problems=())))
        return found

    first = mark()
    assert re.fullmatch("[0-9a-f]{32}", first)
    assert mark(place=Place("plans/story.toml", 99, 9)) == first
    assert mark(margin=-0.2, reason="other", claim="", require="P(harm) <= 0.1", worst=None) == first
    assert mark(nearest=counterexample("cx-11111111")) != first
    assert mark(name="other") != first
    assert mark(place=Place("other.toml", 40, 2)) != first
    assert mark(status="waived") == first  # of the same finding, waived or not
    assert marks(run_of(review(seconds=9.0, digest="cd" * 32))) == marks(run_of(review()))


def test_problems_keep_their_marks_from_day_to_day() -> None:
    def found(*said: str) -> list[str]:
        places = [Place("s.toml", len(words), 1) for words in said]
        problems = [Problem("waiver-lapses", "warning", place, "waivers[0]", words)
                    for place, words in zip(places, said, strict=True)]  # fmt: skip
        return marks(run_of(review(problems=tuple(problems), judgement=Judgement())))

    assert found("in 10 days") == found("in 9 days")
    assert len(set(found("one", "other"))) == 2


@pytest.mark.parametrize(("state", "code"), [("error", 4), ("interrupted", 130)])
def test_an_error_of_ours_is_no_success(state: str, code: int) -> None:
    one = review(state=state, exit_code=code, message="KeyError: x", judgement=Judgement(), problems=())
    run = run_of(one)
    assert run["invocations"] == [{"executionSuccessful": False}]
    assert [(r["ruleId"], r["level"]) for r in run["results"]] == [("not-answered", "error")]
    assert run_of(review())["invocations"] == [{"executionSuccessful": True}]


def test_words_make_no_link_and_no_sign() -> None:
    text = render([hostile()])
    assert "](" not in json.loads(text)["runs"][0]["results"][0]["message"]["text"]
    assert "\\u001b" not in text
    ids = [rule["id"] for rule in run_of(hostile())["tool"]["driver"]["rules"]]
    assert any(HOSTILE[:20] in name for name in ids)


@settings(deadline=None, max_examples=25)
@given(REVIEWS)
def test_any_review_is_valid(one: Review) -> None:
    run = run_of(one)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    statuses = [v.status for v in one.judgement.verdicts if v.status not in ("pass", "inactive")]
    shown = [result for result in run["results"] if result["ruleId"].startswith("property/")]
    assert len(shown) == len(statuses)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert re.fullmatch(r"(?!/)[A-Za-z0-9._~/%-]+", uri_of(result))
        assert re.sub("[\n\u200b]", "", result["message"]["text"]).isprintable()


def test_a_rule_for_many_stories_is_told_for_each() -> None:
    rule = Judgement((replace(VERDICTS[1], place=Place("rules.toml", 2, 3)),))
    results = run_of(review(judgement=rule), review(file="b.toml", judgement=rule))["results"]
    first, second = (result for result in results if result["ruleId"] == "property/fail")
    assert uri_of(first) == uri_of(second) == "rules.toml"
    assert "story: plans/story.toml" in first["message"]["text"].splitlines()
    assert "story: b.toml" in second["message"]["text"].splitlines()
    assert first["partialFingerprints"] != second["partialFingerprints"]


def test_uris_are_relative_and_read_back() -> None:
    problem = Problem("bad-name", "error", Place("plans/a b,c:d%é#?.toml", 1, 1), "", "x")
    (result,) = run_of(review(problems=(problem,), judgement=Judgement()))["results"]
    assert unquote(uri_of(result)) == "plans/a b,c:d%é#?.toml"
