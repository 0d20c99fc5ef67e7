"""Every number of the page is one of the result, as all reports print it."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sensa.engines.elimination import engine as elimination
from sensa.engines.montecarlo import engine as montecarlo
from sensa.reports.number_format import interval, percent
from sensa.reports.page.method import ASKED
from sensa.reports.result.answers import Answers, Asked
from sensa.reports.result.story_result import StoryResult
from sensa.sampling.settings import Settings
from tests.reports.page.pages import Element, library, page_of, result_of


@pytest.fixture(scope="module")
def red_doors() -> StoryResult:
    return library("red_doors")


def _answers(result: StoryResult) -> Answers:
    assert result.answers is not None
    return result.answers


def _rows(document: Element, style: str) -> Iterator[list[str]]:
    for table in document.all("table", style):
        for row in table.all("tr"):
            yield [cell.text for cell in row.all("td")]


def test_the_first_sentence_has_the_means(red_doors: StoryResult) -> None:
    """By hand in the story: P(catastrophic) is 0.0106786144, P(success) 0.6510174865."""
    _, document = page_of(red_doors)
    sentence = document.all("p", "lede")[0].text
    assert sentence == (
        "By its author’s own numbers, “The red doors” ends in catastrophe with probability 1.1 % and works "
        "with probability 65 %; otherwise it fails safely."
    )


def test_common_catastrophes_are_counted_in_100() -> None:
    """0.2 x 0.5 = 0.1 of harm, and 0.4 of success."""
    _, document = page_of(result_of(COIN))
    sentence = document.all("p", "lede")[0].text
    assert "catastrophe about 10 times in 100 and works about 50;" in sentence


def test_an_interval_of_the_risk_is_given_unless_it_is_mostly_sampling_error(red_doors: StoryResult) -> None:
    found = _answers(red_doors)
    low, high = found.outcomes["harm"].probability.between()
    assert low is not None
    assert high is not None
    for error, given in ((0.49 * (high - low), True), (0.51 * (high - low), False)):
        measure = replace(found.outcomes["harm"].probability, quantiles_error={0.05: 0.0, 0.95: error})
        outcomes = {**found.outcomes, "harm": replace(found.outcomes["harm"], probability=measure)}
        _, document = page_of(replace(red_doors, answers=replace(found, outcomes=outcomes, kinds={})))
        assert ("fits what the author leaves open" in document.text) == given


def test_outcomes_have_their_means_and_intervals(red_doors: StoryResult) -> None:
    _, document = page_of(red_doors)
    rows = {row[0].split(maxsplit=1)[-1]: row for row in _rows(document, "ends") if len(row) == 4}
    for name, outcome in _answers(red_doors).outcomes.items():
        row = rows[name.replace("_", " ")]
        assert row[1] == percent(outcome.probability.mean)
        assert row[3] == interval(*outcome.probability.between())


def test_sampled_changes_have_the_errors_of_the_result() -> None:
    """In points, of the risk and of failing at all."""
    result = result_of(COIN, engine="montecarlo", samples=4096)
    found = _answers(result).violations
    assert found is not None
    _, document = page_of(result)
    rows = [row for table in document.all("table", "matters") for row in table.all("tr") if row.all("td")]
    for name, error in found.risk_change_error.items():
        (row,) = [row for row in rows if name in row.text]
        errors = (error or 0.0, found.failing_change_error[name] or 0.0)
        shown = [float(digits) for digits in re.findall(r"±([\d.e-]+)", row.text)]
        assert shown == pytest.approx([100 * one for one in errors if one], rel=0.5)


def test_what_matters_most_has_both_ends_of_every_assumption(red_doors: StoryResult) -> None:
    """The tables of violations, summed by hand over the kinds of outcomes."""
    _, document = page_of(red_doors)
    found = _answers(red_doors).violations
    assert found is not None
    rows = [row for table in document.all("table", "matters") for row in table.all("tr") if row.all("td")]
    for name, violated in found.violated.items():
        (row,) = [row for row in rows if name in row.text]
        risk, failing = (svg.attributes["aria-label"] or "" for svg in row.all("svg"))
        holds = found.holds[name]
        expected = percent(violated["harm"]), percent(holds["harm"])
        assert risk.replace("\xa0", " ") == (
            f"{expected[1]} if it holds, {expected[0]} if violated, 1.1 % as stated"
        )
        fails = percent(1 - (violated["doors_opened"] or 0.0)), percent(1 - (holds["doors_opened"] or 0.0))
        assert failing.replace("\xa0", " ").startswith(f"{fails[1]} if it holds, {fails[0]} if violated")


def test_the_ladder_has_all_hold_and_all_violated() -> None:
    """Harm is 0.3 where a is violated, 0.01 where all hold, and both violated stop the plan: 0."""
    _, document = page_of(result_of(LADDER))
    rows = {row[0]: row[2] for row in _rows(document, "log") if row[0]}
    assert rows["as stated"] == percent(0.25 * 0.5 * 0.3 + 0.25 * 0.5 * 0 + (0.75) * 0.01)
    assert rows["if all hold"] == "1.0 %"
    assert rows["worst one violateda"] == percent(0.5 * 0.3)
    assert rows["all violated"] == "0 %"
    assert "All violated is not the worst" in document.text


def test_properties_have_their_verdicts(red_doors: StoryResult) -> None:
    _, document = page_of(red_doors)
    rows = list(_rows(document, "properties"))
    assert [row[0] for row in rows] == ["✓ holds", "✓ holds"]
    assert "door_lovers_are_harmless P(catastrophic) <= 0.05" in rows[0][1]
    assert rows[0][2].startswith("0.03011 <= 0.05")  # by hand in the story: 0.0301068640


def test_a_property_that_fails_is_said_in_the_first_lines() -> None:
    text = COIN + '[properties.rare]\nrequire = "P(catastrophic) <= 0.05"\n'
    _, document = page_of(result_of(text))
    assert "It fails its own limit." in document.all("p", "lede2")[0].text
    rows = list(_rows(document, "properties"))
    assert rows[0][0] == "✗ fails"
    assert "its limit 5 %" in document.text


def test_a_tipping_point_from_what_no_world_shows_says_so(red_doors: StoryResult) -> None:
    known = _answers(red_doors)
    tipping = [replace(one, now=None) for one in known.tipping]
    html, _ = page_of(replace(red_doors, answers=replace(known, tipping=tipping)))
    assert "not seen → " in html
    assert "not seen → " not in page_of(red_doors)[0]


def test_tipping_points_are_those_of_the_result(red_doors: StoryResult) -> None:
    _, document = page_of(red_doors)
    for crossing in _answers(red_doors).tipping:
        if crossing.limit == 0.01:
            move = f"{percent(crossing.now)} → {percent(crossing.credence)}"
            assert f"{crossing.assumption}{move}" in document.text.replace("\xa0", " ")


def test_shares_of_the_variance_are_those_of_the_result(red_doors: StoryResult) -> None:
    _, document = page_of(red_doors)
    rows = {row[0]: row for row in _rows(document, "numbers")}
    total = _answers(red_doors).sobol_credence["events.wireheads.chance"].kind_total["catastrophic"]
    assert total is not None
    assert rows["wireheads.chance"][1] == f"{100 * total:.0f} %"


HEAD = """
format = "training-story/1"
[story]
title = "{title}"
[goal]
class = ["narrow-agent"]
specification = "A model."
desirability = "It is wanted."
[rationale]
class = ["inductive-bias-analysis"]
constraints = ["One."]
nudges = ["Two."]
"""
COIN = (
    HEAD.format(title="A coin")
    + """
