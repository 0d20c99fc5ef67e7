"""Plain sweeps under interventions: against enumeration, and against sweeps of each to the last bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.engines.exact.engine import MANY_SAMPLES, compile_gates
from sensa.engines.protocol import NO_FORCE, Force, with_values
from sensa.kernels import compiled_work
from sensa.kernels.bdd import diagrams, interventions
from sensa.kernels.bdd.interventions import Intervention
from sensa.kernels.program import Gates, Ints
from tests.engines.circuits import chain, circuits, enumerated, ints


def forces_of(rng: np.random.Generator, coins: int) -> list[Force]:
    """No intervention, one coin at 0 and 1, and any coins at any of both."""
    one = ints(int(rng.integers(coins)))
    some = np.flatnonzero(rng.uniform(size=coins) < 0.5).astype(np.int32)
    values = rng.integers(0, 2, len(some)).astype(np.float64)
    return [NO_FORCE, Force(one, np.zeros(1)), Force(one, np.ones(1)), Force(some, values)]


@settings(max_examples=60, deadline=None)
@given(circuits(coins=8), st.integers(0, 2**32), st.sampled_from([24, 33, 70]))
def test_interventions_are_those_of_enumeration(
    circuit: tuple[Gates, Ints, int], seed: int, samples: int
) -> None:
    gates, roots, coins = circuit
    rng = np.random.default_rng(seed)
    p = rng.uniform(size=(samples, coins))
    p[rng.uniform(size=p.shape) < 0.1] = rng.integers(0, 2)
    diagram = compile_gates(gates, roots, coins=coins).diagram
    forces = forces_of(rng, coins)
    plans = [Intervention(f.coins, f.values, interventions.above(diagram, f.coins)) for f in forces]
    found = interventions.forward(diagram, p, plans)
    for one, force in zip(found, forces, strict=True):
        held = force.applied(p)
        np.testing.assert_allclose(one, enumerated(gates, roots, held), rtol=0, atol=1e-12)
        np.testing.assert_array_equal(one, diagrams.forward(diagram, held))
    whole = interventions.together(diagram, plans)
    assert whole.size <= diagram.size + sum(len(plan.changed) for plan in plans)
    each = diagrams.forward(whole, p).reshape(samples, len(plans), len(roots))
    np.testing.assert_array_equal(each.transpose(1, 0, 2), found)


@pytest.mark.parametrize("samples", [MANY_SAMPLES - 1, MANY_SAMPLES])
@pytest.mark.parametrize("compiled", [False, True])
def test_an_engine_gives_the_same_in_every_way(
    samples: int, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagrams, "BLOCK_BYTES", 1 << 18)  # several blocks
    monkeypatch.setattr(compiled_work, "pays", lambda *work: compiled)
    gates, roots, steps, coins = chain(6)
    engine, rng = compile_gates(gates, roots, coins=coins, steps=steps), np.random.default_rng(samples)
    p, forces = rng.uniform(size=(samples, coins)), forces_of(rng, coins)
    each = np.stack([engine.probabilities(p, force) for force in forces])
    np.testing.assert_array_equal(engine.under(p, forces), each)
    np.testing.assert_array_equal(engine.under(p, forces[::-1]), each[::-1])
    np.testing.assert_array_equal(engine.under(p, forces[:2]), each[:2])
    p[3, 0] = np.nan
    each = np.stack([engine.probabilities(p, force) for force in forces])
    np.testing.assert_array_equal(engine.under(p, forces), each)
    with pytest.raises(ValueError, match="p has shape"):
        engine.under(p[:, 1:], forces)


@settings(max_examples=60, deadline=None)
@given(circuits(coins=8), st.integers(0, 2**32), st.booleans())
def test_exchanges_are_those_of_enumeration(
    circuit: tuple[Gates, Ints, int], seed: int, compiled: bool
) -> None:
    gates, roots, coins = circuit
    rng = np.random.default_rng(seed)
    p = np.asfortranarray(rng.uniform(size=(MANY_SAMPLES, coins)))
    changed = [np.flatnonzero(rng.uniform(size=coins) < 0.3).astype(np.int32) for _ in range(4)]
    values = [rng.uniform(size=(MANY_SAMPLES, len(some))) for some in changed]
    values[0][rng.uniform(size=values[0].shape) < 0.1] = np.nan
    engine = compile_gates(gates, roots, coins=coins)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled_work, "pays", lambda *work: compiled)
        patch.setattr(diagrams, "BLOCK_BYTES", 1 << 14)  # several blocks
        found = engine.exchanged(p, changed, values)
        for one, some, instead in zip(found, changed, values, strict=True):
            exchanged = with_values(p, some, instead)
            np.testing.assert_array_equal(one, engine.probabilities(exchanged))
            if not np.isnan(instead).any():
                few = exchanged[:40]
                np.testing.assert_allclose(one[:40], enumerated(gates, roots, few), rtol=0, atol=1e-12)
    assert engine.exchanged(p[:3], changed[1:], [each[:3] for each in values[1:]]).shape[1] == 3
