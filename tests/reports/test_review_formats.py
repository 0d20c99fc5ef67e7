"""Each format says what the review says: read back by its own parser, and safe whatever authors write."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensa.properties.verdicts import Judgement
from sensa.reports import github, junit, markdown, review_json, review_text, sarif
from sensa.reports.formats import MODULES, render
from sensa.stories.problems import Place, Problem
from tests.reports.reviews import HOSTILE, VERDICTS, hostile, review, use, verdict, witness

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text())
TEXTS = st.text(st.characters(blacklist_categories=()), max_size=60)


def valid_sarif(text: str) -> dict:
    document = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return document


def test_json_is_read_back_whole() -> None:
    for one in (review(), hostile(), review(comparison=None, before=None, judgement=Judgement())):
        document = json.loads(json.dumps(review_json.review_document(one)))
        assert review_json.as_review(document) == one


def test_json_of_several_has_the_worst_code() -> None:
    document = json.loads(review_json.render([review(), review(state="passed", exit_code=0)]))
    assert document["format"] == "sensa-review/1"
    assert document["exit_code"] == 1
    assert json.loads(review_json.render([review(), review(state="error", exit_code=4)]))["exit_code"] == 4
    assert json.loads(review_json.render([]))["exit_code"] == 0


def test_infinite_margins_are_words() -> None:
    one = review(judgement=Judgement((verdict("undecided", margin=float("-inf")),)))
    document = json.loads(review_json.render([one]))
    assert document["stories"][0]["judgement"]["verdicts"][0]["margin"] == "-inf"
    assert review_json.as_review(review_json.review_document(one)) == one


def test_text_says_each_verdict_once_and_shows_all_waivers() -> None:
    lines = review_text.render([review()]).splitlines()
    for mark, status in zip(
        "✓✗?∅~–", ("pass", "fail", "undecided", "vacuous", "waived", "inactive"), strict=True
    ):
        assert sum(line.startswith(f"{mark} {status}") for line in lines) == 1
    assert "    nearest cx-0a1b2c3d: narrow violated (0.35 against 0.2)" in lines
    assert "      without narrow it holds, by 0.13" in lines
    assert "      mended by events.plans.chance from 0.5 to 0.28" in lines
    assert any("used, 40 days left; drill booked (ops)" in line for line in lines)
    last = "1 warning, 1 passes, 1 fails, 1 undecided, 1 vacuous, 1 waived, 1 inactive in plans/story.toml"
    assert lines[-1] == last
    assert "\x1b" not in review_text.render([hostile()])


def test_markdown_has_what_a_reviewer_needs() -> None:
    text = markdown.render([review()])
    assert text.startswith("<!-- sensa -->\n")
    assert "## Two ways: ✗ fails" in text
    assert "| harm | catastrophic | 1 % | 7 % | +6 points |" in text
    assert "| fail | P\\(catastrophic\\) &lt;= 0.2 | ✗ fail (was pass) |" in text
    assert (
        "- events.plans.chance (line 30): 0.1 → 0.5; moves harm +6 points, works \\-6 points"
        in text.replace("works -6", "works \\-6")
    )
    assert "narrow → plans → harm" in text
    assert "drill booked" in text
    assert text.count("<details>") == text.count("</details>") == 2


def test_markdown_shows_hostile_words_as_words() -> None:
    text = markdown.render([hostile()])
    assert "<script" not in text
    assert not re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", text)
    assert "@team" not in text
    assert "http://" not in text
    assert not any(line.startswith("# e") for line in text.splitlines())
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) in (5, 6) for row in rows)


@pytest.mark.parametrize("count", [1, 3000])
def test_markdown_is_never_too_long(count: int) -> None:
    many = tuple(verdict("fail", name=f"p{i}", nearest=witness(), worst=witness()) for i in range(count))
    text = markdown.render([review(judgement=Judgement(many))] * (1 if count > 1 else 500))
    assert len(text) <= 60_000
    assert text.startswith("<!-- sensa -->")
    assert count > 1 or "Cut here for length" in text


def test_sarif_is_valid_and_points_at_lines() -> None:
    document = valid_sarif(sarif.render([review()]))
    (run,) = document["runs"]
    found = {result["ruleId"]: result for result in run["results"]}
    assert set(found) == {
        "open-challenge", "property/fail", "property/undecided", "property/vacuous", "property/waived",
    }  # fmt: skip
    region = found["property/fail"]["locations"][0]["physicalLocation"]
    assert region["region"] == {"startLine": 40, "startColumn": 2}
    assert region["artifactLocation"]["uri"] == "plans/story.toml"
    assert found["property/waived"]["suppressions"][0]["justification"] == "drill booked"
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    again = valid_sarif(sarif.render([review(seconds=9.0, digest="cd" * 32)]))["runs"][0]["results"]
    assert [r["partialFingerprints"] for r in again] == [r["partialFingerprints"] for r in run["results"]]
    moved = verdict("fail", place=Place("plans/story.toml", 90, 2), nearest=witness(), worst=witness())
    (other,) = (
        r
        for r in valid_sarif(sarif.render([review(judgement=Judgement((moved,)))]))["runs"][0]["results"]
        if r["ruleId"] == "property/fail"
    )
    assert other["partialFingerprints"] == found["property/fail"]["partialFingerprints"]


def test_sarif_of_an_error_of_ours_is_no_success() -> None:
    broken = review(state="error", exit_code=4, message="KeyError: x", judgement=Judgement(), problems=())
    (run,) = valid_sarif(sarif.render([broken]))["runs"]
    assert run["invocations"] == [{"executionSuccessful": False}]
    assert [result["level"] for result in run["results"]] == ["error"]


def test_junit_counts_and_says_why() -> None:
    tree = ElementTree.fromstring(junit.render([review()]))
    (suite,) = tree.findall("testsuite")
    assert {k: suite.get(k) for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "7", "failures": "1", "errors": "2", "skipped": "2",
    }  # fmt: skip
    cases = {case.get("name"): case for case in suite.findall("testcase")}
    assert list(cases["pass"]) == []
    failure = cases["fail"].find("failure")
    assert failure is not None
    assert "nearest cx-0a1b2c3d" in (failure.text or "")


def test_junit_of_what_was_not_judged_has_no_green() -> None:
    for state, code in (("error", 4), ("wrong", 2), ("interrupted", 130)):
        one = review(state=state, exit_code=code, message="it broke", judgement=Judgement(), problems=())
        (suite,) = ElementTree.fromstring(junit.render([one])).findall("testsuite")
        assert suite.get("errors") == "1"
        assert all(list(case) for case in suite.findall("testcase"))


def test_github_has_ten_at_most_the_worst_first() -> None:
    lines = github.render([review()] * 5).splitlines()
    assert len(lines) == 10
    levels = [line.split(" ")[0] for line in lines]
    assert levels[:9] == ["::error"] * 9
    assert lines[-1] == "::notice title=sensa::16 more are not shown here"
    first = "::error file=plans/story.toml,line=40,col=2,title=fail%3A fail::fail"
    assert any(line.startswith(first) for line in lines)


@given(TEXTS)
def test_github_commands_cannot_be_smuggled_in(text: str) -> None:
    one = review(
        problems=(Problem("bad-name", "error", Place(text or "f", 1, 1), "p", text),),
        judgement=Judgement((replace(VERDICTS[1], name=text, reason=text),), (use("lapsed", reason=text),)),
    )
    lines = github.render([one]).split("\n")
    assert lines[-1] == ""
    for line in lines[:-1]:
        head, _, _ = line.removeprefix("::").partition("::")
        level, _, rest = head.partition(" ")
        assert level in ("error", "warning", "notice")
        assert re.fullmatch(r"(file=[^,:\n]*,line=\d+,col=\d+,)?title=[^,:\n]*", rest)


@given(TEXTS)
def test_any_text_is_valid_in_every_format(text: str) -> None:
    bad = witness(violated=(text,), path=(text,))
    one = review(
        title=text,
        problems=(Problem("bad-name", "error", Place("f.toml", 1, 1), "p", text, text),),
        judgement=Judgement((replace(VERDICTS[1], name=text, claim=text, require=text, nearest=bad),)),
        message=text,
    )
    document = json.loads(sarif.render([one]))
    assert document["runs"][0]["results"]
    ElementTree.fromstring(junit.render([one]).encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    json.loads(review_json.render([one]))
    assert "<script" not in markdown.render([one])
    assert all(line.isprintable() for line in review_text.render([one]).split("\n"))


def test_uris_are_relative_and_encoded() -> None:
    (run,) = valid_sarif(sarif.render([hostile()]))["runs"]
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri) == "plans/a b,c:d%.toml"
    absolute = Problem("bad-name", "error", Place("/secret/place/story.toml", 1, 1), "", "x")
    text = sarif.render([review(problems=(absolute,))])
    assert "/secret" not in text


def test_formats_by_name_and_light() -> None:
    for name in MODULES:
        assert render([review()], name)
    assert render([review()], "md") == render([review()], "markdown")
    code = (
        "import sys; from tests.reports.reviews import review; "
        "from sensa.reports.formats import MODULES, render; "
        "[render([review()], name) for name in MODULES]; "
        "print([m for m in ('numpy', 'pydantic', 'xarray', 'rich', 'numba') if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert found.stdout.strip() == "[]"


def test_hostile_words_reach_no_line_of_their_own() -> None:
    assert "::error::d" in HOSTILE
    for line in github.render([hostile()]).splitlines():
        assert line.startswith(("::error file=", "::warning file=", "::notice "))
