"""Scales, names of steps, and words of the charts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensa.reports.page.marks import LogScale
from sensa.reports.page.markup import Html
from sensa.reports.page.steps import step_names
from sensa.reports.page.words import claim, frequent, identifier, often
from tests.reports.page.pages import library, page_of, read


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
