"""Reviews on a terminal: everything once, and nothing that a terminal would obey."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from sensa.properties.verdicts import Judgement, Part, Range
from sensa.reports.review.text import render
from sensa.reports.review.verdict_lines import number
from sensa.reviewing.review import Review
from sensa.stories.problems import Place
from tests.reports.any_reviews import REVIEWS
from tests.reports.reviews import VERDICTS, counterexample, hostile, review, use, verdict


def lines_of(*verdicts: Any, **changes: Any) -> list[str]:
    one = review(judgement=Judgement(verdicts), comparison=None, before=None, **changes)
    return render([one]).splitlines()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.2250738585072014e-308, "<1e-300"),
        (-5e-324, ">-1e-300"),
        (1e-300, "1e-300"),
        (0.0, "0"),
        (0.25, "0.25"),
    ],
)
def test_a_number_next_to_0(value: float, text: str) -> None:
    """They come from rounding, so their digits mean nothing."""
    assert number(value) == text


def test_each_verdict_is_said_once_with_its_mark() -> None:
    lines = render([review(comparison=None)]).splitlines()
    for mark, status in zip(
        "✓✗?∅~–", ("pass", "fail", "undecided", "vacuous", "waived", "inactive"), strict=True
    ):
        assert sum(line.startswith(f"{mark} {status}") for line in lines) == 1
    assert lines[-1] == (
        "1 warning, 1 passes, 1 fails, 1 undecided, 1 vacuous, 1 waived, 1 inactive in plans/story.toml"
    )


def test_what_compares_with_the_base_is_not_said_to_have_been_inactive_there() -> None:
    """It has no base of its own; a verdict that is another one now is said."""
    relative, other = (verdict("pass", name=name) for name in ("relative", "other"))
    was = Judgement((replace(relative, status="inactive"), replace(other, status="fail")))
    now = review(judgement=Judgement((relative, other)), before=was)
    lines = [line for line in render([now]).splitlines() if "relative" in line or "other:" in line]
    assert lines == [
        "✓ pass      relative: P(catastrophic) <= 0.2",
        "✓ pass      other: P(catastrophic) <= 0.2 (was: fail)",
    ]


def test_a_failing_property_is_told_whole() -> None:
    both = counterexample(
        violated=("narrow",), omitted=("alarm",), parts=(Part("narrow", 0.13), Part("alarm", -0.01))
    )
    lines = lines_of(replace(VERDICTS[1], nearest=both))
    assert lines[1:13] == [
        "✗ fail      fail: P(catastrophic) <= 0.2",
        "    0.35 > 0.2 (margin -0.15); exact; 2 of 4 cases break it",
        "    claimed: A property that is fail",
        "    nearest cx-0a1b2c3d: narrow violated, alarm left out (0.35 > 0.2)",
        "      without narrow it holds, by 0.13",
        "      without alarm it still breaks, by 0.01",
        "      narrow → plans → harm",
        "      fixed by events.plans.chance from 0.5 to 0.28",
        "      replay: sensa explain plans/story.toml cx-0a1b2c3d",
        "    worst cx-ffffffff: narrow and seen violated (0.5 > 0.2)",
        "      without narrow it holds, by 0.13",
        "      narrow → plans → harm",
    ]


@pytest.mark.parametrize(
    ("rules", "file", "command"),
    [
        ("a.toml", "a.toml", "sensa explain a.toml cx-0a1b2c3d"),
        ("r.toml", "a.toml", "sensa explain a.toml cx-0a1b2c3d --properties r.toml"),
        (
            "r@x.toml@0a1b2c3d",
            "a.toml",
            "sensa explain a.toml cx-0a1b2c3d --properties r@x.toml --config-from 0a1b2c3d",
        ),
        ("our rules", "$(x) a", "sensa explain '$(x) a' cx-0a1b2c3d --properties 'our rules'"),
    ],
)
def test_a_case_is_replayed_by_the_rules_it_is_from(rules: str, file: str, command: str) -> None:
    one = replace(VERDICTS[1], place=Place(rules, 3, 4))
    found = review(file=file, judgement=Judgement((one,)), comparison=None)
    assert f"      replay: {command}" in render([found]).splitlines()


def test_how_sure_it_is_and_why_it_is_not_decided() -> None:
    statistical = verdict(
        "pass", certainty="statistical", alpha=2e-4, share=Range(0.96, 0.99), at="quantile 0.95"
    )
    lines = lines_of(statistical, *VERDICTS[2:4], verdict("undecided", complete=False, examined=1234))
    text = "\n".join(lines)
    assert "✓ pass      pass: P(catastrophic) <= 0.2, quantile 0.95\n" in text
    assert (
        "    true for 0.96 to 0.99 of the distribution; statistical, wrong with chance 0.0002 at most\n"
        in text
    )
    assert "    0.19 to 0.21 against 0.2; too close to the limit\n" in text
    assert "    exact; its condition is impossible\n" in text
    assert "    1,234 cases, not all\n" in text
    assert "Chance that any statistical verdict is wrong: at most 0.001\n" in text


def test_a_margin_in_the_same_worlds_is_shown_with_its_interval() -> None:
    sides = {"left": Range(0.3, 0.31), "right": Range(0.3, 0.31), "paired_margin": Range(-1e-4, 2e-4)}
    known = "0.3 to 0.31 (margin -0.0001 to 0.0002, in the same worlds)"
    for status, margin, word in (("undecided", -1e-4, "against"), ("pass", 1e-4, "<=")):
        lines = lines_of(verdict(status, margin=margin, **sides))
        assert f"    0.3 to 0.31 {word} {known}" in lines


def test_every_waiver_is_shown_wherever_it_stands() -> None:
    places = [Place("s.toml", line, 3) for line in (1, 2, 3, 4)]
    with_verdict = use("used", place=places[0])
    others = (
        use("exceeded", place=places[1]),
        use("lapsed", days_left=-1, place=places[2], property="gone", owner=""),
        use("unused", days_left=1, place=places[3], witness=None, ceiling=None),
    )
    one = review(judgement=Judgement((verdict("waived", waivers=(with_verdict,)),), (with_verdict, *others)))
    lines = [line.strip() for line in render([one]).splitlines() if "waiver of" in line]
    terms = "for narrow, up to 0.4 until 2026-12-31"
    assert lines == [
        f"waiver of waived {terms}: used, 40 days left; drill booked (ops)",
        f"waiver of waived {terms}: exceeded: worse than its ceiling; drill booked (ops)",
        f"waiver of gone {terms}: lapsed 1 day ago; drill booked",
        "waiver of waived for any case until 2026-12-31: not needed, 1 day left; drill booked (ops)",
    ]


def test_what_changed_since_the_base_is_told() -> None:
    text = render([review()])
    assert "✗ fail      fail: P(catastrophic) <= 0.2 (was: pass)\n" in text
    assert "plans/story.toml against main (1a2b3c4)\n" in text
    assert "events.plans.chance: 0.1 → 0.5\n" in text


def test_a_story_without_an_answer_has_no_good_word() -> None:
    for state, code in (("error", 4), ("interrupted", 130), ("undecided", 3)):
        one = review(state=state, exit_code=code, message="it broke", judgement=Judgement(), problems=(),
                     comparison=None, before=None)  # fmt: skip
        assert render([one]) == f"plans/story.toml: it broke\n{state} in plans/story.toml\n"
    well = review(
        state="passed", exit_code=0, judgement=Judgement(), problems=(), comparison=None, before=None
    )
    assert render([well, well]) == "nothing wrong in plans/story.toml\n" * 2


def test_hostile_words_are_words() -> None:
    text = render([hostile()])
    assert "\\x1b[31m" in text
    assert not any(line.startswith("# e") for line in text.splitlines())


@settings(deadline=None, max_examples=25)
@given(REVIEWS)
def test_a_terminal_gets_nothing_to_obey(one: Review) -> None:
    for line in render([one]).split("\n"):
        assert line.isprintable()
