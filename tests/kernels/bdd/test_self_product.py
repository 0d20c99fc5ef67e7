"""Covariances of two copies of a diagram against enumeration, and compiled code against plain."""

from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.engines.exact.engine import compile_gates
from sensa.kernels.bdd import (
    self_product,
    self_product_compiled,
    self_product_sweeps,
    self_product_sweeps_compiled,
)
from sensa.kernels.bdd.pairs import SelfProduct, TooManyPairsError
from sensa.kernels.program import Gates, Ints
from tests.engines.circuits import chain, circuits, ints, random_gates, truth
from tests.kernels.bdd.walsh import moments, walsh

NEVER = 1e18
CIRCUITS = circuits(coins=8, size=40)


def product(gates: Gates, roots: Ints, coins: int) -> tuple[SelfProduct, list[tuple[int, int]]]:
    asked = list(combinations_with_replacement(range(len(roots)), 2))
    diagram = compile_gates(gates, roots, coins=coins).diagram
    return self_product.self_product(diagram, asked, most=10**6, until=NEVER), asked


@settings(max_examples=150, deadline=None)
@given(CIRCUITS, st.integers(0, 2**32))
def test_covariances_and_their_derivatives_are_those_of_enumeration(
    circuit: tuple[Gates, Ints, int], seed: int
) -> None:
    gates, roots, coins = circuit
    m, v = moments(np.random.default_rng(seed), coins)
    pairs, asked = product(gates, roots, coins)
    a = walsh(gates, roots, m, v)
    parts = np.array([a[i] * a[j] for i, j in asked]).reshape(len(asked), 1 << coins)
    values, slopes = self_product_sweeps.gradients(pairs, m[None], v[None], np.eye(len(asked)))
    np.testing.assert_allclose(
        self_product_sweeps.covariances(pairs, m[None], v[None])[0], parts.sum(axis=1), rtol=0, atol=1e-14
    )
    np.testing.assert_allclose(values[0], parts.sum(axis=1), rtol=0, atol=1e-14)
    within = np.arange(1 << coins)[:, None] >> np.arange(coins) & 1
    np.testing.assert_allclose(slopes[0] * v, parts @ within, rtol=0, atol=1e-14)


@settings(max_examples=60, deadline=None)
@given(circuits(coins=5, size=30), st.integers(0, 2**32))
def test_copies_of_different_means_are_those_of_enumeration(
    circuit: tuple[Gates, Ints, int], seed: int
) -> None:
    """Over all pairs of worlds, each coin's two copies having the joint distribution of the covariance."""
    gates, roots, coins = circuit
    rng = np.random.default_rng(seed)
    m, other = rng.uniform(0, 1, (2, coins))
    v = np.minimum(m * (1 - other), other * (1 - m)) * rng.uniform(-0.2, 1, coins)
    v = np.maximum(v, -np.minimum(m * other, (1 - m) * (1 - other)))
    weight = np.ones((1, 1))
    for p, q, c in zip(m, other, v, strict=True):
        both = np.array([[(1 - p) * (1 - q) + c, (1 - p) * q - c], [p * (1 - q) - c, p * q + c]])
        weight = np.kron(both, weight)
    holds = truth(gates, coins)[roots].astype(float).reshape(len(roots), 1 << coins)
    wanted = holds @ weight @ holds.T - np.outer(holds @ weight.sum(axis=1), holds @ weight.sum(axis=0))
    pairs, asked = product(gates, roots, coins)
    found = self_product_sweeps.covariances(pairs, m[None], v[None], other[None])[0]
    np.testing.assert_allclose(found, [wanted[i, j] for i, j in asked], rtol=0, atol=1e-14)


def test_majority_of_three_fair_coins() -> None:
    """Variance 1/4; each first-order index 1/4, each total 1/2: f = 1/2 + (sum of x)/4 - x1 x2 x3 / 4."""
    gates, roots, coins = (
        Gates(*(np.array(x) for x in ([2, 2, 2, 6], [0, 1, 2, 2], [0, 0, 0, 0, 3], [0, 1, 2]))),
        ints(3),
        3,
    )
    pairs, _ = product(gates, roots, coins)
    fair = np.full((1, 3), 0.5)
    values, slopes = self_product_sweeps.gradients(pairs, fair, fair / 2, np.eye(1))
    assert values[0, 0] == pytest.approx(0.25, abs=1e-16)
    assert (slopes[0, 0] * 0.25 / values[0, 0]).tolist() == pytest.approx([0.5] * 3, abs=1e-15)
    alone = self_product_sweeps.covariances(pairs, fair, np.eye(3) / 4)[:, 0] / values[0, 0]
    assert alone.tolist() == pytest.approx([0.25] * 3, abs=1e-15)


