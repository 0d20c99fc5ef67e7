"""What a change took away is said where a reader looks first, in every format that people read."""

import re

import pytest

from sensa.properties.verdicts import Judgement
from sensa.reports.formats import render
from sensa.reports.review.comparison_text import render as compared
from sensa.reviewing.review import LOST, Review
from sensa.stories.codes import LOGS, SIGN_OFFS
from sensa.stories.problems import Place, Problem
from tests.reports.page.pages import read
from tests.reports.reviews import review

PLACE = Place("plans/story.toml", 7, 1)
OPEN = Problem("open-challenge", "warning", PLACE, "challenges.c", "`c` is open")


def gone(code: str = "property-removed") -> Problem:
    return Problem(code, "warning", PLACE, "properties.budget", "`budget` is gone")


def of(*problems: Problem, **changes: object) -> Review:
    values = {"judgement": Judgement(), "before": None, "state": "passed", "exit_code": 0, **changes}
    return review(problems=problems, **values)


@pytest.mark.parametrize("code", sorted({*LOST, *SIGN_OFFS, *LOGS}))
def test_each_code_that_a_gate_counts_is_serious(code: str) -> None:
    assert of(OPEN, gone(code)).serious == (gone(code),)


def test_a_comparison_in_text_begins_with_it() -> None:
    first, *rest = compared(of(OPEN, gone())).splitlines()
    assert first == "plans/story.toml:7:1: properties.budget: `budget` is gone [warning: property-removed]"
    assert "is open" not in "".join(rest)


def test_a_comparison_that_fails_by_warnings_says_by_which() -> None:
    """`--fail-on warning` counts all of them."""
    assert "is open" not in compared(of(OPEN))
    first, *_ = compared(of(OPEN, state="failed", exit_code=1)).splitlines()
    assert first == "plans/story.toml:7:1: challenges.c: `c` is open [warning: open-challenge]"
    assert "is open" not in compared(review(problems=(OPEN,)))  # a property fails


def test_a_comment_does_not_fold_it() -> None:
    comment = render([of(OPEN, gone())], "markdown")
    before, folded = comment.split("<details>", 1)
    said = (
        "**Lost, or not as signed or counted**\n\n- line 7: <code>properties.budget</code>: &#96;budget&#96;"
    )
    assert said in before
    assert "is gone" not in folded
    assert "is open" in folded
    assert "no problem was found" not in comment


def test_a_comment_on_two_stories_has_one_that_lost_a_signature() -> None:
    quiet = {"comparison": None, "endings": (), "violated": ()}
    stories = [of(OPEN, **quiet), of(gone("signature-removed"), **quiet)]
    assert render(stories, "markdown").count("is gone") == 1
    assert "is open" not in render(stories, "markdown")


def test_other_warnings_do_not_crowd_it_out_of_the_annotations() -> None:
    lines = render([of(*[OPEN] * 12, gone())], "github").splitlines()
    assert len(lines) == 10
    assert re.search("title=property-removed::`budget` is gone$", lines[0])


@pytest.mark.parametrize("same", [False, True])
def test_a_page_says_it_first(same: bool) -> None:
    page = read(render([of(OPEN, gone(), **({"comparison": None} if same else {}))], "html"))
    assert "`budget` is gone" in [item.text for item in page.all("div", "block")[0].all("li")]
