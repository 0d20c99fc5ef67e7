"""The ways of setting an assumption agree with each other."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from sensa.analyses.violations import violations
from sensa.methods import interventions
from sensa.pipeline import prepare
from sensa.sampling.executor import Executor
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.reading import parse
from tests import strategies
from tests.short_stories import ASSUMPTION, story

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def at_a_point(model: Session) -> Any:
    """Coin probabilities that no parameter distribution restricts."""
    return np.random.default_rng(5).random((3, len(model.circuit.coins)))


@settings(max_examples=30, deadline=None, suppress_health_check=CHECKS)
@given(strategies.stories())
def test_one_draw_set_or_differentiated_or_by_gates_is_the_same(text: str) -> None:
    model = prepare(parse(text), Settings(points=16, replicates=2))
    single = [n for n in model.circuit.assumption_coins if interventions.has_one_draw(model.circuit, n)]
    if not single:
        return
    p = at_a_point(model)
    coins = np.array([model.circuit.assumption_coins[name][0] for name in single])
    each = interventions._set_each(model, coins, p)
    np.testing.assert_allclose(interventions._differentiated(model, coins, p), each, rtol=0, atol=1e-13)
    gates = [model.circuit.violated_and[name][outcome] for name in single for outcome in model.outcomes]
    joint = model.engine(gates).probabilities(p).T.reshape(len(single), len(model.outcomes), len(p))
    np.testing.assert_allclose(joint.transpose(0, 2, 1), each[interventions.JOINT], rtol=0, atol=1e-13)
    assert each.shape == (4, len(single), len(p), len(model.outcomes))
    now = model.ends.probabilities(p) @ model.by_outcome
    np.testing.assert_allclose(
        each[interventions.CHANGE], each[interventions.VIOLATED] - now, rtol=0, atol=1e-13
    )


SPARED = story(
    ASSUMPTION.format(name="a", credence=0.9)
    + ASSUMPTION.format(name="b", credence=0.7)
    + ASSUMPTION.format(name="c", credence=0.8)
    + 'given = [{ if = "b", credence = 0.6 }]\n',
    "not a and (b or not b)",
    "not b or not c",
)


def test_by_worlds_what_changes_nothing_changes_it_by_exactly_nothing() -> None:
    """P(bad) = .1, whatever b and c are; with a violated 1, so the change is .9."""
    for samples in (4096, 1 << 20):
        model = prepare(parse(SPARED), Settings(engine="montecarlo", samples=samples))
        data = violations(model)
        for name in ("b", "c"):
            here = data.sel(assumption=name)
            assert float(here["risk_change"]) == 0.0
            assert float(here["risk_change_error"]) == 0.0
        assert float(data["risk_change"].sel(assumption="a")) == pytest.approx(0.9, abs=0.02)


def test_changes_by_worlds_have_honest_errors() -> None:
    """b violated adds .9 (1 - (.3 + .7 x .4)) = .378 to failing. The sum of squares of 40 of Student's
    t with 15 degrees of freedom lies beyond 110 with chance 1.2e-4, and below 10 with 1e-6 (simulated)."""
    z = []
    for seed in range(40):
        model = prepare(parse(SPARED), Settings(engine="montecarlo", samples=1 << 16, seed=seed, work=1e6))
        here = violations(model).sel(assumption="b")
        assert float(here["failing_change_error"]) > 0
        z.append((float(here["failing_change"]) - 0.378) / float(here["failing_change_error"]))
    assert 10 < np.square(z).sum() < 110


def test_what_two_analyses_ask_for_is_computed_once_for_each_session() -> None:
    """`violations` and `tipping_points` ask the same; with other settings, and so another session, anew."""
    model = prepare(parse(story(ASSUMPTION.format(name="a", credence="{ beta = [2, 3] }"), "not a")))
    once = interventions.in_replicates(model, ["a"])
    assert interventions.in_replicates(model, ["a"]) is once
    other = replace(model, settings=replace(model.settings, points=2 * model.settings.points))
    assert interventions.paired(other, ["a"]) is not once


def test_means_without_interventions_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = prepare(parse(story(ASSUMPTION.format(name="a", credence="{ uniform = [0, 1] }"), "not a")))
    first = model.replicated(model.ends)
    monkeypatch.delattr(Executor, "means")
    assert model.replicated(model.ends) is first
    with pytest.raises(ValueError, match="read-only"):
        first[:] = 0.0
    with pytest.raises(AttributeError):
        model.replicated(model.ends, model.by_outcome)
