"""The page as a document: one file that asks for nothing and holds only what its policy allows."""

import base64
import hashlib
import itertools
import re
from dataclasses import replace

import pytest

from sensa.reports.result.story_result import StoryResult
from tests.reports.page.pages import Element, library, page_of, result_of
from tests.short_stories import ASSUMPTION, story

STORIES = ("cat_classifier", "red_doors", "most_danger_in_training")


@pytest.fixture(scope="module", params=STORIES)
def result(request: pytest.FixtureRequest) -> StoryResult:
    return library(request.param)


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def _policy(document: Element) -> dict[str, list[str]]:
    (content,) = [
        meta.attributes["content"] or ""
        for meta in document.all("meta")
        if meta.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    parts = [part.split() for part in content.split(";")]
    return {name: values for name, *values in parts}


def test_the_policy_allows_just_the_blocks_that_are_there(result: StoryResult) -> None:
    _, document = page_of(result)
    policy = _policy(document)
    assert policy["default-src"] == ["'none'"]
    styles = ["".join(style.pieces()) for style in document.all("style")]
    scripts = ["".join(s.pieces()) for s in document.all("script") if s.attributes.get("type") is None]
    assert policy["style-src"] == list(map(_hash, styles))
    assert policy["script-src"] == list(map(_hash, scripts))


def test_nothing_is_asked_of_a_network(result: StoryResult) -> None:
    html, document = page_of(result)
    assert "http:" not in html
    assert "https:" not in html
    for element in document.all():
        assert element.tag not in ("link", "img", "iframe", "object", "embed", "form", "base", "image")
        assert not {"src", "style", "action", "srcset"} & set(element.attributes)
        assert not [name for name in element.attributes if name.startswith("on")]
        assert (element.attributes.get("href") or "#").startswith("#")
    assert "@import" not in html
    assert re.findall(r"url\((?!#)", html) == []


def test_ids_are_unique_and_every_link_leads_somewhere(result: StoryResult) -> None:
    other = replace(result, file="other.toml")
    for results in ([result], [result, other]):
        _, document = page_of(*results)
        ids = [one.attributes["id"] for one in document.all() if "id" in one.attributes]
        assert len(set(ids)) == len(ids)
        for link in document.all("a"):
            assert (link.attributes["href"] or "").removeprefix("#") in ids
        for label in document.all("label"):
            assert label.attributes["for"] in ids


def test_headings_go_down_one_level_at_a_time(result: StoryResult) -> None:
    _, document = page_of(result)
    levels = [int(one.tag[1]) for one in document.all() if re.fullmatch("h[1-6]", one.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


def test_every_drawing_has_a_name_or_is_hidden(result: StoryResult) -> None:
    _, document = page_of(result)
    for drawing in document.all("svg"):
        named = bool(drawing.attributes.get("aria-label")) and drawing.attributes.get("role")
        assert named or drawing.attributes.get("aria-hidden") == "true"


def test_regions_are_told_apart(result: StoryResult) -> None:
    _, document = page_of(result, library("mushrooms"))
    labels = [
        one.attributes["aria-label"] for one in document.all() if one.attributes.get("role") == "region"
    ]
    assert len(labels) >= 4
    assert len(set(labels)) == len(labels)


def test_the_whole_story_is_there(result: StoryResult) -> None:
    """Every claim, reason, piece of evidence and challenge, in its own part."""
    _, document = page_of(result)
    assert result.source is not None
    story = document.by_id("story").text
    source = result.source.story.document
    for one in [*source.assumptions.values(), *source.challenges.values()]:
        for text in (one.claim, one.because, one.falsified_by, *(each.source for each in one.evidence)):
            assert " ".join(text.split()) in story
    for text in (source.goal.specification, source.goal.desirability, *source.rationale.nudges):
        assert " ".join(text.split()) in story
    drawn = {one.attributes["data-id"] for one in document.by_id("argument").all("g", "node")}
    assert drawn == {
        *source.assumptions, *source.challenges, *source.choices, *source.events, *source.safeguards,
        *source.outcomes,
    }  # fmt: skip


def test_experts_who_are_drawn_together_are_no_part_of_the_argument() -> None:
    """Who is right is an uncertain number."""
    opinions = '{ experts = [{ name = "A", credence = 0.9 }, { name = "B", credence = 0.5 }] }'
    together = '[experts]\ndraw = "together"\n' + ASSUMPTION.format(name="a", credence=opinions)
    _, document = page_of(result_of(story(together, "not a")))
    drawn = {one.attributes["data-id"] for one in document.by_id("argument").all("g", "node")}
    assert drawn == {"a", "bad", "poor", "good"}


def test_it_is_small(result: StoryResult) -> None:
    html, _ = page_of(result)
    assert len(html.encode()) < 400_000


def test_a_story_without_a_result_says_why() -> None:
    failed = StoryResult("wrong.toml", 2, status="wrong", message="<b>no</b> such key")
    html, document = page_of(failed)
    assert "wrong.toml: wrong" in document.text
    assert "<b>no</b> such key" in document.text
    assert "<b>no" not in html


def test_several_stories_are_compared() -> None:
    results = [library("cat_classifier"), library("red_doors")]
    _, document = page_of(*results)
    rows = [row.text for row in document.by_id("comparison").all("tr")]
    assert any("Cat classifier" in row and "0.17 %" in row for row in rows)
    assert any("The red doors" in row and "1.1 %" in row for row in rows)
    assert len(document.all("article")) == 2
