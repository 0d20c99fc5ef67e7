"""Base against head: numbers and verdicts of reviews made by hand, and of closed forms."""

import re
from dataclasses import replace

import pytest

from sensa.comparing.changes import Apart, Change, Comparison, Effect, Moved, Telling
from sensa.properties.verdicts import Judgement
from sensa.reports.formats import render
from sensa.reviewing.pipeline import review as reviewed
from sensa.sampling.settings import Settings
from sensa.stories.loading import loads
from sensa.stories.problems import Place
from tests.comparing.stories import PLAIN
from tests.reports.page.pages import Element, read
from tests.reports.reviews import COMPARISON, HOSTILE, hostile, review, use, verdict

PLACE = Place("plans/story.toml", 30, 10)


def _page(one: object) -> Element:
    return read(render([one], "html"))  # type: ignore[list-item]


def _rows(within: Element, style: str) -> list[list[str]]:
    (table,) = within.all("table", style)
    return [[cell.text for cell in row.all("td")] for row in table.all("tr") if row.all("td")]


@pytest.fixture(scope="module")
def by_hand() -> Element:
    return _page(review())


def test_outcomes_before_and_now(by_hand: Element) -> None:
    """In the review: harm from 0.01 to 0.07, works from 0.9 to 0.84 with a standard error of 0.001."""
    first, section = by_hand.all("div", "block")[0], by_hand.by_id("f1-since")
    rows = [
        ["▲ harm", "1 %", "→", "7 %", "+6 pts"],
        ["✓ works", "90 %", "→", "84 %", "-6 pts ± 0.2"],
    ]
    assert _rows(first, "since") == rows
    assert [row for row in _rows(section, "since") if row[0]][-2:] == rows
    assert first.all("h2")[0].text == "What changed since main (1a2b3c4)"
    assert "events.plans.chance: 0.1 → 0.5moves harm +6 pts, works -6 pts" in first.text


def test_the_change_that_moved_the_risk_most_is_first() -> None:
    comparison = Comparison(
        "base",
        tuple(
            Change(name, "changed", "1", "2", PLACE, False, (Effect("harm", harm), Effect("works", works)))
            for name, harm, works in [
                ("a", 0.0, 0.5), ("b", 0.0, 0.4), ("c", 0.0, -0.3), ("d", 0.02, -0.02), ("e", 0.01, 0.0)
            ]
        ),
        (Moved("harm", "catastrophic", 0.01, 0.04, 0.0), Moved("works", "success", 0.1, 0.68, 0.0)),
        "exact",
    )  # fmt: skip
    items = _page(review(comparison=comparison)).all("div", "block")[0].all("li")
    assert [item.text[0] for item in items[:3]] == ["d", "a", "b"]
    assert items[3].text == "and 2 more"


def test_bars_add_up_from_before_to_now() -> None:
    """0.2 + 0.3 - 0.1 = 0.4; the highest place is 0.5, the whole width."""
    comparison = Comparison(
        "base",
        (
            Change("up", "changed", "1", "2", PLACE, False, (Effect("harm", 0.3),)),
            Change("down", "added", None, "2", PLACE, False, (Effect("harm", -0.1),)),
            Change("none", "changed", "1", "2", PLACE, False, (Effect("harm", 0.0),)),
        ),
        (Moved("harm", "catastrophic", 0.2, 0.4, 0.0), Moved("new", "success", None, 0.6, 0.0)),
        "exact",
    )
    (fall,) = _page(review(comparison=comparison)).all("div", "fall")
    bars = []
    for row in fall.all("div"):
        _, rect = row.all("rect")
        x, width = (float((rect.attributes[name] or "").rstrip("%")) for name in ("x", "width"))
        bars.append((row.text.split(maxsplit=1)[0], round(x), round(width), rect.attributes["class"]))
    assert [bar[1:] for bar in bars] == [
        (0, 40, "fill-bad-soft"),
        (40, 60, "fill-bad"),
        (80, 20, "fill-good"),
        (0, 80, "fill-bad"),
    ]
    assert fall.attributes["aria-label"] == "before 20 %; up +30 pts; down -10 pts; now 40 %"


def test_verdicts_and_waivers_before_and_now() -> None:
    before = Judgement(
        (verdict("pass", name="a"), verdict("fail", name="gone"), verdict("pass", name="same")),
        (use("used", property="kept"), use("used", property="dropped")),
    )
    now = Judgement(
        (verdict("fail", name="a", require="P(harm) <= 0.1"), verdict("pass", name="same"),
         verdict("pass", name="b")),
        (use("used", property="kept", days_left=39), use("unused", property="fresh", ceiling=0.5)),
    )  # fmt: skip
    page = _page(review(judgement=now, before=before))
    said = [item.text for item in page.all("div", "block")[0].all("li")]
    assert said[-3:] == ["a: ✓ holds → ✗ fails", "b: not there → ✓ holds", "gone: ✗ fails → gone"]
    rows = {row[0].split()[0]: row for row in _rows(page.by_id("f1-since"), "both")}
    assert rows["a"][0] == "a P(catastrophic) <= 0.2 → P(harm) <= 0.1"
    assert rows["a"][1:] == ["before✓ holds", "now✗ fails"]
    assert rows["gone"][2] == "nowgone"
    waivers = [item.text for item in page.by_id("f1-since").all("li") if "waiver" in item.text]
    assert [text.split(":")[0] for text in waivers] == ["new", "gone"]  # a day less left is no other term
    assert "fresh" in waivers[0]
    assert "dropped" in waivers[1]


