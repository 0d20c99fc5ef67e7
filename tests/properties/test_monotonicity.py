"""Pruning by monotonicity: proven where it is so, refused where not, and the same verdicts."""

import math
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings

from sensa.pipeline import prepare
from sensa.properties.cases import Scope
from sensa.properties.judge import judge
from sensa.properties.margins import MeteredRequirement
from sensa.properties.meters import measures
from sensa.properties.monotonicity import falling
from sensa.properties.verdicts import Verdict
from sensa.stories.properties.requirements import parse_requirement
from sensa.stories.reading import parse
from tests.properties.brute_force import asked, run
from tests.short_stories import ASSUMPTION, story

TODAY = date(2026, 11, 21)
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
MANY = "".join(ASSUMPTION.format(name=f"x{i}", credence=0.99) for i in range(30))
EVENT = '[events.e]\nchance = 0.05\nmode = "other"\n'
ANY = " or ".join(f"not x{i}" for i in range(30))


def verdict(text: str, require: str, scope: str = "max = 5") -> Verdict:
    prop = f'\n[properties.p]\nrequire = "{require}"\nforall = {{ violate = {{ {scope} }} }}\n'
    return judge(prepare(parse(text + prop)), today=TODAY, seconds=20.0).verdicts[0]


def test_one_case_bounds_all_where_violations_never_help() -> None:
    """30 over at most 5 are 174,437 sets; with all violated P(bad) is .05, and so it is at most in each."""
    text = story(MANY + EVENT, f"e and ({ANY})", f"not e and ({ANY})")
    found = verdict(text, "P(bad) <= 0.051")
    assert (found.status, found.certainty, found.examined) == ("pass", "bound", 1)
    assert str(sum(math.comb(30, size) for size in range(6))) in found.reason
    assert found.margin == pytest.approx(0.001, abs=1e-9)


def test_what_contains_a_breaking_case_is_passed_over() -> None:
    text = story(MANY + EVENT, f"e and ({ANY})", f"not e and ({ANY})")
    found = verdict(text, "P(bad) <= 0.049", "max = 4")
    assert (found.status, found.certainty, found.complete) == ("fail", "exact", True)
    assert found.examined == 1 + 30
    assert {len(one.violated) for one in found.minimal} == {1}
    assert "30 minimal cases break it" in found.reason


def test_without_a_proof_every_case_is_looked_at() -> None:
    """Bad where exactly one fails: a second violation helps."""
    few = "".join(ASSUMPTION.format(name=f"x{i}", credence=0.99) for i in range(13))
    names = ", ".join(f"not x{i}" for i in range(13))
    text = story(few, f"exactly(1, {names})", f"not exactly(1, {names})")
    found = verdict(text, "P(bad) <= 1", "max = 13")
    assert (found.status, found.certainty, found.examined) == ("pass", "exact", 2**13)


@settings(max_examples=40, deadline=None, suppress_health_check=CHECKS)
@given(asked())
def test_verdicts_are_the_same_with_pruning(case) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sensa.properties.property_verdict.MIN_PROOF_CASES", 0)
        patch.setattr("tests.properties.brute_force.PRUNED", True)
        run(case)


@pytest.mark.parametrize(
    ("require", "names", "never_helps"),
    [
        ("P(bad | failure) <= 0.5", ("b",), False),
        ("P(bad) <= 0.5", ("a", "b"), True),
        ("P(bad) >= 0.5", ("a",), False),
        ("P(bad) >= 0.5", ("b",), True),  # bad does not depend on it
    ],
)
def test_a_proof_looks_at_what_is_given_too(require: str, names: tuple[str, ...], never_helps: bool) -> None:
    """Bad where a fails, poor where only b does: a failure of b lowers P(bad | failure), and so helps."""
    text = story("".join(ASSUMPTION.format(name=name, credence=0.9) for name in "ab"), "not a", "not b")
    requirement = parse_requirement(require)
    wanted = [one.measure for one in requirement.measured]
    made = measures(prepare(parse(text)), wanted)  # type: ignore[arg-type]
    found = falling(MeteredRequirement(requirement, made.meter(wanted), None, {}, 0.99), Scope(names, 0, 2))  # type: ignore[arg-type]
    assert found is never_helps
