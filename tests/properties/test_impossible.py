"""What is impossible is vacuous, and what no sampled world has met is undecided, wherever it is written."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensa.engines.protocol import Force
from sensa.methods.impossible import impossible
from sensa.pipeline import prepare
from sensa.properties.next_try import EXACT
from sensa.sampling.parameters import RunError, at_means
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse
from tests import strategies
from tests.properties.verdicts import EVENT, point, verdict
from tests.short_stories import story

E = EVENT.format(name="e", chance=0.1, when='when = "not a"\n')
TEXT = story(
    point("a", 0.8) + point("b", 0.5) + point("z", 1) + point("q", 0.9999) + point("r", 0.9999) + E,
    "not a and not b",
    "not a",
)
WORLDS = {"engine": "montecarlo", "points": 64, "samples": 4096}
TERMS = (
    "P(bad | {0}) <= 1",
    "P(bad | {0}) + P(bad) >= 0",
    "0 * P(bad | {0}) <= 1",
    "P(bad | {0}) - P(bad | {0}) <= 1",
    "P(bad) / P({0}) * P({0}) <= 2",
    "0 * P(bad) / P({0}) <= 1",
)


@pytest.mark.parametrize("term", TERMS)
def test_an_impossible_condition_is_vacuous_in_any_term(term: str) -> None:
    """As z is certain to hold, and nothing is both a and not a; by any engine."""
    for condition in ("not z", "a and not a"):
        prop = f'require = "{term.format(condition)}"'
        assert verdict(TEXT, prop).status == "vacuous"
        assert verdict(TEXT, prop, **WORLDS).status == "vacuous"


@pytest.mark.parametrize("term", TERMS)
def test_a_condition_that_no_world_meets_is_undecided_in_any_term(term: str) -> None:
    """Not q and not r is met in one of 100 million worlds; e and a in none, which the gates do not show."""
    for condition in ("not q and not r", "e and a"):
        found = verdict(TEXT, f'require = "{term.format(condition)}"', **WORLDS)
        assert found.status == "undecided"
        assert found.reason == f"no sampled world meets what it conditions on or divides by; {EXACT}"


def test_cases_with_an_impossible_condition_are_counted_by_worlds_too() -> None:
    """Where a is violated nothing is conditioned on it; elsewhere P(bad | a) is 0."""
    prop = 'require = "P(bad | a) <= 0.1"\nforall = { violate = { max = 1, among = ["a"] } }'
    for options in ({}, WORLDS):
        found = verdict(TEXT, prop, **options)
        assert (found.status, found.reason) == ("pass", "in 1 of 2 cases its condition is impossible")


CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=12, deadline=None, suppress_health_check=CHECKS)
@given(strategies.stories(), st.data())
def test_what_is_said_to_be_impossible_has_the_probability_0(text: str, data: st.DataObject) -> None:
    """Of all gates of a story, some of its coins held, by a diagram: sound, whatever is drawn."""
    session = prepare(parse(text), Settings())
    circuit = session.circuit
    gates, coins = range(circuit.gates.size), range(len(circuit.coins))
    held = data.draw(st.lists(st.sampled_from(coins), unique=True, max_size=3)) if coins else []
    values = data.draw(st.lists(st.sampled_from((0.0, 1.0)), min_size=len(held), max_size=len(held)))
    force = Force(np.array(held, np.int32), np.array(values, np.float64))
    try:
        p = at_means(circuit).p
    except RunError:
        return  # a number leaves its bounds
    found = impossible(circuit, p, gates, [force])[0]
    exact = session.engine(gates).probabilities(np.where((p > 0) & (p < 1), 0.5, p), force)[0]
    assert not exact[found].any()
