"""JUnit XML, read back by a parser: counts, names and texts; and never green where the exit code is not."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from sensa.properties.verdicts import Judgement
from sensa.reports.review.junit import PLAIN, render
from sensa.reviewing.review import Review
from sensa.stories.problems import Place, Problem
from tests.reports.any_reviews import REVIEWS
from tests.reports.reviews import HOSTILE, VERDICTS, hostile, review, verdict

ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"name", "classname", "file", "line", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
    "system-out": set(),
}


def read(*reviews: Review) -> ElementTree.Element:
    """The document, held to the elements and attributes that readers of JUnit know."""
    root = ElementTree.fromstring(render(reviews).encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) == ATTRIBUTES[element.tag]
        assert element.tag not in ("testsuite", "testcase") or element.get("name") is not None
    for parent in (root, *root.iter("testsuite")):
        cases = list(parent.iter("testcase"))
        assert parent.get("tests") == str(len(cases))
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert parent.get(count) == str(sum(case.find(tag) is not None for case in cases))
    return root


def cases(*reviews: Review) -> dict[str, str]:
    """What each case came to."""
    return {
        case.get("name", ""): next(iter(case)).tag if len(case) else "passed"
        for case in read(*reviews).iter("testcase")
    }


def test_each_status_is_told_apart() -> None:
    assert cases(review()) == {
        PLAIN: "passed", "pass": "passed", "fail": "failure", "undecided": "error", "vacuous": "error",
        "waived": "skipped", "inactive": "skipped",
    }  # fmt: skip


def test_a_failure_has_its_counterexample_and_its_place() -> None:
    root = read(review())
    (case,) = (case for case in root.iter("testcase") if case.get("name") == "fail")
    assert (case.get("classname"), case.get("file"), case.get("line")) == (
        "plans/story.toml", "plans/story.toml", "40",
    )  # fmt: skip
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "fail: P(catastrophic) <= 0.2"
    assert failure.get("type") == "fail"
    lines = (failure.text or "").splitlines()
    assert "nearest cx-0a1b2c3d: narrow violated (0.35 > 0.2)" in lines
    assert "fixed by events.plans.chance from 0.5 to 0.28" in lines
    skipped = next(case.find("skipped") for case in root.iter("testcase") if case.get("name") == "waived")
    assert skipped is not None
    assert "drill booked" in (skipped.text or "")
    assert "✗ fail      fail: P(catastrophic) <= 0.2" in (root.findtext("testsuite/system-out") or "")
    assert root.get("time") == "0.250"


def test_stories_are_suites() -> None:
    root = read(review(), review(file="b.toml", judgement=Judgement(), state="passed", exit_code=0))
    assert [suite.get("name") for suite in root.findall("testsuite")] == ["plans/story.toml", "b.toml"]
    assert root.get("tests") == "8"


@pytest.mark.parametrize(
    ("state", "code"), [("error", 4), ("wrong", 2), ("interrupted", 130), ("undecided", 3)]
)
def test_what_was_not_judged_is_an_error(state: str, code: int) -> None:
    one = review(state=state, exit_code=code, message="it broke", judgement=Judgement(), problems=())
    assert cases(one) == {PLAIN: "error"}
    wrong = Problem("not-toml", "error", Place("x.toml", 3, 1), "", "no TOML")
    root = read(review(state="wrong", exit_code=2, judgement=Judgement(), problems=(wrong,)))
    assert "x.toml:3:1: no TOML" in (root.findtext(".//error") or "")


def test_warnings_are_red_where_they_count() -> None:
    soft = verdict("fail", severity="warning")
    assert cases(review(judgement=Judgement((soft,)), state="passed", exit_code=0))["fail"] == "skipped"
    assert cases(review(judgement=Judgement((soft,)), state="failed", exit_code=1))["fail"] == "failure"
    only = review(judgement=Judgement((VERDICTS[0],)), state="failed", exit_code=1)
    assert cases(only) == {PLAIN: "failure", "pass": "passed"}


def test_hostile_words_come_through() -> None:
    root = read(hostile())
    names = [case.get("name", "") for case in root.iter("testcase")]
    assert HOSTILE.replace("\x1b", "\ufffd") in names


@settings(deadline=None, max_examples=25)
@given(REVIEWS)
def test_any_review_is_read_back_and_never_green_by_mistake(one: Review) -> None:
    root = read(one)
    legal = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
    names = [case.get("name") for case in root.iter("testcase")]
    assert names == [PLAIN, *(legal.sub("\ufffd", v.name) for v in one.judgement.verdicts)]
    red = int(root.get("failures", "")) + int(root.get("errors", ""))
    assert red or one.exit_code == 0