def test_a_variance_far_below_the_mean_keeps_its_digits() -> None:
    """f = a b c: Var = prod(m^2 + v) - prod(m^2), here 3e-20 beside a mean of nearly 1."""
    gates = Gates(*(np.array(x) for x in ([2, 2, 2, 4], [0, 1, 2, 0], [0, 0, 0, 0, 3], [0, 1, 2])))
    pairs, _ = product(gates, ints(3), 3)
    m, v = 1 - 1e-9, 1e-20
    found = self_product_sweeps.covariances(pairs, np.full((1, 3), m), np.full((1, 3), v))[0, 0]
    assert found == pytest.approx(3 * m**4 * v + 3 * m**2 * v**2 + v**3, rel=1e-12, abs=0)


@pytest.mark.parametrize("seed", range(20))
def test_compiled_code_gives_the_same_to_the_last_bit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    coins = int(rng.integers(1, 20))
    gates = random_gates(rng, coins, int(rng.integers(3, 60)))
    roots = rng.integers(0, gates.size, int(rng.integers(1, 5))).astype(np.int32)
    pairs, asked = product(gates, roots, coins)
    slots = self_product.frame(pairs.diagram)
    ends = [self_product.base(slots, int(root))[0] for root in pairs.diagram.roots]
    built, references = self_product_compiled.build(
        slots, [(ends[i], ends[j]) for i, j in asked], most=10**6, until=NEVER
    )
    for part, wanted in zip((*built, references), (*pairs.pairs, pairs.asked), strict=True):
        np.testing.assert_array_equal(part, wanted)
    m = rng.uniform(0, 1, (3, coins))
    v = m * (1 - m) * rng.uniform(0, 1, (3, coins))
    weights = rng.normal(size=(2, len(asked)))
    for module in (self_product_sweeps_compiled, self_product_sweeps):
        assert (module.covariances(pairs, m, v) == self_product_sweeps.covariances(pairs, m, v)).all()
        assert (
            module.covariances(pairs, m, v, m[::-1]) == self_product_sweeps.covariances(pairs, m, v, m[::-1])
        ).all()
    compiled, plain = (
        module.gradients(pairs, m, v, weights)
        for module in (self_product_sweeps_compiled, self_product_sweeps)
    )
    assert (compiled[0] == plain[0]).all()
    assert (compiled[1] == plain[1]).all()


def test_one_row_of_means_serves_all_designs() -> None:
    gates, roots, _, coins = chain(3)
    pairs, _ = product(gates, roots, coins)
    m = np.full((1, coins), 0.3)
    v = np.eye(coins) * 0.1
    wanted = self_product_sweeps.covariances(pairs, np.repeat(m, coins, axis=0), v)
    np.testing.assert_array_equal(self_product_sweeps.covariances(pairs, m, v), wanted)
    np.testing.assert_array_equal(self_product_sweeps_compiled.covariances(pairs, m, v), wanted)


def test_budgets_of_pairs_and_of_time_are_kept() -> None:
    gates, roots, _, coins = chain(60)
    diagram = compile_gates(gates, roots, coins=coins).diagram
    asked = list(combinations_with_replacement(range(len(roots)), 2))
    for most in (1, 100, self_product.MIN_COMPILED_PAIRS + 1):
        with pytest.raises(TooManyPairsError) as caught:
            self_product.self_product(diagram, asked, most=most, until=NEVER)
        assert caught.value.pairs == most
    with pytest.raises(TooManyPairsError) as late:
        self_product.self_product(diagram, asked, most=10**9, until=0.0)
    assert late.value.pairs is None


def test_modules_keep_the_product_small() -> None:
    """Pairs of a chain of modules grow with its length alone: 10 times the length, 10 times the pairs."""
    sizes = []
    for steps in (20, 200):
        gates, roots, _, coins = chain(steps)
        pairs, _ = product(gates, roots[-1:], coins)
        sizes.append(pairs.pairs.size)
    assert sizes[1] < 11 * sizes[0]
