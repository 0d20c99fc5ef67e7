"""What a review comes to: the table of docs/ci.md, case by case."""

from dataclasses import replace
from itertools import combinations, product
from typing import get_args

import pytest

from sensa.cli.configuration import KEYS
from sensa.properties.verdicts import Judgement
from sensa.reviewing.lost_requirements import inactive, removed, without_base
from sensa.reviewing.review import LOST, FailOn, state_of
from sensa.stories.codes import LOGS, SIGN_OFFS
from sensa.stories.problems import Place, Problem
from tests.comparing.stories import story
from tests.reports import reviews

STATUSES = ("pass", "fail", "undecided", "vacuous", "waived", "inactive")
PLACE = Place("story.toml", 1, 1)
MILD = Problem("idle-event", "warning", PLACE, "", "reaches no outcome")
GONE = Problem("property-removed", "warning", PLACE, "", "is gone")
# The state of one verdict alone, by level: of a property that is an error, and of one that is a warning.
ONE = {
    "error": (dict(zip(STATUSES, "PFUUPP", strict=True)), dict.fromkeys(STATUSES, "P")),
    "inactive": (dict(zip(STATUSES, "PFUUPF", strict=True)), dict.fromkeys(STATUSES, "P")),
    "suspect": (dict(zip(STATUSES, "PFUUPF", strict=True)), dict.fromkeys(STATUSES, "P")),
    "warning": (dict(zip(STATUSES, "PFUUPP", strict=True)),) * 2,
    "never": (dict.fromkeys(STATUSES, "P"),) * 2,
}
OF_PROBLEMS = {
    "error": "PP",
    "inactive": "PF",
    "suspect": "PF",
    "warning": "FF",
    "never": "PP",
}  # of MILD, of GONE
STATES = {"P": "passed", "U": "undecided", "F": "failed"}
LEVELS: tuple[FailOn, ...] = ("error", "inactive", "suspect", "warning", "never")


@pytest.mark.parametrize("fail_on", LEVELS)
def test_a_state_is_the_worst_that_counts(fail_on: FailOn) -> None:
    """Failed before undecided before passed, over every pair of verdicts, with and without warnings."""
    kinds = list(product(STATUSES, (0, 1)))
    for pair in [(), *combinations(kinds, 1), *combinations(kinds, 2)]:
        verdicts = tuple(
            replace(reviews.verdict(status), severity=("error", "warning")[mild]) for status, mild in pair
        )
        found = {ONE[fail_on][mild][status] for status, mild in pair}
        for problems, more in (
            ((), "P"),
            ((MILD,), OF_PROBLEMS[fail_on][0]),
            ((GONE,), OF_PROBLEMS[fail_on][1]),
        ):
            worst = next(state for state in "FUP" if state in found | {more, "P"})
            assert state_of(Judgement(verdicts), problems, fail_on) == STATES[worst], (pair, problems)


@pytest.mark.parametrize("code", LOST)
def test_each_code_of_what_was_lost_counts_as_inactive(code: str) -> None:
    assert state_of(Judgement(), (replace(GONE, code=code),), "inactive") == "failed"


@pytest.mark.parametrize("code", sorted(SIGN_OFFS | LOGS))
@pytest.mark.parametrize(("fail_on", "state"), [("inactive", "passed"), ("suspect", "failed")])
def test_sign_offs_and_logs_count_as_suspect(code: str, fail_on: FailOn, state: str) -> None:
    assert state_of(Judgement(), (replace(MILD, code=code),), fail_on) == state


@pytest.mark.parametrize("level", get_args(FailOn))
def test_every_level_can_be_configured(level: str) -> None:
    assert KEYS["fail-on"].right(level)


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("never", 0), ("inactive", 1), ("warning", 1)])
def test_a_story_that_is_not_checked_any_more(fail_on: FailOn, code: int) -> None:
    base = story()
    for now, said in (
        (None, "`story.toml` is gone: it was a story at main"),
        ("new.toml", "`story.toml` is `new.toml` now, which is not checked: it was a story at main"),
    ):
        found = removed("story.toml", base, "main", now, fail_on)
        assert (found.file, found.title, found.digest) == ("story.toml", "Two ways", base.digest)
        assert (found.state, found.exit_code) == (("passed", "failed")[code], code)
        assert [str(one) for one in found.problems] == [f"story.toml:1:1: {said}"]


def test_properties_that_have_no_base() -> None:
    """They are counted and named; without any, nothing is said."""
    one, two = (replace(reviews.verdict("inactive"), name=name, reason="no base") for name in "ab")
    rest = (reviews.verdict("pass"), reviews.verdict("fail"))
    for verdicts, said in (
        (rest, []),
        ((one, *rest), ["no file; one property is inactive: `a`"]),
        ((*rest, one, two), ["no file; 2 properties are inactive: `a` and `b`"]),
    ):
        found = list(without_base("s.toml", "no file", Judgement(verdicts)))
        assert [(p.code, p.place, p.message) for p in found] == [
            ("no-base", Place("s.toml", 1, 1), message) for message in said
        ]
    told = [(p.place, p.path, p.message) for p in inactive(Judgement((*rest, one, two)))]
    assert told == [(v.place, f"properties.{v.name}", f"`{v.name}` is inactive: no base") for v in (one, two)]
