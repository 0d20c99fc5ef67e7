"""Compiled builders and sweeps against the plain ones: the same diagram, the same bits."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.engines.exact.engine import compile_gates
from sensa.engines.exact.modules import find_modules
from sensa.engines.exact.network import simplify
from sensa.engines.exact.plans import plan_module
from sensa.engines.exact.variable_orders import Terrain, orders
from sensa.kernels.bdd import backward_compiled, build_compiled, build_python, diagrams, sweeps_compiled
from sensa.kernels.work_clock import clock
from tests.engines.circuits import chain, circuits, random_gates


@given(circuits(coins=14, size=60), st.sampled_from([30, 100, 100_000]))
@settings(max_examples=60, deadline=None)
def test_both_builders_give_the_same_diagram_and_stop_at_the_same_place(circuit, most):
    gates, roots, _ = circuit
    network = simplify(gates, roots)
    terrain = Terrain(network, [])
    for module in find_modules(network):
        for _, leaves in orders(terrain, module):
            plan = plan_module(network, module, leaves)
            work = plan.variables, plan.left, plan.right, plan.heads, most, clock() + 60
            plain, compiled = build_python.build(*work), build_compiled.build(*work)
            assert plain._replace(created=0) == compiled._replace(created=0)
            if plain.stopped == build_python.DONE:
                assert plain.created == compiled.created


def test_both_builders_agree_where_tables_grow():
    gates, roots, step, coins = chain(400)
    network = simplify(gates, roots)
    (*_, module) = find_modules(network)
    leaves = sorted(module.leaves, reverse=True)
    assert len(step) == coins
    plan = plan_module(network, module, leaves)
    work = plan.variables, plan.left, plan.right, plan.heads, 10**6, clock() + 60
    plain = build_python.build(*work)
    assert plain.created > 1 << 12  # more than the compiled tables have at first
    assert plain == build_compiled.build(*work)


def test_a_cache_that_forgets_changes_no_diagram(monkeypatch):
    """A reduced diagram in a given order is unique, whatever is computed again."""
    monkeypatch.setattr(build_compiled, "FIRST_CACHE", 2)
    gates, roots, _, _ = chain(60)
    network = simplify(gates, roots)
    (*_, module) = find_modules(network)
    plan = plan_module(network, module, sorted(module.leaves))  # first step on top: 60^2 nodes and more
    work = plan.variables, plan.left, plan.right, plan.heads, 10**6, clock() + 60
    plain = build_python.build(*work)
    assert plain.created > 3600
    assert plain == build_compiled.build(*work)


@pytest.mark.parametrize("build", [build_python.build, build_compiled.build])
def test_builders_stop_when_time_is_up(build, monkeypatch):
    """The clock is read every so many rounds, so that a late builder stops well before it is done."""
    monkeypatch.setattr(build_compiled, "ROUNDS_PER_CALL", 1000)
    gates, roots, _, _ = chain(400)
    network = simplify(gates, roots)
    (*_, module) = find_modules(network)
    plan = plan_module(network, module, sorted(module.leaves))  # first step on top: 400^2 nodes and more
    built = build(plan.variables, plan.left, plan.right, plan.heads, 10**9, clock())
    assert built.late
    assert 0 <= built.stopped < len(plan.left) / 2
    assert built.created < 20_000


def test_a_diagram_is_reduced_and_each_child_comes_before():
    gates = random_gates(np.random.default_rng(5), 12, 80)
    network = simplify(gates, np.arange(gates.size - 10, gates.size, dtype=np.int32))
    terrain = Terrain(network, [])
    for module in find_modules(network):
        (_, leaves), *_ = orders(terrain, module)
        plan = plan_module(network, module, leaves)
        built = build_python.build(plan.variables, plan.left, plan.right, plan.heads, 10**6, clock() + 60)
        nodes = list(zip(built.level, built.low, built.high, strict=True))
        assert len(set(nodes)) == len(nodes)
        for number, (level, low, high) in enumerate(nodes, 2):
            assert low != high
            for child in (low, high):
                assert child < number
                assert child < 2 or built.level[child - 2] > level


@given(circuits(coins=10), st.integers(0, 1000), st.sampled_from([0, 1, 31, 32, 33, 70]))
@settings(max_examples=60, deadline=None)
def test_compiled_sweeps_are_the_plain_ones_to_the_last_bit(circuit, seed, samples):
    gates, roots, coins = circuit
    rng = np.random.default_rng(seed)
    diagram = compile_gates(gates, roots, coins=coins).diagram
    layout = sweeps_compiled.layout(diagram)
    p = rng.uniform(size=(samples, coins))
    p[rng.uniform(size=p.shape) < 0.1] = rng.choice([0.0, 1.0, np.nan])
    combinations = diagrams.seeds(rng.choice([0.0, 1.0, -2.3], size=(3, len(roots))))
    np.testing.assert_array_equal(sweeps_compiled.forward(layout, p), diagrams.forward(diagram, p))
    plain, compiled = (
        diagrams.backward(diagram, p, combinations),
        backward_compiled.backward(layout, p, combinations),
    )
    for one, other in zip(plain, compiled, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("sweep", ["plain", "compiled"])
def test_blocks_do_not_change_a_bit(sweep, monkeypatch):
    gates, roots, step, coins = chain(30)
    diagram = compile_gates(gates, roots, coins=coins, steps=step).diagram
    p = np.random.default_rng(0).uniform(size=(300, coins))
    ones = diagrams.seeds(np.ones((1, len(roots))))
    if sweep == "plain":
        forward, backward = diagrams.forward, diagrams.backward
        work: object = diagram
    else:
        forward, backward = sweeps_compiled.forward, backward_compiled.backward  # type: ignore[assignment]
        work = sweeps_compiled.layout(diagram)
    whole = (forward(work, p), *backward(work, p, ones))
    for length in (1, 7, 24, 100):
        parts = [p[begin : begin + length] for begin in range(0, 300, length)]
        cut = np.concatenate([forward(work, part) for part in parts])
        both = [backward(work, part, ones) for part in parts]
        np.testing.assert_array_equal(cut, whole[0])
        np.testing.assert_array_equal(np.concatenate([values for values, _ in both]), whole[1])
        np.testing.assert_array_equal(np.concatenate([slopes for _, slopes in both]), whole[2])


def test_rows_are_used_again():
    gates, roots, step, coins = chain(300)
    diagram = compile_gates(gates, roots[-1:], coins=coins, steps=step).diagram
    layout = sweeps_compiled.layout(diagram)
    assert diagram.size > 1000
    assert layout.rows - 2 - coins < 50


OVERFLOW = "ignore:overflow encountered:RuntimeWarning"  # numpy says so where compiled code just wraps


@pytest.mark.slow
@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="this is the run without compiled code")
def test_the_same_without_compiled_code():
    root = Path(__file__).parents[3]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", OVERFLOW, __file__],
        cwd=root,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]
