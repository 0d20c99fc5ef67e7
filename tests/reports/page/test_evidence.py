"""Counted evidence and sign-offs on the page, beside the claims that they are for."""

from tests.reports.page.pages import page_of, result_of
from tests.short_stories import ASSUMPTION, story
from tests.signed_stories import TEXT, signed

LOG = (
    '{ log = "runs/a.eval", held = 9, trials = 10, unscored = 2, task = "probe", model = "lab/m",'
    ' date = 2026-11-20, sha256 = "' + "0" * 64 + '" }'
)


def test_counts_are_beside_the_claim() -> None:
    body = ASSUMPTION.format(name="a", credence='{ from = "evidence" }') + f"evidence = [{LOG}]\n"
    _, document = page_of(result_of(story(body, "not a")))
    said = "runs/a.eval (probe, lab/m, 2026-11-20): 9 of 10, 2 unscored and left out"
    assert said in document.by_id("story").text


def test_a_suspect_claim_is_marked_and_so_is_one_that_rests_on_it() -> None:
    text = signed(TEXT, "assumptions.a", "assumptions.c").replace("stands = 0.1", "stands = 0.2")
    edited = signed(text, "challenges.d").replace("stands = 0.2", "stands = 0.3")
    _, document = page_of(result_of(edited))
    assert "Ana, 2026-11-20 suspect" in document.by_id("a-a").text  # its challenge was edited
    assert "Ana, 2026-11-20" in document.by_id("a-c").text
    assert "suspect" not in document.by_id("a-c").text
    assert "suspect" not in document.by_id("a-b").text


def test_nothing_is_suspect_without_an_edit() -> None:
    _, document = page_of(result_of(signed(TEXT, "assumptions.a")))
    assert "suspect" not in document.by_id("story").text
