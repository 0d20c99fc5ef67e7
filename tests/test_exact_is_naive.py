"""The whole way from text to probability against the naive interpreter, on generated stories.

The interpreter enumerates worlds and was written from the format's text alone; agreement to 1e-12 for each
(outcome, step), with and without interventions, is what says that compiler, lowering and engine are right.
"""

import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from sensa.circuit import Circuit
from sensa.compiling import compile_story
from sensa.engines.elimination.engine import compile_eliminated
from sensa.engines.exact.engine import compile_exact
from sensa.engines.parts import ExactPartsEngine
from sensa.engines.protocol import Engine, Force
from sensa.kernels.program import Floats
from sensa.lowering import lower
from sensa.sampling.parameters import RunError, coin_probabilities, evaluate
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.reading import parse
from tests import naive, strategies
from tests.compiled import compiled
from tests.short_stories import beta, story

ROOT = Path(__file__).parents[1]
WORKED = sorted([*ROOT.glob("stories/library/*.toml"), *ROOT.glob("stories/gallery/*.toml")])

Case = tuple[str, dict[str, Any], dict[str, float]]
UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def agree(case: Case, compile_engine: Callable[..., Engine] = compile_exact) -> None:
    text, doc, theta = case
    circuit = compiled(text)
    assert sorted(p.path for p in circuit.parameters) == sorted(naive.parameters(doc))
    values = np.array([[theta[p.path] for p in circuit.parameters]])
    try:
        want = naive.outcome_probabilities(doc, theta)
    except naive.NaiveError:
        with pytest.raises(RunError):
            coin_probabilities(circuit, values)
        return
    p = coin_probabilities(circuit, values)
    engine = compile_engine(circuit)
    assert_same(circuit, engine.probabilities(p)[0], want)
    for name, coins in circuit.assumption_coins.items():
        for held in (True, False):
            force = Force(np.array(coins, np.int32), np.full(len(coins), float(held)))
            want = naive.outcome_probabilities(doc, theta, do={name: held})
            assert_same(circuit, engine.probabilities(p, force)[0], want)
    assert_same_queries(circuit, p, doc, theta, compile_engine)


def assert_same(circuit: Circuit, q: Any, want: dict[tuple[str, int], float]) -> None:
    got = {(root.outcome, root.step): float(value) for root, value in zip(circuit.roots, q, strict=True)}
    assert abs(sum(got.values()) - 1) < 1e-12
    for key in got.keys() | want.keys():
        assert abs(got.get(key, 0.0) - want.get(key, 0.0)) < 1e-12, key


def assert_same_queries(
    circuit: Circuit,
    p: Any,
    doc: dict[str, Any],
    theta: dict[str, float],
    compile_engine: Callable[..., Engine],
) -> None:
    """Violation joint with each outcome, the criteria, and the expected loss."""
    joint = {(a, o): gate for a, gates in circuit.violated_and.items() for o, gate in gates.items()}
    gates = [*joint.values(), *circuit.criteria.values(), *(loss.gate for loss in circuit.losses)]
    if not gates:
        return
    q = compile_engine(circuit, roots=np.array(gates, np.int32)).probabilities(p)[0]
    want = naive.joint_violated(doc, theta)
    for i, key in enumerate(joint):
        assert abs(q[i] - want[key]) < 1e-12, key
    criteria = naive.criteria(doc, theta)
    for i, name in enumerate(circuit.criteria, len(joint)):
        assert abs(q[i] - criteria[name]) < 1e-12, name
    programs = np.array([loss.program for loss in circuit.losses], np.int32)
    values = np.array([[theta[p.path] for p in circuit.parameters]])
    loss = float(q[len(gates) - len(programs) :] @ evaluate(circuit, programs, values)[0])
    assert loss == pytest.approx(naive.expected_loss(doc, theta), rel=1e-11, abs=1e-11)


@settings(max_examples=60, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.cases(strategies.NOTED))
def test_exact_engine_is_the_naive_interpreter(case: Case) -> None:
    agree(case)


@pytest.mark.slow
@settings(max_examples=1500, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.cases(strategies.NOTED))
def test_exact_engine_is_the_naive_interpreter_on_many(case: Case) -> None:
    agree(case)


