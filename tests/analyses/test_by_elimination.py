"""Analyses where variable elimination answers in place of diagrams: the same answers, or said why not."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from sensa.analyses import ANALYSES, EXACT, TABLE
from sensa.engines import choice
from sensa.engines.elimination import budgets
from sensa.pipeline import prepare, run
from sensa.properties.judge import judge
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.reading import parse
from tests.short_stories import ASSUMPTION, HEAD, story

TODAY = date(2026, 11, 28)
NAMES = [f"a{i}" for i in range(5)]
MORE = """
[events.late]
claim = "It is late"
mode = "other"
requires = ["a0"]
chance = { beta = [2, 3] }

[choices.m]
claim = "What training finds"
[choices.m.options]
meant = { weight = 3, tags = ["conforms"] }
other = { weight = 1 }

[expect]
"P(catastrophic | late)" = { value = 0.5, within = 0.5 }
"""
TEXT = (
    story(
        "".join(ASSUMPTION.format(name=name, credence="{ beta = [3, 2] }") for name in NAMES),
        f"(late and m == 'other') or at_least(3, {', '.join(f'not {name}' for name in NAMES)})",
    )
    + MORE
)
SAME = [
    "outcomes",
    "kinds",
    "violations",
    "pairs",
    "criteria",
    "expectations",
    "carried_by",
    "importance",
    "nodes",
]


@pytest.fixture
def eliminated(monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session whose diagrams may have three nodes."""
    monkeypatch.setattr(choice, "tried_nodes", lambda draws: 3)
    monkeypatch.setattr(budgets, "ROWS_PER_NODE", 100_000)
    return prepare(parse(TEXT), Settings(points=64))


@pytest.mark.parametrize("name", SAME)
def test_an_analysis_is_the_same_by_elimination(eliminated: Session, name: str) -> None:
    """Means, interventions, conditions and derivatives, against diagrams."""
    assert eliminated.ends.info.circuit_products > 0
    found, wanted = (
        ANALYSES[name](eliminated),
        ANALYSES[name](prepare(parse(TEXT), Settings(points=64, engine="exact"))),
    )
    assert found.attrs["how"] == wanted.attrs["how"] == "exact"
    for variable, values in wanted.data_vars.items():
        if values.dtype.kind == "f":
            np.testing.assert_allclose(found[variable], values, rtol=1e-12, atol=1e-14, err_msg=str(variable))


def test_indices_by_elimination_are_those_of_diagrams_within_their_error(eliminated: Session) -> None:
    """Without a product of a circuit with itself they are sampled, and say so.

    Each of 6 is within 8 standard errors of the exact one: by Student's t of 7 degrees of freedom, one is
    beyond once in 1,800 tests.
    """
    session = replace(eliminated, settings=replace(eliminated.settings, points=4096))
    assert session.ends.info.circuit_products > 0
    assert session.diagram_ends is None
    found = ANALYSES["sobol_credence"](session)
    wanted = ANALYSES["sobol_credence"](prepare(parse(TEXT), Settings(engine="exact")))
    assert (found.attrs["how"], wanted.attrs["how"]) == ("parameters-sampled", "exact")
    assert "since there is no diagram" in found.attrs["note"]
    one, other = found.sel(outcome="bad"), wanted.sel(outcome="bad")
    off = np.abs(one["first"] - other["first"]).values
    assert (off <= 8 * one["first_error"].values).all()


def test_the_result_says_that_elimination_answered() -> None:
    result = run(parse(TEXT), points=64, engine="elimination", analyses=["outcomes"])
    assert (result.attrs["engine"], result.attrs["diagram_nodes"]) == ("exact", 0)
    assert result.attrs["engine_reason"] == "elimination was asked for"
    assert result.attrs["circuit_products"] > 0


