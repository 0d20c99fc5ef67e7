"""Budgets refuse in bounded time and name the place; depth is no limit."""

import time

import numpy as np
import pytest

from sensa.engines.exact import order_search
from sensa.engines.exact.engine import compile_gates
from sensa.engines.protocol import EngineRefusal
from sensa.kernels import work_clock
from sensa.kernels.bdd import build_compiled
from sensa.kernels.program import Gates, Op
from tests.engines.circuits import Writer, chain, chain_probabilities, ints


def tangle(width: int) -> tuple[Gates, int, int]:
    """Any of many conjunctions of four random coins: no order makes its diagram small."""
    writer = Writer()
    rng = np.random.default_rng(0)
    coins = [writer.coin() for _ in range(width)]
    terms = [writer.gate(Op.AND, *rng.choice(coins, 4, replace=False).tolist()) for _ in range(3 * width)]
    top = writer.gate(Op.OR, *terms)
    return writer.gates(), top, width


@pytest.mark.parametrize("budget", [500, 5_000])
def test_a_refusal_names_the_place_the_budget_and_what_to_do(budget):
    gates, top, coins = tangle(60)
    begin = time.monotonic()
    with pytest.raises(EngineRefusal) as refusal:
        compile_gates(gates, ints(top), {top: "harm@3"}, coins=coins, node_budget=budget)
    assert time.monotonic() - begin < 20.0  # a second on a machine of 2024; no other bound on time is wanted
    place, rest = str(refusal.value).split(", in ", 1)
    assert place in ("exact engine: `harm@3`", "exact engine: a gate within `harm@3`")
    assert rest == (
        f"a part of 60 connected draws and modules, needs more than {budget:,} diagram nodes "
        "in every order tried; use `--engine montecarlo`, or raise the node budget"
    )


def test_a_refusal_names_what_is_nearest_where_the_place_has_no_name():
    gates, top, coins = tangle(60)
    writer = Writer()
    writer.op, writer.k = gates.op.tolist(), gates.k.tolist()
    writer.start, writer.args = gates.start.tolist(), gates.args.tolist()
    extra = writer.gate(Op.COIN, k=coins)
    first = writer.gate(Op.AND, top, extra)
    second = writer.gate(Op.AND, top, writer.gate(Op.NOT, extra))
    roots = ints(first, second)
    with pytest.raises(EngineRefusal, match="a gate within `first`, in a part of 60"):
        compile_gates(writer.gates(), roots, {first: "first"}, coins=coins + 1, node_budget=500)
    named = dict.fromkeys(range(60), "a coin")
    with pytest.raises(EngineRefusal, match="a gate over `a coin`, in a part of 60"):
        compile_gates(writer.gates(), roots, named, coins=coins + 1, node_budget=500)
    with pytest.raises(EngineRefusal, match=r"exact engine: gate \d+, in a part of 60"):
        compile_gates(writer.gates(), roots, coins=coins + 1, node_budget=500)


def test_no_time_at_all():
    gates, top, coins = tangle(60)
    with pytest.raises(
        EngineRefusal, match=r"needs more than 0 s; use `--engine montecarlo`, or allow more sec"
    ):
        compile_gates(gates, ints(top), {top: "harm"}, coins=coins, seconds=0.0)


def test_code_that_has_to_be_compiled_first_is_no_reason_to_refuse(monkeypatch):
    """A machine that has never run the builder, where that takes longer than the limit."""
    gates, top, coins = tangle(14)
    now, advance = [0.0], build_compiled._advance

    def cold(*arguments):
        with work_clock.compiling():
            now[0] += 100.0
        return advance(*arguments)

    plain = compile_gates(gates, ints(top), coins=coins)
    monkeypatch.setattr(order_search, "MAX_PYTHON_NODES", 0)
    monkeypatch.setattr(work_clock, "monotonic", lambda: now[0])
    monkeypatch.setattr(work_clock, "_stops", work_clock._Stops())
    monkeypatch.setattr(build_compiled, "_advance", cold)
    engine = compile_gates(gates, ints(top), coins=coins, seconds=1e-9)  # all else takes no time
    assert engine.size == plain.size
    assert now[0] >= 100.0


