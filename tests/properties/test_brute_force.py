"""Verdicts against enumeration: every set of violations, asked of the naive interpreter one by one.

The interpreter shares no code with the compiler or the engines; sets, margins and minimal cases are worked
out here again, from the definitions alone.
"""

import tomllib

import pytest
from hypothesis import HealthCheck, given, settings

from sensa.properties import case_search
from sensa.properties.cases import Scope
from tests import naive
from tests.properties.brute_force import (
    STATUSES,
    agrees,
    asked,
    judged,
    run,
)
from tests.short_stories import ENDS, HEAD

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def test_verdicts_and_counterexamples_are_those_of_enumeration() -> None:
    """Of the generated stories some keep, and some break their property."""
    STATUSES.clear()

    @settings(max_examples=60, deadline=None, suppress_health_check=CHECKS)
    @given(asked())
    def check(case) -> None:  # type: ignore[no-untyped-def]
        run(case)

    check()
    assert {"pass", "fail"} <= set(STATUSES)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=CHECKS)
@given(asked())
def test_many_verdicts_and_counterexamples_are_those_of_enumeration(case) -> None:
    run(case)


HAND = """format = "training-story/1"
[story]
title = "By hand"
[goal]
class = ["narrow-agent"]
specification = "s"
desirability = "d"
[rationale]
class = ["other"]
constraints = ["c"]
nudges = ["n"]
[assumptions.a]
claim = "a"
part = "goal.specification"
credence = 0.9
[assumptions.b]
claim = "b"
part = "goal.desirability"
credence = 0.8
[assumptions.c]
claim = "c"
part = "rationale.nudges"
credence = 0.7
[outcomes.bad]
kind = "catastrophic"
when = "(not a and not b) or (not c and not b)"
[outcomes.poor]
kind = "fail_safe"
when = "not a"
[outcomes.good]
kind = "success"
otherwise = true
"""


def by_hand() -> None:
    """Bad where b fails with a or c: P = .2 (1 - .9 x .7) = .074; b alone .37, a alone .2, two of them 1."""
    case = (HAND, tomllib.loads(HAND), 3, 0.3, None)
    agrees(*case)


def test_by_hand() -> None:
    by_hand()


class Skipping(Scope):
    """A search that leaves out the sets of one."""

    def of_size(self, size):  # type: ignore[no-untyped-def]
        return iter(()) if size == 1 else super().of_size(size)


def test_a_search_that_skips_a_size_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sensa.properties.property_verdict.scope",
        lambda document, forall: Skipping(("a", "b", "c"), 0, 3),
    )
    with pytest.raises(AssertionError):
        by_hand()


def test_a_dropped_sign_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Violated assumptions set to hold."""
    from sensa.properties import cases, evaluate

    true = cases.force

    def turned(circuit, kinds, case):  # type: ignore[no-untyped-def]
        found = true(circuit, kinds, case)
        return type(found)(found.coins, 1.0 - found.values)

    monkeypatch.setattr(evaluate, "force", turned)
    with pytest.raises(AssertionError):
        by_hand()


def test_a_minimal_set_that_is_none_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Supersets among the minimal cases: the worst first instead of the nearest."""
    monkeypatch.setattr(
        case_search.Searched,
        "minimal",
        property(lambda self: sorted(self.breaking, key=lambda each: -len(each.case.names))),
    )
    with pytest.raises(AssertionError):
        by_hand()


@pytest.mark.parametrize("kind", ["event", "challenge", "safeguard"])
@pytest.mark.parametrize("stated", [0.0, 1.0])
def test_what_is_stated_certain_can_be_set_too(kind: str, stated: float) -> None:
    """Against the naive interpreter of the story in which the number is written as the case sets it."""

    def written(number: float) -> str:
        numbers = dict.fromkeys(("event", "challenge", "safeguard"), 0.5) | {kind: number}
        return (
            HEAD
            + f"""
[assumptions.a]
claim = "c"
part = "goal.desirability"
credence = 0.5
[challenges.c]
against = "a"
kind = "undercut"
claim = "c"
stands = {numbers["challenge"]}
leaves = 0.25
[events.e]
when = "not a"
chance = {numbers["event"]}
mode = "other"
[safeguards.s]
against = ["e"]
power = {numbers["safeguard"]}
"""
            + ENDS.format(bad="e and not halted", poor="false")
        )

    def risk(number: float) -> float:
        ended = naive.outcome_probabilities(tomllib.loads(written(number)), {})
        return sum(chance for (outcome, _), chance in ended.items() if outcome == "bad")

    held = risk(0.0 if kind == "safeguard" else 1.0)
    worst = max(risk(stated), held)
    for limit, status in ((worst + 1e-9, "pass"), (worst - 1e-9, "fail")):
        prop = f'[properties.p]\nrequire = "P(catastrophic) <= {limit!r}"\n'
        prop += f'forall = {{ violate = {{ max = 1, kinds = ["{kind}"] }} }}\n'
        assert judged(written(stated) + prop).status == status