@settings(max_examples=50, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.cases())
def test_elimination_is_the_naive_interpreter(case: Case) -> None:
    agree(case, compile_eliminated)
    assert_same_as_diagrams(case)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.cases())
def test_elimination_is_the_naive_interpreter_on_many(case: Case) -> None:
    agree(case, compile_eliminated)
    assert_same_as_diagrams(case)


def with_force(p: Floats, force: Force) -> Floats:
    held = p.copy()
    held[:, force.coins] = force.values
    return held


def rounding(engine: Engine, held: Floats) -> Floats:
    """How far roots (forces, samples, roots) may be off: 1 - p has lost digits where p is near 1."""
    slopes = engine.gradients(held.reshape(-1, held.shape[-1]))[1]
    off = 4 * np.finfo(float).eps * np.einsum("ijk,ik->ij", np.abs(slopes), held.reshape(-1, held.shape[-1]))
    return np.asarray(off.reshape(*held.shape[:2], -1))


def assert_same_as_diagrams(case: Case) -> float:
    """All roots, derivatives, interventions and what is false, at the story's values and at random ones.

    Returns the largest relative error of a probability.
    """
    text, _, theta = case
    circuit = compiled(text)
    coins = len(circuit.coins)
    p = np.random.default_rng(len(text)).random((3, coins))
    with suppress(RunError):
        p[:1] = coin_probabilities(circuit, np.array([[theta[p.path] for p in circuit.parameters]]))
    diagrams, found = compile_exact(circuit), compile_eliminated(circuit)
    forces = [
        Force(np.array([coin], np.int32), np.array([held])) for coin in range(coins) for held in (0.0, 1.0)
    ]
    for force in ([Force()], forces):
        got, want = (engine.under(p, force) for engine in (found, diagrams))
        held = np.stack([with_force(p, one) for one in force])
        assert (np.abs(got - want) <= 1e-12 * want + rounding(diagrams, held)).all()
    np.testing.assert_allclose(found.gradients(p)[1], diagrams.gradients(p)[1], rtol=1e-12, atol=1e-13)
    if isinstance(found, ExactPartsEngine):
        false = [diagrams.is_false(root) for root in range(len(circuit.roots))]
        assert [found.is_false(root) for root in range(len(circuit.roots))] == false
    got, want = found.probabilities(p), diagrams.probabilities(p)
    return float((np.abs(got - want) / np.where(want > 0, want, 1.0)).max(initial=0.0))


def test_a_model_draws_what_the_naive_interpreter_expects() -> None:
    """The mean over the run's own parameter values is the mean of the interpreter at those values."""
    event = '[events.e]\nwhen = "not a"\nchance = { uniform = [0.1, 0.5] }\nleak = { uniform = [0.0, 0.2] }\n'
    text = story(beta("a", 2, 3) + event, "e and a", "e")
    graph = compile_story(parse(text))
    circuit = lower(graph)
    model = Session(graph, circuit, Settings(points=64, replicates=2))
    blocks = list(model.points.blocks())
    paths = [p.path for p in circuit.parameters]
    doc = tomllib.loads(text)
    each = [
        naive.outcome_probabilities(doc, dict(zip(paths, row.tolist(), strict=True)))[("poor", 0)]
        for block in blocks
        for row in block.theta
    ]
    at = model.outcomes.index("poor")
    np.testing.assert_allclose(model.samples.q[:, at], each, rtol=0, atol=1e-14)


@pytest.mark.parametrize("file", WORKED, ids=lambda file: file.stem)
def test_worked_stories_are_the_naive_interpreter_s(file: Path) -> None:
    """At one value of the parameters, with each intervention: outcomes by step, criteria, loss."""
    text = file.read_text("utf-8")
    doc = tomllib.loads(text)
    (theta,) = naive.sample_theta(without_extrapolations(doc), 1, seed=7)
    agree((text, doc, theta))


def without_extrapolations(raw: Any) -> Any:
    """What is extrapolated as any distribution on [0, 1]: only some value of it is wanted here."""
    match raw:
        case {"extrapolate": _}:
            return {"beta": [1, 9]}
        case dict():
            return {key: without_extrapolations(value) for key, value in raw.items()}
        case list():
            return [without_extrapolations(value) for value in raw]
    return raw