EXPERTS = '{ experts = [{ name = "A", credence = 0.2 }, { name = "B", credence = { beta = [2, 2] } }] }'
WORTH = (
    TEXT.replace('kind = "catastrophic"', 'kind = "catastrophic"\nloss = 2')
    .replace("credence = { beta = [3, 2] }", f"credence = {EXPERTS}", 1)
    .replace("chance = { beta = [2, 3] }", "chance = { interval = [0.1, 0.5] }")
    + """
[properties.low]
require = "P(catastrophic) <= 0.9"
forall = { violate = { max = 1 } }
[properties.worst]
require = "P(catastrophic) <= 0.9"
at = "worst"
"""
)
NEEDS_EXACT = [row.name for row in TABLE if row.needs == EXACT]


@pytest.mark.parametrize("name", NEEDS_EXACT)
def test_what_needs_an_exact_engine_has_one_by_elimination(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same numbers as by diagrams; bounds may be wider, and hold those of diagrams."""
    wanted = ANALYSES[name](prepare(parse(WORTH), Settings(points=64, engine="exact")))
    monkeypatch.setattr(choice, "tried_nodes", lambda draws: 3)
    monkeypatch.setattr(budgets, "ROWS_PER_NODE", 100_000)
    session = prepare(parse(WORTH), Settings(points=64))
    assert session.ends.info.circuit_products > 0
    found = ANALYSES[name](session)
    assert "no diagram" not in found.attrs.get("note", "")
    for variable, values in wanted.data_vars.items():
        if values.dtype.kind != "f":
            continue
        if name == "bounds":
            assert (found[variable] <= values + 1e-12).all() or (found[variable] >= values - 1e-12).all()
        else:
            np.testing.assert_allclose(found[variable], values, rtol=1e-9, atol=1e-12, err_msg=str(variable))


def test_variants_and_properties_are_judged_by_elimination(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by diagrams, cases and the worst of an interval included."""
    changes = {"assumptions.a1.credence": 0.9, "events.late.chance": 0.3}
    settings = Settings(points=64, engine="exact")
    wanted = prepare(parse(WORTH), settings).at(changes)
    judged = judge(prepare(parse(WORTH), settings), today=TODAY).verdicts
    monkeypatch.setattr(choice, "tried_nodes", lambda draws: 3)
    monkeypatch.setattr(budgets, "ROWS_PER_NODE", 100_000)
    session = prepare(parse(WORTH), Settings(points=64))
    np.testing.assert_allclose(session.at(changes)["mean"], wanted["mean"], rtol=1e-12)
    found = judge(session, today=TODAY).verdicts
    assert [verdict.status for verdict in found] == [verdict.status for verdict in judged]
    assert {verdict.status for verdict in found} <= {"pass", "fail"}


UNASSUMED = """
[events.found]
chance = { beta = [2, 3] }
[events.shock]
mode = "unmodelled"
chance = 0.1
[outcomes.lost]
kind = "catastrophic"
when = "shock and not found"
[outcomes.never]
kind = "catastrophic"
when = "shock and found and not found"
[outcomes.slow]
kind = "fail_safe"
when = "found"
[outcomes.good]
kind = "success"
otherwise = true
"""


def test_without_assumptions_an_end_is_possible_or_certain_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand: only a shock, which is unmodelled, loses, and nothing is certain; no diagram is tried."""
    monkeypatch.setattr(Session, "diagram", lambda *_: pytest.fail("a diagram was tried"))
    engines: tuple[choice.Choice, ...] = ("elimination", "exact")
    for engine in engines:
        session = prepare(parse(HEAD + UNASSUMED), Settings(points=64, engine=engine))
        data = ANALYSES["minimal_sets"](session)
        assert data.attrs["how"] == "exact"
        assert {name: data["count"].sel(output=name).values.tolist() for name in data.output.values} == {
            "failure": [1.0, 0.0],  # possible, certain
            "catastrophic": [0.0, 0.0],
            "fail_safe": [1.0, 0.0],
            "lost": [0.0, 0.0],
            "never": [0.0, 0.0],
            "slow": [1.0, 0.0],
            "good": [1.0, 0.0],
        }
        assert data["sets"].sel(output="slow", way="possible").values[0] == "nothing"
        assert data["chance"].sel(output="slow", way="possible").values[0] == 1.0
