"""The engine by elimination: equal to enumeration and to the diagrams, whole or in parts."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from sensa.engines import choice
from sensa.engines.capabilities import SupportsCovariances, SupportsMinimalSets, SupportsRanges
from sensa.engines.elimination import budgets
from sensa.engines.elimination.engine import compile_eliminated_gates
from sensa.engines.exact.engine import Target, compile_gates
from sensa.engines.parts import PartsEngine
from sensa.engines.protocol import Engine, EngineRefusal, Force
from sensa.kernels.program import Gates, Ints, Op
from tests.engines.circuits import Writer, chain, circuits, enumerated, ints, random_gates, truth


def eliminated(gates: Gates, roots: Ints, coins: int) -> Engine:
    return compile_eliminated_gates(gates, roots, coins=coins)


def assert_equals_enumeration(found: Engine, gates: Gates, roots: Ints, coins: int) -> None:
    """Probabilities and derivatives, the differences of interventions, by going through all worlds."""
    p = np.random.default_rng(coins).random((3, coins))
    np.testing.assert_allclose(found.probabilities(p), enumerated(gates, roots, p), rtol=0, atol=1e-13)
    values, slopes = found.gradients(p)
    np.testing.assert_array_equal(values, found.probabilities(p))
    forces = [Force(ints(coin), np.array([held])) for coin in range(coins) for held in (0.0, 1.0)]
    under = found.under(p, forces)
    for i, force in enumerate(forces):
        wanted = enumerated(gates, roots, force.applied(p))
        np.testing.assert_allclose(under[i], wanted, rtol=0, atol=1e-13)
    differences = (under[1::2] - under[::2]).transpose(1, 2, 0)
    np.testing.assert_allclose(slopes, differences, rtol=0, atol=1e-13)


@settings(max_examples=40, deadline=None)
@given(circuits(coins=8, size=30))
def test_it_equals_enumeration(case: tuple[Gates, Ints, int]) -> None:
    found = eliminated(*case)
    gates, roots, coins = case
    if len(roots):
        assert_equals_enumeration(found, gates, roots, coins)
    assert (found.way, found.roots) == ("exact", len(roots))


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(circuits(coins=10, size=40))
def test_it_equals_enumeration_on_many(case: tuple[Gates, Ints, int]) -> None:
    found = eliminated(*case)
    gates, roots, coins = case
    if len(roots):
        assert_equals_enumeration(found, gates, roots, coins)


def test_combinations_are_of_the_roots_derivatives() -> None:
    gates, roots, _, coins = chain(4)
    found = eliminated(gates, roots, coins)
    p = np.random.default_rng(0).random((20, coins))
    combine = np.random.default_rng(1).normal(size=(3, len(roots)))
    values, slopes = found.gradients(p, combine)
    single = found.gradients(p)
    np.testing.assert_allclose(values, single[0] @ combine.T, rtol=0, atol=1e-14)
    np.testing.assert_allclose(slopes, np.einsum("kr,src->skc", combine, single[1]), rtol=0, atol=1e-13)
    exact = compile_gates(gates, roots, coins=coins).gradients(p, combine)
    np.testing.assert_allclose(slopes, exact[1], rtol=0, atol=1e-13)


def test_a_small_probability_keeps_its_digits() -> None:
    """P(all of 12 coins of 1e-20, or all of 12 others) = 2e-240, to rounding: 1 - (1 - 1e-240)^2."""
    writer = Writer()
    halves = [writer.gate(Op.AND, *(writer.coin() for _ in range(12))) for _ in range(2)]
    roots = ints(writer.gate(Op.OR, *halves), writer.gate(Op.NOT, halves[0]))
    found = eliminated(writer.gates(), roots, 24)
    values = found.probabilities(np.full((1, 24), 1e-20))[0]
    assert values[0] == pytest.approx(2e-240, rel=1e-13)
    assert values[1] == 1.0


def test_results_do_not_depend_on_the_block() -> None:
    """One sample, and sixteen at once, to the last bit; made again too."""
    gates, roots, _, coins = chain(5)
    found = eliminated(gates, roots, coins)
    p = np.random.default_rng(2).random((37, coins))
    whole, slopes = found.gradients(p)
    for i in (0, 15, 16, 36):
        alone = found.gradients(p[i : i + 1])
        np.testing.assert_array_equal(alone[0], whole[i : i + 1])
        np.testing.assert_array_equal(alone[1], slopes[i : i + 1])
    again = eliminated(gates, roots, coins)
    np.testing.assert_array_equal(again.gradients(p)[1], slopes)


def test_an_unknown_probability_is_unknown_in_what_reads_it() -> None:
    writer = Writer()
    a, b, c = (writer.coin() for _ in range(3))
    roots = ints(writer.gate(Op.AND, a, b), writer.gate(Op.OR, b, c), writer.gate(Op.AND, a, b, c))
    found = eliminated(writer.gates(), roots, 3)
    p = np.array([[np.nan, 0.5, 0.25], [0.5, 0.5, 0.25]])
    values, slopes = found.gradients(p)
    assert np.isnan(values).tolist() == [[True, False, True], [False, False, False]]
    assert np.isnan(slopes).all(axis=2).tolist() == [[True, False, True], [False, False, False]]
    assert values[0, 1] == pytest.approx(0.625, abs=1e-15)


def knot(rng: np.random.Generator, coins: int) -> tuple[Gates, Ints, int]:
    """Two tangles under a conjunction with a further coin, so that parts are beside and below diagrams."""
    writer = Writer()
    tangles = []
    for _ in range(2):
        own = [writer.coin() for _ in range(coins)]
        pairs = [writer.gate(Op.AND, *rng.choice(own, 2, replace=False).tolist()) for _ in range(2 * coins)]
        tangles.append(writer.gate(Op.AT_LEAST, *pairs, k=coins // 2))
    small = writer.gate(Op.AND, tangles[0], writer.gate(Op.NOT, tangles[1]), writer.coin())
    roots = ints(small, tangles[1], writer.gate(Op.NOT, small))
    return writer.gates(), roots, writer.coins


def in_parts(
    gates: Gates, roots: Ints, coins: int, asked: choice.Choice, monkeypatch: pytest.MonkeyPatch, budget: int
) -> Engine:
    names = [f"coin {i}" for i in range(coins)]
    wanted = Target(gates, roots, {}, names, [])
    monkeypatch.setattr(choice, "target", lambda circuit, roots: wanted)
    monkeypatch.setattr(budgets, "ROWS_PER_NODE", 10_000)
    circuit: Any = SimpleNamespace(coins=())
    return choice.choose(circuit, roots, asked, node_budget=budget)


@pytest.mark.parametrize("asked", ["auto", "exact"])
def test_what_has_no_diagram_is_eliminated(asked: choice.Choice, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 12 nodes the tangles have none; values and derivatives by all 2^13 worlds."""
    gates, roots, coins = knot(np.random.default_rng(3), 6)
    found = in_parts(gates, roots, coins, asked, monkeypatch, 12)
    assert isinstance(found, PartsEngine)
    assert (found.way, len(found.parts)) == ("exact", 2)
    assert found.info.circuit_products > 0 < found.info.diagram_nodes
    assert found.info.sampled_gates == 0
    assert found.info.reason.endswith("needs more than 12 diagram nodes in every order tried")
    assert_equals_enumeration(found, gates, roots, coins)


