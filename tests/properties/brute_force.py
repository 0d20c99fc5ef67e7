"""Verdicts by going through every case."""

import tomllib
from datetime import date
from itertools import combinations

import pytest
from hypothesis import assume
from hypothesis import strategies as st

from sensa.pipeline import prepare
from sensa.properties.judge import judge
from sensa.properties.verdicts import Verdict
from sensa.sampling.parameters import RunError
from sensa.sampling.settings import Settings
from sensa.stories.problems import StoryError
from sensa.stories.reading import parse
from tests import naive, strategies
from tests.naive.parameters import declarations, is_parameter

TODAY = date(2026, 11, 21)


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
