"""Annotations, read as the runner reads them: one command a line, and no text becomes a command."""

from typing import Any

import pytest
from hypothesis import given, settings

from sensa.properties.verdicts import Judgement
from sensa.reports.review.github import render
from sensa.reviewing.review import Review
from sensa.stories.problems import Place, Problem, escaped
from tests.reports.any_reviews import REVIEWS
from tests.reports.reviews import VERDICTS, hostile, review, use, verdict


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner takes it apart: up to the second `::`, then by the space, commas and `=`."""
    assert line.startswith("::")
    end = line.index("::", 2)
    level, _, rest = line[2:end].partition(" ")
    pairs = dict(one.split("=", 1) for one in rest.split(","))
    values = {key: unescaped(value, ":%3A,%2C") for key, value in pairs.items()}
    return level, values, unescaped(line[end + 2 :])


def unescaped(text: str, more: str = "") -> str:
    for sign in (more[i : i + 4] for i in range(0, len(more), 4)):
        text = text.replace(sign[1:], sign[0])
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_an_annotation_says_the_verdict_at_its_place() -> None:
    lines = [parsed(line) for line in render([review()]).splitlines()]
    level, where, text = lines[0]
    assert level == "error"
    assert where == {"file": "plans/story.toml", "line": "40", "col": "2", "title": "fail: fail"}
    assert text.splitlines()[:2] == [
        "fail fail: P(catastrophic) <= 0.2",
        "0.35 > 0.2 (margin -0.15); exact; 2 of 4 cases break it",
    ]
    titles = [where["title"] for _, where, _ in lines]
    assert titles == [
        "fail: fail", "undecided: undecided", "vacuous: vacuous", "waiver: lapsed", "open-challenge",
    ]  # fmt: skip


def test_ten_at_most_and_the_worst_first() -> None:
    soft = verdict("fail", severity="warning")
    many = review(judgement=Judgement((*[soft] * 9, verdict("undecided"), VERDICTS[1])), state="failed")
    broken = review(file="b.toml", state="error", exit_code=4, message="it broke", judgement=Judgement())
    lines = [parsed(line) for line in render([many, broken]).splitlines()]
    assert len(lines) == 10
    assert [where["title"] for _, where, _ in lines[:3]] == ["sensa", "fail: fail", "undecided: undecided"]
    assert {level for level, _, _ in lines[3:9]} == {"warning"}
    assert lines[9] == ("notice", {"title": "sensa"}, "5 more are not shown here")
    assert len(render([review(judgement=Judgement((soft,) * 9))]).splitlines()) == 10


def test_a_lapsed_waiver_is_told_once() -> None:
    lapsed = use("lapsed", days_left=-3)
    told = Problem("waiver-lapsed", "warning", Place("plans/story.toml", 62, 1), "waivers[0]", "it lapsed")
    for problems in ((told,), ()):
        one = review(state="passed", exit_code=0, judgement=Judgement((), (lapsed,)), problems=problems)
        assert len(render([one]).splitlines()) == 1


def test_what_passes_is_quiet() -> None:
    well = Judgement((VERDICTS[0], VERDICTS[4], VERDICTS[5]), (use("used"), use("unused")))
    assert render([review(judgement=well, problems=(), state="passed", exit_code=0)]) == ""


def test_hostile_words_come_through_as_words() -> None:
    lines = [parsed(line) for line in render([hostile()]).splitlines()]
    assert all(level in ("error", "warning") for level, _, _ in lines)
    assert lines[0][1]["file"] == "plans/a b,c:d%.toml"
    assert "::error::d %0A" in lines[0][2]


@settings(deadline=None, max_examples=25)
@given(REVIEWS)
def test_no_text_becomes_a_command(one: Review) -> None:
    lines = render([one]).splitlines()
    assert len(lines) <= 10
    assert all(line.isprintable() for line in lines)
    names = {
        f"{escaped(v.name)}: {status}" for v in one.judgement.verdicts for status in (v.status, "waived now")
    }
    codes = {escaped(problem.code) for problem in one.problems}
    for line in lines:
        level, where, _ = parsed(line)
        assert level in ("error", "warning", "notice")
        assert set(where) in ({"title"}, {"file", "line", "col", "title"})
        assert where["title"] in names | codes | {"sensa", "waiver: lapsed", "waiver: exceeded"}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("failed", "a warning fails this check, because of `--fail-on`"),
        ("undecided", "a property is undecided, which does not pass"),
    ],
)
def test_what_fails_by_warnings_alone_has_an_error(state: Any, said: str) -> None:
    """A job that ends red says why in an error, not in warnings alone."""
    doubt = Problem("open-challenge", "warning", Place("s.toml", 7, 1), "challenges.c", "`c` is open")
    one = review(
        file="s.toml", state=state, exit_code=1, problems=(doubt,), judgement=Judgement(), message=""
    )
    lines = render([one]).splitlines()
    assert lines[0] == f"::error file=s.toml,line=1,col=1,title=sensa::{said}"
    assert len(lines) == 2
    assert lines[1].startswith("::warning ")
