"""Scales, names of steps, and words of the charts."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensa.reports.page.marks import LogScale
from sensa.reports.page.markup import Html
from sensa.reports.page.steps import step_names
from sensa.reports.page.words import claim, frequent, identifier, limit, often
from tests.reports.page.pages import library, page_of, read, result_of
from tests.short_stories import ASSUMPTION, story


@pytest.mark.parametrize(
    ("lowest", "p", "at"), [(-2, 0.01, 0.0), (-2, 0.1, 0.5), (-4, 0.01, 0.5), (-2, 1.0, 1.0)]
)
def test_the_logarithmic_scale_is_even_in_decades(lowest: int, p: float, at: float) -> None:
    assert LogScale(lowest)(p) == pytest.approx(at, abs=1e-12)


@given(st.lists(st.floats(0.0, 1.0), min_size=1))
def test_everything_is_on_the_scale(values: list[float]) -> None:
    scale = LogScale.down_to(values)
    assert -8 <= scale.lowest <= -2
    places = [scale(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(0.0 <= place <= 1.0 for place in places)


def test_the_axis_begins_at_the_decade_below_the_least() -> None:
    assert LogScale.down_to([0.3, 0.0005]).lowest == -4
    assert LogScale.down_to([0.3, 0.001]).lowest == -3
    assert LogScale.down_to([0.0]).lowest == -2
    assert LogScale.down_to([1e-30]).lowest == -8


def test_few_labels_stand_on_a_long_axis() -> None:
    texts = [one.text for one in read(LogScale(-4).ticks(14)).all("text")]
    assert [text.replace("\xa0", " ") for text in texts] == ["100 %", "1 %", "0.01 %"]


@pytest.mark.parametrize("lowest", range(-8, -1))
def test_labels_do_not_overlap_on_a_narrow_axis(lowest: int) -> None:
    """170 pixels, as on a telephone, at 6.8 pixels a character: each begins 2 pixels after the one before."""
    ends = []
    for one in read(LogScale(lowest).ticks(14)).all("text"):
        at, width = 1.7 * float((one.attributes["x"] or "").rstrip("%")), 6.8 * len(one.text)
        start = at - {"start": 0.0, "middle": 0.5, "end": 1.0}[one.attributes["text-anchor"] or ""] * width
        ends.append((start, start + width))
    ends.sort()
    assert len(ends) >= 3
    assert all(after[0] - before[1] >= 2 for before, after in pairwise(ends))


def test_tiny_risks_are_written_alike_on_axes_and_beside() -> None:
    assert [limit(p) for p in (1e-8, 2.5e-7, 1e-5, 0.0001, 0.0)] == [
        "1e-8", "2.5e-7", "0.001\xa0%", "0.01\xa0%", "0\xa0%",
    ]  # fmt: skip


def test_a_violation_that_moves_a_tiny_risk_is_no_unchanged_one() -> None:
    """1e-18, and 1e-12 where one is violated: no more is failing at all, which is .1 and prints alike."""
    names = "abc"
    body = "".join(ASSUMPTION.format(name=name, credence=1 - 1e-6) for name in names)
    body += '[events.slip]\nchance = 0.1\nmode = "other"\n'
    _, document = page_of(result_of(story(body, " and ".join(f"not {n}" for n in names), "slip")))
    rows = [row for table in document.all("table", "matters") for row in table.all("tr")[1:]]
    assert len(rows) == 3
    for row in rows:
        risk, failing = (cell.text.replace("\xa0", " ") for cell in row.all("td", "c"))
        assert "1.0e-12" in risk
        assert "no change" not in risk
        assert "no change" in failing


def test_what_no_sampled_world_met_is_not_seen() -> None:
    """E x^3 < 1e-10, and all three share x, so that nothing is estimated again."""
    body = "[quantities.x]\nvalue = { uniform = [1e-4, 3e-4] }\n"
    body += "".join(ASSUMPTION.format(name=name, credence='"1 - x"') for name in "abc")
    text = story(body, "not a and not b and not c")
    _, document = page_of(result_of(text, engine="montecarlo", samples=1 << 14))
    bad = next(row for row in document.all("tr") if row.text.startswith("▲ bad"))
    assert [cell.text for cell in bad.all("td")][:2] == ["▲ bad", "not seen"]
    assert bad.all("td")[-1].text.startswith("at most")
    assert "catastrophe not seen" in document.all("p", "heads")[0].text
    assert document.all("tr", "now-row")[0].all("td")[-1].text == "not seen"


def test_a_violation_is_shown_where_nothing_else_is_seen() -> None:
    """E x^3 = 1e-9, which 33 million worlds meet for one seed in 30, and 1e-6 where one is violated."""
    body = "[quantities.x]\nvalue = { uniform = [0.0009, 0.0011] }\n"
    body += "".join(ASSUMPTION.format(name=name, credence='"1 - x"') for name in "abc")
    result = result_of(story(body, "not a and not b and not c"), engine="montecarlo", points=1024)
    _, document = page_of(result)
    rows = [row for table in document.all("table", "matters") for row in table.all("tr")[1:]]
    assert rows
    assert all("e-7" in row.all("td", "c")[0].text or "e-6" in row.all("td", "c")[0].text for row in rows)
    assert not any(row.all("td", "c")[0].all("circle", "hollow") for row in rows)


def test_steps_are_numbered_within_their_phase() -> None:
    assert step_names(("train", "live_on", "live_on")) == ["train", "live on 1", "live on 2"]


def test_long_names_of_steps_are_numbers_with_a_key() -> None:
    _, document = page_of(library("iterative_deployment"))
    steps = document.by_id("steps")
    assert "Steps: 1 pretraining, 2 to 4 deploy and curate." in steps.text
    assert [one.text for one in steps.all("svg")[0].all("text", "soft")] == ["1", "2", "3", "4"]


def test_frequencies_are_used_where_all_can_be_said_in_100() -> None:
    assert frequent([0.16, 0.02, 0.0])
    assert not frequent([0.0017, 0.5])
    assert not frequent([None, 0.5])
    assert often(0.164) == "16"


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("It holds", "it holds"),
        ("AI is safe", "AI is safe"),
        ("A model is", "a model is"),
        ("I do", "I do"),
        ("", ""),
    ],
)
def test_a_claim_within_a_sentence_begins_small(text: str, within: str) -> None:
    assert claim(text) == f"<bdi>{within}</bdi>"


def test_names_may_break_after_their_underscores() -> None:
    assert identifier("a_b.c") == '<span class="id">a_<wbr>b.<wbr>c</span>'
    assert identifier("a") == '<span class="id">a</span>'
    assert isinstance(identifier("<"), Html)
    assert "<<" not in identifier("<_<")
