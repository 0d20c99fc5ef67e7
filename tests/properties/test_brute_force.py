"""Verdicts against enumeration: every set of violations, asked of the naive interpreter one by one.

The interpreter shares no code with the compiler or the engines; sets, margins and minimal cases are worked
out here again, from the definitions alone.
"""

import tomllib
from datetime import date
from itertools import combinations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sensa.pipeline import prepare
from sensa.properties import case_search
from sensa.properties.cases import Scope
from sensa.properties.judge import judge
from sensa.properties.verdicts import Verdict
from sensa.sampling.parameters import RunError
from sensa.sampling.settings import Settings
from sensa.stories.problems import StoryError
from sensa.stories.reading import parse
from tests import naive, strategies
from tests.compiling.test_graph import ENDS, HEAD
from tests.naive.parameters import declarations, is_parameter

TODAY = date(2026, 11, 21)
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


STATUSES: list[str] = []
PRUNED = False  # cases may be decided without being looked at


def judged(text: str, **options: object) -> Verdict:
    model = prepare(parse(text), Settings(points=64, replicates=2))
    return judge(model, today=TODAY, **options).verdicts[0]  # type: ignore[arg-type]


def chances(doc: dict, chosen: tuple[str, ...]) -> dict[str, float]:
    """P(outcome) with these assumptions violated, of a story whose numbers are points."""
    found: dict[str, float] = {}
    for (outcome, _), chance in naive.outcome_probabilities(doc, {}, do=dict.fromkeys(chosen, False)).items():
        found[outcome] = found.get(outcome, 0.0) + chance
    return found


def of(doc: dict, ended: dict[str, float], word: str) -> float:
    kinds = {name: table["kind"] for name, table in doc["outcomes"].items()}
    if word == "failure":
        return sum(chance for name, chance in ended.items() if kinds[name] != "success")
    return sum(chance for name, chance in ended.items() if kinds[name] == word)


def pointed(doc: dict) -> bool:
    """Whether no number of a story is uncertain."""
    return not any(is_parameter(raw) for _, _, raw in declarations(doc))


def agrees(text: str, doc: dict, most: int, limit: float, given: str | None) -> None:
    names = list(doc.get("assumptions", {}))
    require = f"P(catastrophic | {given}) <= {limit}" if given else f"P(catastrophic) <= {limit}"
    prop = f'\n[properties.p]\nrequire = "{require}"\nforall = {{ violate = {{ max = {most} }} }}\n'
    margins: dict[frozenset[str], float] = {}
    vacuous = 0
    for size in range(min(most, len(names)) + 1):
        for chosen in combinations(names, size):
            ended = chances(doc, chosen)
            below = of(doc, ended, given) if given else 1.0
            if below == 0:
                vacuous += 1
                continue
            margins[frozenset(chosen)] = limit - of(doc, ended, "catastrophic") / below
    if any(abs(margin) < 1e-9 for margin in margins.values()):
        return  # what rounding decides is nobody's
    verdict = judged(text + prop)
    STATUSES.append(verdict.status)
    assert PRUNED or verdict.examined == len(margins) + vacuous
    assert verdict.complete
    broken = {chosen for chosen, margin in margins.items() if margin < 0}
    if not broken:
        assert verdict.status == ("vacuous" if not margins else "pass")
        if margins:
            bounded = PRUNED and verdict.certainty == "bound"
            assert verdict.margin <= min(margins.values()) + 1e-9
            assert bounded or verdict.margin == pytest.approx(min(margins.values()), abs=1e-9)
        return
    assert (verdict.status, verdict.certainty) == ("fail", "exact")
    minimal = {chosen for chosen in broken if not any(other < chosen for other in broken)}
    told = {frozenset(one.violated) for one in verdict.minimal}
    assert told <= minimal
    assert len(told) == min(len(minimal), 20)
    assert verdict.nearest is not None
    assert verdict.worst is not None
    assert len(verdict.nearest.violated) == min(map(len, broken))
    assert PRUNED or verdict.worst.margin == pytest.approx(min(margins.values()), abs=1e-9)
    assert margins[frozenset(verdict.worst.violated)] == pytest.approx(verdict.worst.margin, abs=1e-9)
    for part in verdict.nearest.parts:
        rest = frozenset(verdict.nearest.violated) - {part.name}
        if rest in margins:
            assert part.without == pytest.approx(margins[rest], abs=1e-9)
            assert part.without >= 0


@st.composite
def asked(draw: st.DrawFn) -> tuple[str, dict, int, float, str | None]:
    text = draw(strategies.pointed_stories())
    limit = draw(st.sampled_from([0.03, 0.11, 0.27, 0.52, 0.83]))
    return text, tomllib.loads(text), draw(st.integers(0, 3)), limit, draw(st.sampled_from([None, "failure"]))


def run(case: tuple[str, dict, int, float, str | None]) -> None:
    text, doc, most, limit, given = case
    assume(pointed(doc) and doc.get("assumptions"))
    try:
        agrees(text, doc, most, limit, given)
    except (naive.NaiveError, RunError, StoryError):
        assume(False)


@settings(max_examples=60, deadline=None, suppress_health_check=CHECKS)
@given(asked())
def test_verdicts_and_counterexamples_are_those_of_enumeration(case) -> None:
    run(case)


def test_the_generated_cases_were_of_all_kinds() -> None:
    """Of the stories of the test above some keep, and some break their property."""
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
        "sensa.properties.judge.scope",
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