def test_what_is_too_large_for_both_is_sampled_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two tangles under one gate, the small one is eliminated and the large one sampled."""
    rng, writer, tangles = np.random.default_rng(0), Writer(), []
    for coins in (6, 30):
        own = [writer.coin() for _ in range(coins)]
        pairs = [writer.gate(Op.AND, *rng.choice(own, 2, replace=False).tolist()) for _ in range(2 * coins)]
        tangles.append(writer.gate(Op.AT_LEAST, *pairs, k=coins // 3))
    top = writer.gate(Op.AND, *tangles)
    named = [SimpleNamespace(draw=f"coin {i}") for i in range(writer.coins)]
    labels = {tangles[0]: "small", tangles[1]: "large"}
    wanted = Target(writer.gates(), ints(top), labels, [coin.draw for coin in named], [])
    monkeypatch.setattr(choice, "target", lambda circuit, roots: wanted)
    monkeypatch.setattr(budgets, "ROWS_PER_NODE", 500)
    circuit: Any = SimpleNamespace(coins=named)
    found = choice.choose(circuit, ints(top), "auto", node_budget=12)
    assert found.way == "mixed"
    assert found.info.circuit_products > 0 < found.info.sampled_gates
    assert "`large`" in found.info.reason


def test_it_says_what_it_cannot_answer() -> None:
    gates, roots, _, coins = chain(2)
    found = eliminated(gates, roots, coins)
    for capability in (SupportsCovariances, SupportsMinimalSets):
        assert not isinstance(found, capability)


@pytest.mark.parametrize("seed", range(20))
def test_the_coins_read_are_those_that_change_a_root(seed: int) -> None:
    """By all worlds: a coin is read if turning it over changes a root in some world."""
    rng = np.random.default_rng(seed)
    coins = int(rng.integers(2, 8))
    gates = random_gates(rng, coins, 15)
    roots = rng.integers(0, gates.size, 2).astype(np.int32)
    worlds, table = np.arange(1 << coins), truth(gates, coins)[roots]
    wanted = [i for i in range(coins) if (table != table[:, worlds ^ (1 << i)]).any()]
    found = eliminated(gates, roots, coins)
    assert isinstance(found, SupportsRanges)
    assert found.coins_read.tolist() == wanted


def assert_ranges_hold(found: Engine, gates: Gates, roots: Ints, coins: int) -> None:
    """Probabilities by enumeration at random points of random boxes; a box that is a point is that value."""
    assert isinstance(found, SupportsRanges)
    rng = np.random.default_rng(1)
    ends = np.sort(rng.random((2, 8, coins)), axis=0)
    ends[1, 0] = ends[0, 0]
    ranges = found.ranges(ends[0], ends[1])
    np.testing.assert_allclose(ranges.low[0], ranges.high[0], rtol=0, atol=1e-13)
    for share in rng.random((30, 8, coins)):
        values = enumerated(gates, roots, ends[0] + share * (ends[1] - ends[0]))
        assert (ranges.low - 1e-12 <= values).all()
        assert (values <= ranges.high + 1e-12).all()


@pytest.mark.parametrize("seed", range(5))
def test_ranges_hold_what_every_world_says(seed: int) -> None:
    gates = random_gates(np.random.default_rng(seed), 6, 30)
    roots = np.arange(gates.size - 4, gates.size, dtype=np.int32)
    assert_ranges_hold(eliminated(gates, roots, 6), gates, roots, 6)


def test_ranges_and_coins_go_through_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    gates, roots, coins = knot(np.random.default_rng(3), 6)
    found = in_parts(gates, roots, coins, "auto", monkeypatch, 12)
    assert_ranges_hold(found, gates, roots, coins)
    worlds, table = np.arange(1 << coins), truth(gates, coins)[roots]
    wanted = [i for i in range(coins) if (table != table[:, worlds ^ (1 << i)]).any()]
    assert isinstance(found, SupportsRanges)
    assert found.coins_read.tolist() == wanted


def dense(coins: int) -> tuple[Gates, Ints, int]:
    """At least 8 of many pairs of the coins, chosen at will."""
    rng, writer = np.random.default_rng(0), Writer()
    own = [writer.coin() for _ in range(coins)]
    pairs = [writer.gate(Op.AND, coin, int(rng.choice(own[:i] + own[i + 1 :]))) for i, coin in enumerate(own)]
    pairs += [writer.gate(Op.AND, *rng.choice(own, 2, replace=False).tolist()) for _ in range(coins)]
    roots = ints(writer.gate(Op.AT_LEAST, *pairs, k=8))
    return writer.gates(), roots, coins


def test_rows_beyond_the_budget_are_refused() -> None:
    """Counted before any value is built, so within moments."""
    gates, roots, coins = dense(40)
    with pytest.raises(EngineRefusal) as refusal:
        compile_eliminated_gates(gates, roots, {int(roots[0]): "harm@2"}, coins=coins, row_budget=10_000)
    assert str(refusal.value) == (
        "elimination engine: `harm@2`, in a part of 40 connected draws and modules, needs more than 10,000"
        " rows, or more than 256 variables in a table, in every order tried; use `--engine auto`"
    )
    with pytest.raises(EngineRefusal, match=r"modules, needs more than 0 s; use `--engine auto`$"):
        compile_eliminated_gates(gates, roots, coins=coins, seconds=0.0)


def test_too_many_gates_are_refused_at_once() -> None:
    writer = Writer()
    top = writer.gate(Op.AND, *(writer.coin() for _ in range(6001)))
    with pytest.raises(EngineRefusal) as refusal:
        compile_eliminated_gates(writer.gates(), ints(top), {top: "all"}, coins=6001)
    assert str(refusal.value) == (
        "elimination engine: `all`, in a part of 6,001 connected draws and modules, has 12,001 gates and"
        " draws, of which at most 12,000 are eliminated; use `--engine auto`"
    )


def test_heads_that_are_never_or_always_true() -> None:
    """What only the rows show, (a or b) and a and not (a or b); its negation; a gate asked twice."""
    writer = Writer()
    a, b = writer.coin(), writer.coin()
    either = writer.gate(Op.OR, a, b)
    both = writer.gate(Op.AND, either, a)
    never = writer.gate(Op.AND, both, writer.gate(Op.NOT, either))
    roots = ints(never, writer.gate(Op.NOT, never), either, either, writer.gate(Op.NOT, either), a)
    found = eliminated(writer.gates(), roots, 2)
    values = found.probabilities(np.array([[0.5, 0.25]]))[0]
    np.testing.assert_allclose(values, [0.0, 1.0, 0.625, 0.625, 0.375, 0.5], rtol=0, atol=1e-15)
    alone = eliminated(writer.gates(), ints(never), 2)
    assert alone.probabilities(np.array([[0.5, 0.25]])).tolist() == [[0.0]]
    assert alone.gradients(np.array([[0.5, 0.25]]))[1].tolist() == [[[0.0, 0.0]]]


@pytest.mark.parametrize("seed", range(5))
def test_it_reads_what_the_truth_table_says(seed: int) -> None:
    """A derivative by a coin that changes no world is 0 to rounding."""
    rng = np.random.default_rng(seed)
    gates = random_gates(rng, 6, 20)
    roots = rng.integers(0, gates.size, 3).astype(np.int32)
    slopes = eliminated(gates, roots, 6).gradients(rng.random((1, 6)))[1][0]
    worlds, table = np.arange(64), truth(gates, 6)[roots]
    idle = [[bool((row == row[worlds ^ (1 << i)]).all()) for i in range(6)] for row in table]
    assert np.abs(slopes[np.array(idle)]).max(initial=0.0) < 1e-15


OVERFLOW = "ignore:overflow encountered:RuntimeWarning"  # numpy says so where compiled code just wraps
PLAIN = "block or digits or parts or never or combinations"


@pytest.mark.slow
@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="this is the run without compiled code")
def test_the_same_without_compiled_code() -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-W",
            OVERFLOW,
            "-k",
            f"{PLAIN} or join or together",
            __file__,
            str(Path(__file__).with_name("test_sparse_tables.py")),
        ],
        cwd=Path(__file__).parents[3],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]
