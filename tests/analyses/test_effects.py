"""The ways of setting an assumption agree with each other."""

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings

from sensa.analyses import effects
from sensa.model import Model, Settings
from sensa.running import prepare
from sensa.stories.reading import parse
from tests import strategies

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def at_a_point(model: Model) -> Any:
    """Coin probabilities that no parameter distribution restricts."""
    return np.random.default_rng(5).random((3, len(model.circuit.coins)))


@settings(max_examples=30, deadline=None, suppress_health_check=CHECKS)
@given(strategies.stories())
def test_one_draw_set_or_differentiated_or_by_gates_is_the_same(text: str) -> None:
    model = prepare(parse(text), Settings(points=16, replicates=2))
    single = [n for n in model.circuit.assumption_coins if effects._has_one_draw(model.circuit, n)]
    if not single:
        return
    p = at_a_point(model)
    coins = np.array([model.circuit.assumption_coins[name][0] for name in single])
    each = effects._set_each(model, coins, p)
    np.testing.assert_allclose(effects._differentiated(model, coins, p), each, rtol=0, atol=1e-13)
    gates = [model.circuit.violated_and[name][outcome] for name in single for outcome in model.outcomes]
    joint = model.engine(gates).probabilities(p).T.reshape(len(single), len(model.outcomes), len(p))
    np.testing.assert_allclose(joint.transpose(0, 2, 1), each[effects.JOINT], rtol=0, atol=1e-13)
    assert each.shape == (3, len(single), len(p), len(model.outcomes))
