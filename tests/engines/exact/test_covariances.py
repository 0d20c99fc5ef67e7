"""Exact indices of all orders against enumeration, closed forms and other libraries."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.engines.exact.covariances import Covariances
from sensa.engines.exact.engine import compile_gates
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.program import Floats, Gates, Ints, Op
from sensa.variance import exact_indices
from sensa.variance.exact_indices import Layer, TooMuchWorkError
from tests.engines.circuits import Writer, chain, circuits, ints, random_gates
from tests.engines.exact.closed_parts import closed_parts, shapley_of
from tests.kernels.bdd.walsh import moments, walsh

TIGHT = 1e-10


def compiled(gates: Gates, roots: Ints, coins: int, combine: Floats | None = None) -> Covariances:
    return compile_gates(gates, roots, coins=coins).covariances(combine)


@settings(max_examples=80, deadline=None)
@given(circuits(coins=9, size=40), st.integers(0, 2**32))
def test_indices_of_groups_of_coins_are_those_of_enumeration(
    circuit: tuple[Gates, Ints, int], seed: int
) -> None:
    gates, roots, coins = circuit
    if not len(roots):
        return
    rng = np.random.default_rng(seed)
    m, v = moments(rng, coins)
    combine = rng.normal(size=(2, len(roots)))
    owner = rng.integers(0, min(coins, 6) + 1, coins)  # the last is no factor: those coins are certain
    groups = [np.flatnonzero(owner == f).tolist() for f in range(min(coins, 6))]
    v = np.where(owner < len(groups), v, 0.0)
    a = combine @ walsh(gates, roots, m, v)
    closed = closed_parts(a, groups, coins)
    variance = closed[:, -1]
    layer = Layer(m[None], v[None], tuple(map(tuple, groups)))
    covariances = compiled(gates, roots, coins, combine)
    found = exact_indices.indices(layer, covariances)
    np.testing.assert_allclose(found.variance, variance, rtol=0, atol=1e-13)
    varies = variance > 1e-9
    first = np.stack([closed[:, 1 << f] for f in range(len(groups))], axis=1)
    full = (1 << len(groups)) - 1
    total = np.stack([variance - closed[:, full & ~(1 << f)] for f in range(len(groups))], axis=1)
    scale = variance[varies, None]
    np.testing.assert_allclose(found.first[varies], first[varies] / scale, rtol=0, atol=TIGHT)
    np.testing.assert_allclose(found.total[varies], total[varies] / scale, rtol=0, atol=TIGHT)
    numbers = np.arange(full + 1)
    sets = (numbers[:, None] >> np.arange(len(groups)) & 1).astype(bool)
    each, rest = exact_indices.closed(layer, covariances, sets)
    np.testing.assert_allclose(each[varies], closed[varies] / scale, rtol=0, atol=TIGHT)
    np.testing.assert_allclose(
        rest[varies], 1 - closed[varies][:, full & ~numbers] / scale, rtol=0, atol=TIGHT
    )
    effects = exact_indices.shapley(layer, covariances)
    wanted = shapley_of(closed, len(groups))
    np.testing.assert_allclose(effects[varies], wanted[varies] / scale, rtol=0, atol=TIGHT)
    np.testing.assert_allclose(effects[varies].sum(axis=1), 1.0, rtol=0, atol=TIGHT)
    pairs = list(itertools.combinations(range(len(groups)), 2))
    if pairs:
        second = exact_indices.second_order(layer, covariances, pairs)
        expected = np.stack(
            [closed[:, 1 << i | 1 << j] - closed[:, 1 << i] - closed[:, 1 << j] for i, j in pairs], axis=1
        )
        np.testing.assert_allclose(second[varies], expected[varies] / scale, rtol=0, atol=TIGHT)


@settings(max_examples=60, deadline=None)
@given(circuits(coins=9, size=40), st.integers(0, 2**32))
def test_indices_of_one_coin_are_those_of_enumeration(circuit: tuple[Gates, Ints, int], seed: int) -> None:
    gates, roots, coins = circuit
    if not len(roots):
        return
    rng = np.random.default_rng(seed)
    m, v = moments(rng, coins)
    v[np.arange(coins) != rng.integers(coins)] = 0.0
    varying = np.flatnonzero(v).tolist()
    combine = np.vstack([rng.normal(size=(2, len(roots))), np.zeros(len(roots))])
    variance = (combine @ walsh(gates, roots, m, v))[:, 1:] ** 2 @ np.ones((1 << coins) - 1)
    engine = compile_gates(gates, roots, coins=coins)
    layer = Layer(m[None], v[None], (tuple(varying), ()))
    assert layer.lone
    found = exact_indices.lone_indices(layer, engine, combine)
    np.testing.assert_allclose(found.variance, variance, rtol=1e-12, atol=1e-30)
    for part in (found.first, found.total):
        np.testing.assert_array_equal(part[:, 0], np.where(variance > 1e-30, 1.0, np.nan))
        np.testing.assert_array_equal(part[:, 1], np.where(variance > 1e-30, 0.0, np.nan))


def test_an_output_that_cancels_does_not_vary() -> None:
    """0.1 a + 0.2 a - 0.3 a, whose slope is 5e-17 by rounding."""
    write = Writer()
    a, b = write.coin(), write.coin()
    roots = ints(a, a, write.gate(Op.AND, a, b))
    engine = compile_gates(write.gates(), roots, coins=2)
    layer = Layer(np.array([[0.3, 1.0]]), np.array([[0.01, 0.0]]), ((0,),))
    found = exact_indices.lone_indices(layer, engine, np.array([[0.1, 0.2, -0.3], [0.0, 0.0, 0.0]]))
    assert found.variance.tolist() == [0.0, 0.0]
    assert np.isnan(found.first).all()


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 6))])
def test_twelve_coins_in_both_layers(seed: int) -> None:
    """All first-order, total and Shapley indices, in the truth layer (v = p (1 - p)) and with less."""
    rng = np.random.default_rng(seed)
    gates = random_gates(rng, 12, 60)
    root = ints(gates.size - 1, gates.size - 2)
    m = rng.uniform(0.05, 0.95, 12)
    for v in (m * (1 - m), m * (1 - m) * rng.uniform(0.01, 0.5, 12)):
        a = walsh(gates, root, m, v)
        closed = closed_parts(a, [[coin] for coin in range(12)], 12)
        variance = closed[:, -1]
        varies = variance > 1e-9
        layer = Layer(m[None], v[None], tuple((coin,) for coin in range(12)))
        covariances = compiled(gates, root, 12)
        found = exact_indices.indices(layer, covariances)
        shapley = exact_indices.shapley(layer, covariances)
        scale = variance[varies, None]
        for coin in range(12):
            own = closed[varies, 1 << coin] / scale[:, 0]
            rest = 1 - closed[varies, 4095 & ~(1 << coin)] / scale[:, 0]
            np.testing.assert_allclose(found.first[varies, coin], own, rtol=0, atol=TIGHT)
            np.testing.assert_allclose(found.total[varies, coin], rest, rtol=0, atol=TIGHT)
        np.testing.assert_allclose(
            shapley[varies], shapley_of(closed, 12)[varies] / scale, rtol=0, atol=TIGHT
        )
        assert np.isnan(found.first[~varies]).all()


def test_majority_of_three_fair_coins() -> None:
    """Reference values: each alone 1/4, the three together 1/4 beyond that, each total 1/2."""
    writer = Writer()
    coins = [writer.coin() for _ in range(3)]
    root = writer.gate(Op.AT_LEAST, *coins, k=2)
    covariances = compiled(writer.gates(), ints(root), 3)
    fair = np.full((1, 3), 0.5)
    layer = Layer(fair, fair / 2, ((0,), (1,), (2,)))
    found = exact_indices.indices(layer, covariances)
    assert found.first[0].tolist() == pytest.approx([0.25] * 3, abs=1e-15)
    assert found.total[0].tolist() == pytest.approx([0.5] * 3, abs=1e-15)
    closed, _ = exact_indices.closed(layer, covariances, np.array([[1, 1, 0], [1, 1, 1]], bool))
    assert closed[0].tolist() == pytest.approx([0.5, 1.0], abs=1e-15)  # no second order: 1/4 is left over
    assert exact_indices.second_order(layer, covariances, [(0, 1)])[0].tolist() == pytest.approx(
        [0], abs=1e-15
    )
    assert exact_indices.shapley(layer, covariances)[0].tolist() == pytest.approx([1 / 3] * 3, abs=1e-15)


@pytest.mark.parametrize("coins", [3, 40, 400])
def test_a_conjunction_has_its_closed_form(coins: int) -> None:
    """f = prod p_i: V_S = prod_S v_i prod_rest m_i^2; Var = prod (m^2 + v) - prod m^2; one chain of nodes."""
    rng = np.random.default_rng(coins)
    writer = Writer()
    args = [writer.coin() for _ in range(coins)]
    root = writer.gate(Op.AND, *args)
    m = rng.uniform(0.9, 1.0, coins) ** (10 / coins)
    v = m * (1 - m) * rng.uniform(0.1, 0.9, coins)
    ratio = v / m**2
    square = float(np.prod(m**2))
    variance = square * math.expm1(np.log1p(ratio).sum())
    layer = Layer(m[None], v[None], tuple((coin,) for coin in range(coins)))
    covariances = compiled(writer.gates(), ints(root), coins)
    found = exact_indices.indices(layer, covariances)
    np.testing.assert_allclose(found.variance, variance, rtol=1e-11)
    np.testing.assert_allclose(found.first[0], square * ratio / variance, rtol=1e-11)
    total = ratio * (square + variance) / (1 + ratio) / variance
    np.testing.assert_allclose(found.total[0], total, rtol=1e-11)
    x, w = np.polynomial.legendre.leggauss(200)  # Shapley: v_i int prod_{j != i} (m_j^2 + t v_j) dt
    t = (x + 1) / 2
    each = np.log1p(t[:, None] * ratio)
    wanted = ratio * ((w / 2)[:, None] * np.exp(each.sum(axis=1)[:, None] - each)).sum(axis=0) * square
    np.testing.assert_allclose(exact_indices.shapley(layer, covariances)[0], wanted / variance, rtol=1e-10)


def test_one_sweep_gives_what_any_multilinear_function_has() -> None:
    """ST_i Var q = E[(dq/dp_i)^2] Var p_i, the mean by full factorial over two points of each coin."""
    rng = np.random.default_rng(5)
    gates = random_gates(rng, 7, 40)
    root = ints(gates.size - 1)
    m, v = moments(rng, 7)
    covariances = compiled(gates, root, 7)
    signs = 2.0 * (np.arange(128)[:, None] >> np.arange(7) & 1) - 1
    slopes = covariances.engine.gradients(m + np.sqrt(v) * signs)[1][:, 0]
    np.testing.assert_allclose(
        covariances.gradients(m[None], v[None])[1][0, 0] * v, (slopes**2).mean(axis=0) * v, atol=1e-14
    )
    first = covariances.engine.gradients(m[None])[1][0, 0] ** 2 * v
    np.testing.assert_allclose(covariances.first(m[None], v[None])[0], first, atol=1e-15)


def test_what_does_not_vary_has_no_indices() -> None:
    gates, roots, _, coins = chain(2)
    everything = np.ones((1, len(roots)))  # the roots are exhaustive: always 1
    covariances = compiled(gates, roots, coins, everything)
    m = np.full((1, coins), 0.3)
    found = exact_indices.indices(Layer(m, m * (1 - m), ((0,), (1, 2))), covariances)
    assert found.variance.tolist() == [0.0]
    assert np.isnan(found.first).all()
    assert np.isnan(found.total).all()


def test_a_factor_that_reaches_nothing_has_nothing() -> None:
    writer = Writer()
    root = writer.gate(Op.AND, writer.coin(), writer.coin())
    covariances = compiled(writer.gates(), ints(root), 2)
    half = np.full((1, 2), 0.5)
    layer = Layer(half, half / 4, ((), (0,), (1,)))
    found = exact_indices.indices(layer, covariances)
    assert found.first[0, 0] == found.total[0, 0] == 0.0
    assert exact_indices.shapley(layer, covariances)[0, 0] == 0.0


def test_budgets_are_kept_and_said() -> None:
    gates, roots, _, coins = chain(30)
    engine = compile_gates(gates, roots, coins=coins)
    with pytest.raises(EngineRefusal, match="needs more than 500 pairs of diagram nodes"):
        engine.covariances(pairs=500)
    with pytest.raises(EngineRefusal, match="needs more than -1 s"):
        engine.covariances(seconds=-1.0)
    covariances = compiled(gates, roots[-1:], coins)
    m = np.full((1, coins), 0.3)
    layer = Layer(m, m * (1 - m), tuple((coin, coin + 1) for coin in range(0, coins, 2)))
    with pytest.raises(TooMuchWorkError, match="60 factors of several draws"):
        exact_indices.shapley(layer, covariances)
