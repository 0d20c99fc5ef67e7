"""What an author writes shows as text, wherever it is shown."""

import pytest

from sensa.reports.page.markup import Html, authored, join, tag
from tests.reports.page.hostile_story import HOSTILE, STORY
from tests.reports.page.pages import page_of, result_of


def test_nothing_of_a_hostile_story_is_markup() -> None:
    html, document = page_of(result_of(STORY, "<img src=y>.toml"))
    assert "<img" not in html
    assert html.count("<script") == len(document.all("script"))
    assert all("alert(" not in "".join(script.pieces()) for script in document.all("script")[-1:])
    known = {
        "html", "head", "meta", "title", "style", "body", "a", "nav", "div", "b", "main", "article",
        "section", "h1", "h2", "h3", "p", "span", "bdi", "svg", "rect", "line", "circle", "text",
        "tspan", "g", "path",
        "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "dl", "dt", "dd", "pre", "code", "br", "wbr",
        "details", "summary", "footer", "defs", "marker", "script", "label", "input", "output", "button",
    }  # fmt: skip
    assert {one.tag for one in document.all()} <= known


def test_all_of_it_shows_as_written_and_isolated() -> None:
    _, document = page_of(result_of(STORY))
    shown = [" ".join("".join(one.pieces()).split()) for one in document.all("bdi")]
    wanted = " ".join(HOSTILE.split())
    # title twice, summary, a source, four parts, the claim twice, and what is beside it and the challenge
    assert sum(wanted in text for text in shown) >= 18
    for text in document.by_id("story").pieces():
        assert "\u202e" not in text or text in HOSTILE or HOSTILE.startswith(text[:20])


def test_a_stale_credence_is_marked() -> None:
    _, document = page_of(result_of(STORY))
    assert "2020-01-01 stale" in document.by_id("story").text


@pytest.mark.parametrize("code", [0x0, 0x1B, 0x80, 0xD800, 0xFFFE, 0xFDD0])
def test_what_no_document_may_hold_is_replaced(code: int) -> None:
    assert tag("p", f"a{chr(code)}b", title=chr(code)) == '<p title="\ufffd">a\ufffdb</p>'


def test_only_markup_is_left_as_it_is() -> None:
    assert join(["<b>", Html("<i>"), None]) == "&lt;b&gt;<i>"
    assert authored('"<') == "<bdi>&quot;&lt;</bdi>"
    assert tag("a", class_='x"', hidden=True, open=False, title=None) == '<a class="x&quot;" hidden></a>'
    assert tag("rect", x=1.0, y=0.125, viewBox=3) == '<rect x="1" y="0.12" viewBox="3"></rect>'