[assumptions.a]
claim = "It lands well"
part = "rationale.nudges"
credence = 0.5
[events.harms]
chance = 0.2
[outcomes.harm]
kind = "catastrophic"
when = "not a and harms"
[outcomes.nothing]
kind = "fail_safe"
when = "not a"
[outcomes.works]
kind = "success"
otherwise = true
"""
)

LADDER = (
    HEAD.format(title="A ladder")
    + """
[assumptions.a]
claim = "It holds"
part = "rationale.nudges"
credence = 0.75
[assumptions.b]
claim = "It starts"
part = "rationale.nudges"
credence = 0.5
[events.harms]
given = [{ if = "not a and b", chance = 0.3 }, { if = "not a", chance = 0 }]
chance = 0.01
[outcomes.harm]
kind = "catastrophic"
when = "harms"
[outcomes.none]
kind = "fail_safe"
when = "not a and not b"
[outcomes.works]
kind = "success"
otherwise = true
"""
)


UNCERTAIN = COIN.replace("credence = 0.5", "credence = { beta = [1, 1] }")


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({"points": 16384}, ""),
        ({"points": 64}, " --points 64"),
        ({"points": 64, "engine": "elimination", "seed": 3}, " --engine elimination --points 64 --seed 3"),
        ({"engine": "montecarlo", "samples": 4096}, " --engine montecarlo --points 64 --samples 4096"),
    ],
)
def test_the_command_names_what_decided_the_numbers(settings: dict[str, object], options: str) -> None:
    _, document = page_of(result_of(UNCERTAIN, file="a story.toml", **settings))
    commands = [one.text for one in document.all("pre") if one.text.startswith("sensa")]
    assert commands == [f"sensa run 'a story.toml'{options}"]


def test_what_the_command_goes_by() -> None:
    assert Settings().points == Asked().points
    assert ASKED == {montecarlo.ASKED: "montecarlo", elimination.ASKED: "elimination"}