@pytest.mark.slow
def test_time_runs_out_in_compiled_code():
    gates, top, coins = tangle(300)
    begin = time.monotonic()
    with pytest.raises(EngineRefusal, match=r"more than 3 s"):
        compile_gates(gates, ints(top), coins=coins, seconds=3.0, node_budget=1_000_000_000)
    assert time.monotonic() - begin < 30.0  # loading compiled code for the first time included


def test_progress_is_told_of_modules():
    told: list[tuple[int, int]] = []
    writer = Writer()
    heads = [writer.gate(Op.AT_LEAST, writer.coin(), writer.coin(), writer.coin(), k=2) for _ in range(600)]
    top = writer.gate(Op.OR, *heads)
    compile_gates(
        writer.gates(), ints(top), coins=1800, progress=lambda done, all_: told.append((done, all_))
    )
    assert told == [(0, 601), (256, 601), (512, 601)]


def deep(levels: int) -> tuple[Gates, int, int]:
    """x0 and (x1 or (x2 and (x3 or ...))) with each xi read twice, so that no part of it is a module.

    Each level reads its own coin and the next one: level = ci and below, or not ci and c(i+1) and not below.
    """
    writer = Writer()
    coins = [writer.coin() for _ in range(levels + 1)]
    below = coins[levels]
    for level in range(levels - 1, -1, -1):
        here = writer.gate(Op.AND, coins[level], below)
        other = writer.gate(
            Op.AND, writer.gate(Op.NOT, coins[level]), coins[level + 1], writer.gate(Op.NOT, below)
        )
        below = writer.gate(Op.OR, here, other)
    return writer.gates(), below, levels + 1


def deep_probability(levels: int, p: float) -> float:
    """By the pair (coin of the level, value of the level): weights of its four states."""
    state = {(0, 0): 1 - p, (1, 1): p}
    for _ in range(levels):
        above: dict[tuple[int, int], float] = {}
        for (coin, value), weight in state.items():
            for own, chance in ((0, 1 - p), (1, p)):
                result = value if own else coin & (1 - value)
                above[own, result] = above.get((own, result), 0.0) + weight * chance
        state = above
    return sum(weight for (_, value), weight in state.items() if value)


@pytest.mark.parametrize("levels", [3, 2_000])
def test_depth(levels):
    gates, top, coins = deep(levels)
    engine = compile_gates(gates, ints(top), coins=coins, order="by coin")
    q = engine.probabilities(np.full((1, coins), 0.3))[0, 0]
    np.testing.assert_allclose(q, deep_probability(levels, 0.3), rtol=1e-12)


@pytest.mark.slow
def test_twenty_thousand_levels():
    gates, top, coins = deep(20_000)
    engine = compile_gates(gates, ints(top), coins=coins)
    assert engine.size >= 20_000
    p = np.full((1, coins), 0.3)
    np.testing.assert_allclose(engine.probabilities(p)[0, 0], deep_probability(20_000, 0.3), rtol=1e-11)
    q, slopes = engine.gradients(p)
    moved = p.copy()
    moved[0, 7] = 1.0
    change = engine.probabilities(moved)[0, 0] - q[0, 0]
    np.testing.assert_allclose(slopes[0, 0, 7] * 0.7, change, rtol=1e-9, atol=1e-14)


@pytest.mark.slow
def test_a_story_of_a_thousand_steps():
    gates, roots, step, coins = chain(1000)
    engine = compile_gates(gates, roots, coins=coins, steps=step)
    assert len(roots) == 2001
    assert engine.size <= 25 * 1000
    q = engine.probabilities(np.tile([0.9, 0.01, 0.01, 0.001], 1000)[None])[0]
    np.testing.assert_allclose(q, chain_probabilities(1000, 0.9, 0.01, 0.01, 0.001), rtol=1e-12)
