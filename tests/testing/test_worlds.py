"""Worlds of a small story: what they may set, how they shrink, and how it ends in them, by arithmetic."""

import numpy as np
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

import sensa
from sensa.engines.exact.engine import compile_gates
from sensa.testing import World, circuits, credences, worlds
from sensa.testing.strategies.circuits import BareCircuit
from tests.engines.circuits import enumerated
from tests.testing.watched import STORY

PLAN = sensa.loads(STORY)
SESSION = sensa.prepare(PLAN)
NAMES = ("narrow", "seen", "idle")
BOUNDS = {
    "assumptions.idle.credence": (0.1, 0.6),
    "events.plans.chance": (0.2, 0.8),
    "safeguards.watch.power": (0.5, 1.0),
}
UNHURRIED = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
QUIET = settings(UNHURRIED, max_examples=3000, derandomize=True)


@UNHURRIED
@given(worlds(PLAN))
def test_the_story_ends_in_a_world_as_arithmetic_says(world: World) -> None:
    """P(harm) = P(not narrow) x chance x P(not seen) x (1 - power); what is not moved is at its mean."""
    chance = world.credences.get("events.plans.chance", 0.5)
    power = world.credences.get("safeguards.watch.power", 0.75)
    drifts = 1.0 if "narrow" in world.violated else 0.2
    unseen = 1.0 if "seen" in world.violated else 0.5
    found = SESSION.evaluate(world)["mean"].sel(output="harm")
    assert float(found) == pytest.approx(drifts * unseen * chance * (1 - power), abs=1e-12)


@UNHURRIED
@given(worlds(SESSION, violate=(1, 2)))
def test_a_world_is_within_what_is_asked(world: World) -> None:
    assert 1 <= len(world.violated) <= 2
    assert list(world.violated) == [name for name in NAMES if name in world.violated]
    for path, value in world.credences.items():
        assert BOUNDS[path][0] <= value <= BOUNDS[path][1]
        assert value != sum(BOUNDS[path]) / 2  # only what is moved is there


@UNHURRIED
@given(worlds(PLAN, violate={"max": 3, "parts": ["goal.desirability"]}, credences="stated"))
def test_a_world_of_some_assumptions(world: World) -> None:
    assert set(world.violated) <= {"seen", "idle"}
    assert world.credences == {}


@pytest.mark.parametrize("needed", [(), ("narrow",), ("idle",), ("narrow", "idle"), NAMES])
def test_violations_shrink_to_those_that_are_needed(needed: tuple[str, ...]) -> None:
    found = find(worlds(PLAN, violate=3), lambda world: set(needed) <= set(world.violated), settings=QUIET)
    assert found == World(violated=needed)


def test_numbers_shrink_towards_what_is_stated() -> None:
    """Half of the way up is 0.65: the first step beyond, of 20, is the eleventh; nothing else is moved."""
    path = "events.plans.chance"
    found = find(worlds(PLAN), lambda world: world.credences.get(path, 0.5) > 0.65, settings=QUIET)
    assert found.violated == ()
    assert found.credences == {path: pytest.approx(0.5 + 11 / 20 * 0.3)}


@pytest.mark.parametrize("end", [0.2, 0.8])
def test_corners_come_up(end: float) -> None:
    found = find(credences(PLAN), lambda at: at.get("events.plans.chance") == end, settings=QUIET)
    assert found == {"events.plans.chance": end}


def test_what_cannot_be_asked() -> None:
    with pytest.raises(ValueError, match="`interval` or `stated`, not `mean`"):
        worlds(PLAN, credences="mean")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected 4 violations, but there are at most 3"):
        worlds(PLAN, violate=(4, 5))
    with pytest.raises(ValueError, match="assumptions only"):
        worlds(PLAN, violate={"max": 1, "kinds": ["event"]})


@UNHURRIED
@given(circuits(coins=5, size=12), st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=5, max_size=5))
def test_circuits_are_ones_that_engines_answer(circuit: BareCircuit, chances: list[float]) -> None:
    """Against going through all assignments of the coins."""
    p = np.array([chances[: circuit.coins]])
    engine = compile_gates(circuit.gates, circuit.roots, coins=circuit.coins)
    assert engine.probabilities(p) == pytest.approx(enumerated(circuit.gates, circuit.roots, p), abs=1e-12)
