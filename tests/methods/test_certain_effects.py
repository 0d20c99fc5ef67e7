"""What the gates show for certain of interventions, by hand and against diagrams."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensa.engines.protocol import NO_FORCE, Force
from sensa.methods.certain_effects import certain_effects
from sensa.pipeline import prepare
from sensa.sampling.parameters import RunError, at_means
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse
from tests import strategies
from tests.properties.verdicts import EVENT, point
from tests.short_stories import model, story

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def setting(coin: int, value: float) -> Force:
    return Force(np.array([coin], np.int32), np.array([value]))


def test_by_hand() -> None:
    """Bad needs not a; poor asks for d as well; sure is stated as 1, and b is read only where it is not."""
    events = EVENT.format(name="d", chance=0.5, when="")
    text = story(
        point("a", 0.9) + point("sure", 1) + point("b", 0.5) + events,
        "not a and (sure or not b)",
        "not a and d or a and d",
    )
    circuit = model(text).circuit
    draws = {coin.node: i for i, coin in enumerate(circuit.coins)}
    ways = [[setting(draws[name], value) for name in ("a", "sure", "b", "d")] for value in (0.0, 1.0)]
    found = certain_effects(circuit, at_means(circuit).p, ways, np.eye(3))
    bad, poor = 0, 1
    assert found.same[:, :, bad].tolist() == [[False, False, True, True], [False, True, True, True]]
    assert found.never[:, :, bad].tolist() == [[False] * 4, [True, False, False, False]]
    assert found.never[:, :, poor].tolist() == [[True, False, False, True], [False] * 4]
    assert found.known[0, 0].tolist() == [True, True, True]  # bad for certain where a is violated


@settings(max_examples=12, deadline=None, suppress_health_check=CHECKS)
@given(strategies.stories(), st.data())
def test_what_is_said_to_be_certain_is_so(text: str, data: st.DataObject) -> None:
    """Of each outcome, with one coin held: by an exact engine, at other values of the uncertain coins."""
    session = prepare(parse(text), Settings())
    circuit = session.circuit
    try:
        p = at_means(circuit).p
    except RunError:
        return  # a number leaves its bounds
    coins = range(len(circuit.coins))
    if not coins:
        return
    force = setting(data.draw(st.sampled_from(coins)), data.draw(st.sampled_from((0.0, 1.0))))
    found = certain_effects(circuit, p, [[force]], np.eye(len(circuit.ends)))
    engine = session.engine(list(circuit.ended.values()))
    p = np.where((p > 0) & (p < 1), 0.375, p)
    set_so, stated = (engine.probabilities(p, each)[0] for each in (force, NO_FORCE))
    np.testing.assert_allclose(set_so[found.same[0, 0]], stated[found.same[0, 0]], atol=1e-12)
    assert not set_so[found.never[0, 0]].any()
    assert np.isin(set_so[found.known[0, 0]].round(12), (0.0, 1.0)).all()
