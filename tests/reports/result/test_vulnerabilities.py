"""Where credences tip, in words; the sets are told in the tests of their analysis."""

from sensa.reports.result.from_tree import answers
from sensa.reports.result.vulnerabilities import breaking
from tests.short_stories import beta, result, story


def test_the_two_nearest_ways_to_the_next_limit_are_told_the_nearer_first() -> None:
    """P(bad) = 1 - a b = .46; .5 where b = 5/9 (.18 in log-odds) or a = 5/6 (.59); c does nothing."""
    text = story(beta("a", 9, 1) + beta("b", 6, 4) + beta("c", 5, 5), "not a or not b")
    said = dict(breaking(answers(result(text, "outcomes", "tipping_points"))))
    assert said == {
        "Tips": "the catastrophic risk (46 %) reaches 50 % where b falls from 60 % to 56 %,"
        " or where a falls from 90 % to 83 %"
    }


def test_what_must_rise_is_told_so() -> None:
    """Bad where it holds: P(bad) = .2 reaches .5 where a rises."""
    said = dict(breaking(answers(result(story(beta("a", 2, 8), "a"), "outcomes", "tipping_points"))))
    assert said["Tips"] == "the catastrophic risk (20 %) reaches 50 % where a rises from 20 % to 50 %"


def test_beyond_every_limit_nothing_tips() -> None:
    text = story(beta("a", 1, 9), "not a")
    assert dict(breaking(answers(result(text, "outcomes", "tipping_points")))) == {}
