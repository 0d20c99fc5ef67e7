"""Weights of hits against the formula written out, slopes against enumeration."""

import numpy as np
import pytest

from sensa.kernels.program import Op
from sensa.kernels.worlds import weights
from sensa.kernels.worlds.bits import coin_keys
from sensa.kernels.worlds.simulate import coin_words
from tests.engines.circuits import Writer, enumerated, ints, truth

COINS = 7
WORLDS = 1 << COINS


def every_world():
    """All worlds (worlds, coins), and as words (coins, words)."""
    worlds = (np.arange(WORLDS)[:, None] >> np.arange(COINS) & 1).astype(bool)
    words = np.packbits(np.ascontiguousarray(worlds.T), axis=1, bitorder="little").view(np.uint64)
    return worlds, words


def law(worlds, q):
    """The probability of each world under each component (components, worlds)."""
    return np.prod(np.where(worlds[None], q[:, None], 1 - q[:, None]), axis=2)


def mixture(seed=0):
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.01, 0.99, COINS)
    q = np.where(rng.random((5, COINS)) < 0.5, p, rng.uniform(0.02, 0.98, (5, COINS)))
    q[0] = p
    return p, q, rng.dirichlet(np.ones(5))


@pytest.mark.parametrize("seed", range(5))
def test_weights_are_the_balance_heuristic(seed):
    p, q, shares = mixture(seed)
    worlds, words = every_world()
    full = np.full(words.shape[1], ~np.uint64(0))
    hits = weights.weigh(full, words, weights.ratios(shares, q, p))
    mixed = shares @ law(worlds, q)
    np.testing.assert_array_equal(hits.word * 64 + hits.lane, np.arange(WORLDS))
    np.testing.assert_allclose(hits.weight, law(worlds, p[None])[0] / mixed, rtol=1e-12)
    np.testing.assert_allclose(hits.part, (shares[:, None] * law(worlds, q) / mixed).T, rtol=1e-12)


def test_only_hits_are_weighed():
    p, q, shares = mixture()
    worlds, words = every_world()
    chosen = np.random.default_rng(1).random(WORLDS) < 0.3
    hit = np.packbits(chosen, bitorder="little").view(np.uint64)
    hits = weights.weigh(hit, words, weights.ratios(shares, q, p))
    np.testing.assert_array_equal(hits.word * 64 + hits.lane, np.flatnonzero(chosen))
    np.testing.assert_allclose(
        hits.weight, (law(worlds, p[None])[0] / (shares @ law(worlds, q)))[chosen], rtol=1e-12
    )


def test_weights_far_below_the_smallest_number():
    """1,000 coins of 1e-9 at 0.9, all true: (1e-9 / 0.9)^1000 / share underflows; of 10 it does not."""
    p, q = np.full(1000, 1e-9), np.full((2, 1000), 1e-9)
    q[1, :10] = 0.9
    of = weights.ratios(np.array([0.5, 0.5]), q, p)
    given = np.zeros((1000, 1), np.uint64)
    given[:10] = 1
    hits = weights.weigh(np.ones(1, np.uint64), given, of)
    assert hits.weight[0] == pytest.approx(2 * (1e-9 / 0.9) ** 10, rel=1e-12)
    q[1] = 0.9
    given[:] = 1
    hits = weights.weigh(np.ones(1, np.uint64), given, weights.ratios(np.array([0.5, 0.5]), q, p))
    assert hits.weight[0] == 0.0
    assert hits.part[0].tolist() == [0.0, 1.0]


def test_certain_tilts_are_refused():
    with pytest.raises(ValueError, match="certain"):
        weights.ratios(np.ones(1), np.array([[0.5, 1.0]]), np.array([0.5, 0.5]))


def test_mixed_words_are_those_of_each_component():
    """Word j is what its component alone would draw at that address."""
    _, q, _ = mixture()
    keys = coin_keys(np.arange(COINS, dtype=np.uint64), seed=3)
    component = np.random.default_rng(0).integers(0, 5, 150)
    found = weights.mixed_words(keys, q, component, first=70)
    for k in range(5):
        alone = coin_words(keys, q[k], first=70, words=150)
        np.testing.assert_array_equal(found[:, component == k], alone[:, component == k])


def test_flips_and_single_worlds():
    rng = np.random.default_rng(0)
    given = rng.integers(0, 1 << 63, (5, 2)).astype(np.uint64)
    numbers = np.arange(128)
    before = weights.lanes_of(given, numbers // 64, numbers % 64)
    coins, wanted = rng.integers(0, 5, 128), rng.random(128) < 0.5
    weights.flip(given, coins, wanted)
    after = weights.lanes_of(given, numbers // 64, numbers % 64)
    changed = np.zeros((128, 5), bool)
    changed[numbers, coins] = wanted
    np.testing.assert_array_equal(before ^ after, changed)


def test_slopes_where_nothing_is_read_twice_are_exact():
    """P(coin | root) by enumeration of a tree with every kind of gate."""
    writer = Writer()
    c = [writer.coin() for _ in range(10)]
    some = writer.gate(Op.AT_LEAST, c[0], c[1], writer.gate(Op.NOT, c[2]), c[3], k=2)
    other = writer.gate(Op.OR, writer.gate(Op.AND, c[4], c[5], c[6]), c[7])
    writer.gate(Op.AND, c[0], c[1])  # not read
    root = writer.gate(Op.AND, some, other, writer.gate(Op.NOT, writer.gate(Op.OR, c[8], c[9])))
    p = np.random.default_rng(0).uniform(0.01, 0.3, 10)
    value, given = weights.slopes(writer.gates(), root, p)
    assert value == pytest.approx(enumerated(writer.gates(), ints(root), p[None])[0, 0], rel=1e-13)
    holds = truth(writer.gates(), 10)[root]
    worlds = (np.arange(1 << 10)[:, None] >> np.arange(10) & 1).astype(bool)
    weight = law(worlds, p[None])[0] * holds
    np.testing.assert_allclose(given, weight @ worlds / weight.sum(), rtol=1e-12, atol=1e-16)


def test_slopes_of_very_small_and_impossible_roots():
    writer = Writer()
    coins = [writer.coin() for _ in range(20)]
    root = writer.gate(Op.NOT, writer.gate(Op.OR, *[writer.gate(Op.NOT, coin) for coin in coins]))
    value, given = weights.slopes(writer.gates(), root, np.full(20, 1e-10))
    assert value == pytest.approx(1e-200, rel=1e-12)
    np.testing.assert_allclose(given, 1.0, rtol=1e-12)
    value, given = weights.slopes(writer.gates(), root, np.zeros(20))
    assert value == 0.0
    assert given.tolist() == [0.0] * 20
