"""The dots: twenty of them, where the quantiles are, and what is said of the properties."""

import itertools
import math

import pytest
from scipy import stats

from sensa.reports.page.dots import PLAIN, Quantiles, dot_plot, linear, logarithmic
from tests.reports.page.pages import Element, page_of, read, result_of
from tests.short_stories import ASSUMPTION, beta, losing, story

TEXT = losing(story(beta("a", 9, 2) + beta("b", 3, 1), "not a and not b", "not b"), bad="10") + (
    '\n[properties.seldom]\nrequire = "P(failure) <= 0.2"\nquantile = 0.5\n'
    "forall = { violate = { max = 1 } }\n"
)
UNIFORM = Quantiles([i / 40 for i in range(1, 40)])


def _dots(svg: Element) -> list[tuple[float, float, str]]:
    return [
        (
            float((dot.attributes["cx"] or "").rstrip("%")) / 100,
            float(dot.attributes["cy"] or ""),
            dot.attributes["class"] or "",
        )
        for dot in svg.all("circle")
    ]


def _svg(drawn: str) -> Element:
    (svg,) = read(drawn).all("svg")
    return svg


def test_dots_are_the_middles_of_twenty_equal_parts() -> None:
    dots = _dots(_svg(dot_plot(UNIFORM, PLAIN, lambda value: "bad" if value > 0.9 else "good", 0.9)))
    expected = [(2 * i + 1) / 40 for i in range(20)]
    assert [x for x, _, _ in dots] == pytest.approx(expected, abs=1 / 80 + 1e-9)
    assert len({y for _, y, _ in dots}) == 1
    assert [style for _, _, style in dots] == ["fill-good"] * 18 + ["fill-bad"] * 2


def test_dots_of_one_column_are_stacked_within_the_chart() -> None:
    svg = _svg(dot_plot(Quantiles([0.5] * 38 + [0.51]), PLAIN, lambda _: "bad"))
    dots = _dots(svg)
    assert len({x for x, _, _ in dots}) == 1
    heights = sorted(y for _, y, _ in dots)
    gaps = [b - a for a, b in itertools.pairwise(heights)]
    assert gaps == pytest.approx([gaps[0]] * 19, abs=0.02)
    assert heights[0] >= 0
    assert heights[-1] < float(svg.attributes["height"] or "")


def test_small_probabilities_are_on_a_logarithmic_axis() -> None:
    values = [10 ** (-4 + 3 * i / 38) for i in range(39)]
    axis = logarithmic(values)
    assert axis.scale(1.0) == 1.0
    assert axis.scale(1e-2) - axis.scale(1e-3) == pytest.approx(axis.scale(1e-1) - axis.scale(1e-2))
    assert 0 < axis.scale(values[0]) < axis.scale(values[-1]) < 1


def test_losses_fill_the_width() -> None:
    axis = linear([-2.0, 6.0, 0.0])
    assert [axis.scale(x) for x in (-2.0, 0.0, 6.0)] == [0.0, 0.25, 1.0]


def test_the_section_has_the_quantiles_of_the_result() -> None:
    """P(success) = b ~ Beta(3, 1): the level's cube root; P(failure) = 1 - b is below 0.2 with 1 - 0.8^3."""
    _, document = page_of(result_of(TEXT, points=4096))
    section = document.by_id("distributions")
    rows = {row.all("td")[0].text: [cell.text for cell in row.all("td")[1:]] for row in section.all("tr")[1:]}
    assert set(rows) == {"bad", "poor", "good", "expected loss"}
    for level, text in zip((0.05, 0.25, 0.5, 0.75, 0.95), rows["good"], strict=True):
        assert float(text.rstrip("\xa0%")) / 100 == pytest.approx(math.cbrt(level), abs=0.01)
    said = [p.text for p in section.all("p", "sub") if p.text.startswith("Holds")]
    assert len(said) == 1
    assert f"Holds for {100 * (1 - 0.8**3):.0f}" in said[0]
    assert "in the story as it is (it asks for 50" in said[0]
    charts = {div.all("h3")[0].text: div for div in section.all("div") if len(div.all("h3")) == 1}
    dots = _dots(charts["seldom P(failure)"].all("svg")[0])
    good = sum(style == "fill-good" for _, _, style in dots)
    assert abs(good - 20 * stats.beta(1, 3).cdf(0.2)) <= 1
    assert len(dots) == 20


def test_certain_stories_have_no_section() -> None:
    text = story(ASSUMPTION.format(name="a", credence=0.75), "not a")
    _, document = page_of(result_of(text))
    assert not [one for one in document.all("section") if one.attributes.get("id") == "distributions"]


def test_the_page_says_how_large_errors_of_quantiles_are() -> None:
    """With 128 worlds a value, that of a probability of .5 is .044; with exact worlds nothing is said."""
    said, named = "As worlds are sampled, each has a standard error of up to 4", ["outcomes", "kinds"]
    text = story(beta("a", 1, 1), "not a")
    worlds = {"engine": "montecarlo", "points": 1 << 10, "samples": 1 << 16}
    assert said in page_of(result_of(text, analyses=named, **worlds))[0]
    assert said[:21] not in page_of(result_of(text, analyses=named))[0]
