"""The exact engine against enumeration of all worlds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.engines.exact.engine import compile_gates
from sensa.engines.exact.variable_orders import ORDERS, STEP_ORDERS
from sensa.engines.protocol import NO_FORCE, Force
from sensa.kernels.program import Op
from tests.engines.circuits import Writer, chain, chain_probabilities, circuits, enumerated, ints


def points(seed: int, samples: int, coins: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    p = rng.uniform(size=(samples, coins))
    p[rng.uniform(size=p.shape) < 0.1] = 0.0
    p[rng.uniform(size=p.shape) < 0.1] = 1.0
    return p


@given(circuits(), st.integers(0, 1000), st.sampled_from([1, 3, 40]))
@settings(max_examples=150, deadline=None)
def test_probabilities_are_those_of_enumeration(circuit, seed, samples):
    gates, roots, coins = circuit
    p = points(seed, samples, coins)
    q = compile_gates(gates, roots, coins=coins).probabilities(p)
    np.testing.assert_allclose(q, enumerated(gates, roots, p), rtol=0, atol=1e-14)


@given(circuits(coins=9), st.integers(0, 1000), st.sampled_from([2, 30]))
@settings(max_examples=80, deadline=None)
def test_derivatives_are_differences_between_a_coin_held_true_and_held_false(circuit, seed, samples):
    gates, roots, coins = circuit
    p = points(seed, samples, coins)
    q, slopes = compile_gates(gates, roots, coins=coins).gradients(p)
    np.testing.assert_allclose(q, enumerated(gates, roots, p), rtol=0, atol=1e-14)
    for coin in range(coins):
        true, false = p.copy(), p.copy()
        true[:, coin], false[:, coin] = 1.0, 0.0
        difference = enumerated(gates, roots, true) - enumerated(gates, roots, false)
        np.testing.assert_allclose(slopes[:, :, coin], difference, rtol=0, atol=1e-13)


@given(circuits(coins=8), st.integers(0, 1000), st.data())
@settings(max_examples=60, deadline=None)
def test_held_coins_are_held(circuit, seed, data):
    gates, roots, coins = circuit
    held = data.draw(st.lists(st.integers(0, coins - 1), unique=True))
    values = np.array([data.draw(st.integers(0, 1)) for _ in held], float)
    p = points(seed, 4, coins)
    forced = p.copy()
    forced[:, held] = values
    engine = compile_gates(gates, roots, coins=coins)
    force = Force(ints(*held), values)
    before = p.copy()
    np.testing.assert_allclose(
        engine.probabilities(p, force), enumerated(gates, roots, forced), rtol=0, atol=1e-14
    )
    for one, other in zip(engine.gradients(p, force=force), engine.gradients(forced), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(p, before)


@given(circuits(coins=8), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_every_order_gives_the_same_probabilities(circuit, seed):
    gates, roots, coins = circuit
    p = points(seed, 3, coins)
    wanted = enumerated(gates, roots, p)
    steps = [coin // 3 - 1 for coin in range(coins)]
    for order in ORDERS | STEP_ORDERS:
        engine = compile_gates(gates, roots, coins=coins, steps=steps, order=order)
        np.testing.assert_allclose(engine.probabilities(p), wanted, rtol=0, atol=1e-14, err_msg=order)


@given(circuits(coins=8), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_combinations_of_roots(circuit, seed):
    gates, roots, coins = circuit
    p = points(seed, 5, coins)
    combine = np.random.default_rng(seed).choice([0.0, 1.0, -2.5], size=(3, len(roots)))
    engine = compile_gates(gates, roots, coins=coins)
    each, slopes = engine.gradients(p)
    together, combined = engine.gradients(p, combine)
    np.testing.assert_allclose(together, each @ combine.T, rtol=0, atol=1e-13)
    np.testing.assert_allclose(combined, np.einsum("kr,src->skc", combine, slopes), rtol=0, atol=1e-12)


def special() -> tuple[Writer, np.ndarray]:
    """False, true, a coin, its negation, the coin again, and what cannot be: a and not a."""
    writer = Writer()
    a, _ = writer.coin(), writer.coin()
    no = writer.gate(Op.NOT, a)
    never = writer.gate(Op.AND, a, no)
    return writer, ints(writer.gate(Op.FALSE), writer.gate(Op.TRUE), a, no, a, never, writer.gate(Op.AND))


@pytest.mark.parametrize("samples", [0, 1, 50])
def test_roots_that_are_constants_or_coins(samples):
    writer, roots = special()
    engine = compile_gates(writer.gates(), roots, coins=2)
    p = np.random.default_rng(0).uniform(size=(samples, 2))
    a, zero, one = p[:, 0], np.zeros(samples), np.ones(samples)
    np.testing.assert_array_equal(engine.probabilities(p), np.stack([zero, one, a, 1 - a, a, zero, one], 1))
    slopes = engine.gradients(p)[1]
    np.testing.assert_array_equal(slopes[:, :, 0], np.tile([0.0, 0, 1, -1, 1, 0, 0], (samples, 1)))
    np.testing.assert_array_equal(slopes[:, :, 1], np.zeros((samples, 7)))
    assert [engine.is_false(root) for root in range(7)] == [True, False, False, False, False, True, False]
    assert engine.constant.tolist() == [True, True, False, False, False, True, True]


def test_no_roots_and_no_coins():
    writer = Writer()
    root = writer.gate(Op.TRUE)
    assert compile_gates(writer.gates(), ints(), coins=0).probabilities(np.empty((3, 0))).shape == (3, 0)
    engine = compile_gates(writer.gates(), ints(root), coins=0)
    np.testing.assert_array_equal(engine.probabilities(np.empty((3, 0))), np.ones((3, 1)))
    values, slopes = engine.gradients(np.empty((3, 0)))
    assert values.shape == (3, 1)
    assert slopes.shape == (3, 1, 0)
    assert (engine.size, engine.modules, engine.order) == (0, 0, "none")


def test_a_nan_comes_out_where_it_went_in():
    writer = Writer()
    a, b, c = writer.coin(), writer.coin(), writer.coin()
    roots = ints(writer.gate(Op.AND, a, b), writer.gate(Op.OR, b, c))
    engine = compile_gates(writer.gates(), roots, coins=3)
    p = np.array([[np.nan, 0.5, 0.5], [0.5, 0.5, 0.5]])
    q = engine.probabilities(p)
    np.testing.assert_array_equal(np.isnan(q), [[True, False], [False, False]])
    values, slopes = engine.gradients(p)
    np.testing.assert_array_equal(values, q)
    np.testing.assert_array_equal(np.isnan(slopes[0]), [[False, True, False], [False, False, False]])
    assert not np.isnan(slopes[1]).any()


def test_what_is_rare_keeps_its_digits():
    """P(none of four checks works) = 1e-12 exactly enough, though P(some check works) is almost 1."""
    writer = Writer()
    checks = [writer.coin() for _ in range(4)]
    harm, other = writer.coin(), writer.coin()
    works = writer.gate(Op.OR, *checks)
    fails = writer.gate(Op.NOT, works)
    roots = ints(writer.gate(Op.AND, harm, fails), writer.gate(Op.AND, other, fails))
    engine = compile_gates(writer.gates(), roots, coins=6)
    p = np.array([[1 - 2.0**-10] * 4 + [2.0**-3, 2.0**-4]])
    np.testing.assert_allclose(engine.probabilities(p), [[2.0**-43, 2.0**-44]], rtol=1e-15)


@pytest.mark.parametrize("steps", [1, 7, 60])
def test_a_chain_is_its_markov_chain_and_grows_by_the_step(steps):
    gates, roots, step, coins = chain(steps)
    engine = compile_gates(gates, roots, coins=coins, steps=step)
    p = np.tile([0.9, 0.05, 0.1, 0.02], steps)[None]
    q = engine.probabilities(p)[0]
    np.testing.assert_allclose(q, chain_probabilities(steps, 0.9, 0.05, 0.1, 0.02), rtol=1e-13)
    np.testing.assert_allclose(q.sum(), 1.0, rtol=1e-13)
    assert engine.size <= 25 * steps  # a root of its own chain each would be 2 steps^2 and more


def test_roots_add_up_to_one_so_derivatives_add_up_to_none():
    gates, roots, step, coins = chain(20)
    engine = compile_gates(gates, roots, coins=coins, steps=step)
    p = np.random.default_rng(4).uniform(size=(50, coins))
    values, slopes = engine.gradients(p, np.ones((1, len(roots))))
    np.testing.assert_allclose(values, 1.0, rtol=1e-13)
    np.testing.assert_allclose(slopes, 0.0, atol=1e-13)


def test_a_thousand_modules_are_solved_one_by_one():
    """Parts of 2-of-3 over parts that share draws: not to be held in one diagram, but at once in modules."""
    writer = Writer()
    heads = []
    for _ in range(1000):
        a, b, c = writer.coin(), writer.coin(), writer.coin()
        heads.append(writer.gate(Op.AT_LEAST, a, b, c, k=2))
    root = writer.gate(Op.AT_LEAST, *heads[:5], k=3)
    rest = writer.gate(Op.OR, *heads[5:])
    top = writer.gate(Op.AND, root, rest)
    engine = compile_gates(writer.gates(), ints(top), coins=3000)
    assert engine.size == 4 * 1000 + 9 + 995 + 2  # 2 of 3, 3 of 5, any of 995, both
    p = np.full((1, 3000), 0.1)
    part = 3 * 0.1**2 * 0.9 + 0.1**3
    of_five = sum(c * part**k * (1 - part) ** (5 - k) for k, c in ((3, 10), (4, 5), (5, 1)))
    np.testing.assert_allclose(engine.probabilities(p), [[of_five * (1 - (1 - part) ** 995)]], rtol=1e-13)


def test_describe_names_draws_and_parts():
    writer = Writer()
    a, b, c = writer.coin(), writer.coin(), writer.coin()
    both = writer.gate(Op.AND, a, b)
    roots = ints(writer.gate(Op.AND, both, c), writer.gate(Op.OR, both, c))
    engine = compile_gates(
        writer.gates(), roots, {both: "both"}, coins=["a.credence", "b.credence", "c.chance"]
    )
    text = engine.describe()
    assert text.splitlines()[0] == "5 nodes in 2 modules, order of the largest: depth-first"
    assert "module both, order: chain" in text
    assert "  #0 = true if b.credence else false" in text
    assert "  #1 = #0 if a.credence else false" in text
    assert "(both)" in text
    assert "root 1 = #" in text
    assert engine.describe(most=1).splitlines()[3] == "  and 4 more nodes"


@pytest.mark.parametrize(
    ("force", "message"),
    [
        (lambda: Force(ints(0), np.array([0.5])), "0 or 1"),
        (lambda: Force(ints(0, 0), np.array([0.0, 1.0])), "twice"),
        (lambda: Force(ints(0), np.array([0.0, 1.0])), "2,"),
    ],
)
def test_forces_that_are_none(force, message):
    with pytest.raises(ValueError, match=message):
        force()


def test_shapes_that_do_not_fit():
    writer, roots = special()
    engine = compile_gates(writer.gates(), roots, coins=2)
    with pytest.raises(ValueError, match=r"p has shape \(1, 3\); wanted \(samples, 2\)"):
        engine.probabilities(np.zeros((1, 3)))
    with pytest.raises(ValueError, match=r"combine has shape \(1, 2\); wanted \(k, 7\)"):
        engine.gradients(np.zeros((1, 2)), np.ones((1, 2)))
    with pytest.raises(ValueError, match="not one of the 2"):
        engine.probabilities(np.zeros((1, 2)), Force(ints(2), np.array([1.0])))
    assert NO_FORCE.coins.size == 0


def test_probabilities_given_read_only_or_in_columns():
    gates, roots, step, coins = chain(3)
    engine = compile_gates(gates, roots, coins=coins, steps=step)
    p = np.random.default_rng(0).uniform(size=(40, coins))
    frozen = p.copy()
    frozen.setflags(write=False)
    for same in (frozen, np.asfortranarray(p), p.tolist()):
        np.testing.assert_array_equal(engine.probabilities(same), engine.probabilities(p))


def test_roots_that_are_the_same_in_all_worlds_are_constant_whether_true_or_false():
    made = Writer()
    coin = made.coin()
    never, always = made.gate(Op.FALSE), made.gate(Op.TRUE)
    engine = compile_gates(made.gates(), ints(never, always, coin), coins=1)
    assert engine.constant.tolist() == [True, True, False]
