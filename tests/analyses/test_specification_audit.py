"""Whether a model as specified can be catastrophic, by hand."""

import re
from typing import Any

import pytest

from sensa.pipeline import analyse
from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render
from tests.short_stories import ASSUMPTION, model, result, story

A = ASSUMPTION.format(name="a", credence=0.8)
M = """[choices.m.options]
good = { weight = 1, tags = ["conforms"] }
fine = { weight = 1, tags = ["conforms"] }
bad = { weight = 2 }
"""
UNSEEN = '[events.unseen]\nmode = "unmodelled"\nchance = 0.1\n'


def quoted(text: str) -> str:
    """As it stands within quotation marks."""
    return text.replace('"', '\\"')


def audit(body: str, bad: str) -> Any:
    return result(story(body, quoted(bad)), "specification_audit")["specification_audit"].to_dataset()


def test_a_conforming_option_that_ends_in_catastrophe_fails_by_name() -> None:
    """good and not a: .25 x .2; fine never."""
    data = audit(A + M, 'm == "bad" or m == "good" and not a')
    assert data["fails"].values.tolist() == [True, False]
    assert data["option"].values.tolist() == ["m: good", "m: fine"]
    assert data["probability"].values == pytest.approx([0.05, 0.0], abs=1e-12)
    assert data["shortest"].values.tolist() == ["a", ""]
    assert data.attrs["how"] == "exact"


def test_nothing_need_be_violated() -> None:
    data = audit(A + M, 'm == "good"')
    assert data["shortest"].values.tolist() == ["nothing", ""]


def test_unmodelled_events_alone_fail_no_specification() -> None:
    """good: .25 x .1 with the unmodelled event, 0 without."""
    data = audit(A + M + UNSEEN, 'unseen or m == "bad" and not a')
    assert data["probability"].values == pytest.approx([0.025, 0.025], abs=1e-12)
    assert data["modelled"].values.tolist() == [0.0, 0.0]
    assert int(data["failing"]) == 0


def test_a_story_without_a_conforming_option_is_not_audited() -> None:
    data = audit(A + M.replace(', tags = ["conforms"]', ""), "not a")
    assert data.attrs["note"] == "no option of a choice has the tag `conforms`"


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (
            'm == "good" and not a',
            "fails goal alignment: good meets the specification, and with probability 5.0 % it is picked"
            " and the story ends in catastrophe, as where a fails",
        ),
        ('m == "bad" and not a', "met: no model that conforms can end in catastrophe"),
    ],
)
def test_the_report_says_it_in_a_line(bad: str, said: str) -> None:
    printed = " ".join(render(answers(analyse(model(story(A + M, quoted(bad))))), Paper(100)).split())
    assert f"Specified {said}" in printed


def test_a_story_with_two_choices_names_the_choice() -> None:
    text = story(A + M + M.replace("choices.m", "choices.n"), quoted('n == "good" and not a'))
    printed = " ".join(render(answers(analyse(model(text))), Paper(100)).split())
    assert "fails goal alignment: m: good meets the specification" in printed
    assert "; likewise n: good with 5.0 %, as where a fails" in printed


def test_what_no_sampled_world_shows_is_undecided() -> None:
    """A sampled failure has its error; that none is seen is no proof that none can be."""
    for bad, said in (
        ('m == "bad" and not a', "Specified undecided: no sampled world in which a model that conforms"),
        ('m == "good" and not a', "meets the specification, and with probability 5."),
    ):
        tree = analyse(model(story(A + M, quoted(bad)), engine="montecarlo"))
        printed = " ".join(render(answers(tree), Paper(100)).split())
        assert said in printed
        assert ("with probability" not in printed) or re.search(
            r"with probability 5\.\d+ % ± 0\.\d+ %", printed
        )