def test_a_waiver_with_other_terms_is_said_with_both() -> None:
    before, now = (Judgement((), (use("used", ceiling=ceiling),)) for ceiling in (0.4, 0.6))
    text = _page(review(judgement=now, before=before)).by_id("f1-since").text
    assert re.search(r"changed: waiver of .* up to 0\.6 .*\(was: waiver of .* up to 0\.4 ", text)


def test_without_a_base_or_a_change_nothing_is_claimed() -> None:
    same = review(comparison=Comparison("base", (), (), "exact"), before=None)
    assert "No value of the story has changed." in _page(same).text
    alone = _page(review(comparison=None, before=None))
    assert "since" not in [one.attributes.get("id", "") for one in alone.all("section")]
    words = replace(review().comparison, changes=review().comparison.changes[1:])  # type: ignore[type-var, union-attr]
    assert "Wording only: 1" in _page(review(comparison=words)).text


def test_a_page_has_one_main_heading_whatever_failed() -> None:
    wrong = review(state="wrong", comparison=None, before=None, judgement=Judgement())
    for reviews in ([], [wrong], [wrong, wrong]):
        page = read(render(reviews, "html"))
        assert len(page.all("h1")) <= 1
        assert len(page.all("h1")) == 1 or not reviews
    assert read(render([wrong], "html")).all("h1")[0].text == "plans/story.toml: ✗ cannot be judged"


def test_keys_are_isolated() -> None:
    """No mark of direction in a key moves what is around it."""
    path = "expect.\u202e P(harm)"
    change = Change(path, "changed", "\u202e", "b", PLACE, False, (Effect("harm", 0.06),))
    page = _page(review(comparison=replace(COMPARISON, changes=(change,))))
    for one in page.all():
        own = "".join(child for child in one.children if isinstance(child, str))
        above = one
        while "\u202e" in own and above.tag != "bdi":
            assert above.parent is not None, own
            above = above.parent


def test_hostile_reviews_are_text() -> None:
    page = _page(hostile())
    assert len(page.all("script")) == 1
    assert " ".join(HOSTILE.split())[:20] in page.text


def test_a_page_of_a_review_has_the_whole_result_and_the_change() -> None:
    """harm = (1 - narrow) / 2: 10 % with 0.8, 20 % with 0.6."""
    base, head = (loads(text) for text in (PLAIN, PLAIN.replace("credence = 0.8", "credence = 0.6")))
    made = reviewed(head, base=base, base_name="before", settings=Settings(points=64), result=True)
    page = _page(made)
    assert "ends in catastrophe about 20 times in 100" in page.all("p", "lede")[0].text
    (row,) = [row for row in _rows(page.by_id("since"), "since") if "harm" in row[0]]
    assert row == ["▲ harm", "10 %", "→", "20 %", "+10 pts"]
    assert page.all("span", "pill")[0].text == "✓ passes"
    labels = [" ".join((one.attributes.get("aria-label") or "").split()) for one in page.all("svg")]
    assert any(one.startswith("as stated: 20 %") and one.endswith("before, hollow, 10 %") for one in labels)
    assert page.by_id("what-if").all("input")


def test_facts_that_tell_two_versions_apart_are_shown() -> None:
    """Where they were asked for: the one that tells most first, without those that tell nothing."""
    facts = (
        Telling("silent", 0.5, 0.5, 0.0, 0.0),
        Telling("model", None, None, 0.02, -0.001),
        Telling("<b>narrow", 0.8, 0.6, 0.19, 0.0042),
    )
    page = _page(review(comparison=replace(COMPARISON, apart=Apart(0.0042, 0.0, facts))))
    assert _rows(page, "telling") == [
        ["<b>narrow", "80 %", "60 %", "0.19", "0.0042"],
        ["model", "", "", "0.020", "-0.0010"],
    ]
    assert "They are 0.0042 bits apart on a catastrophe." in page.text
    alike = _page(review(comparison=replace(COMPARISON, apart=Apart(0.0, 0.0, facts[:1]))))
    assert not alike.all("table", "telling")
    assert "none would tell who is right" in alike.text
    assert "who is right" not in _page(review()).text
