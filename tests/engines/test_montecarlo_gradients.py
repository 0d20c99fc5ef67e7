"""Derivatives from worlds against those of diagrams, their stated errors, and which way was taken."""

import numpy as np
import pytest
from scipy import stats

from sensa.engines.exact.engine import compile_gates
from sensa.engines.montecarlo.gradients import Way, depends, gradients, turn
from sensa.kernels.program import Floats, Gates, Ints, Op
from sensa.kernels.worlds.bits import Keys, coin_keys
from sensa.kernels.worlds.instructions import layout
from tests.engines.circuits import Writer, enumerated, ints, random_gates, truth


def keys(coins: int, seed: int = 0) -> Keys:
    return coin_keys(np.arange(coins, dtype=np.uint64), seed=seed)


def chances(rng: np.random.Generator, coins: int) -> Floats:
    """Probabilities, some rare, some certain."""
    p = rng.uniform(0.1, 0.9, coins)
    p[rng.random(coins) < 0.2] = 1e-3
    p[rng.random(coins) < 0.1] = rng.integers(0, 2)
    return p


def derivatives(gates: Gates, roots: Ints, p: Floats) -> Floats:
    """(roots, coins) by setting each coin, in all worlds there are."""
    found = np.zeros((len(roots), len(p)))
    for coin in range(len(p)):
        high, low = p.copy()[None], p.copy()[None]
        high[0, coin], low[0, coin] = 1.0, 0.0
        found[:, coin] = (enumerated(gates, roots, high) - enumerated(gates, roots, low))[0]
    return found


@pytest.mark.parametrize("seed", range(10))
def test_derivatives_are_those_of_enumeration(seed: int) -> None:
    """About 200 z-scores in all; one beyond 6 has probability 4e-7, were they normal."""
    rng = np.random.default_rng(seed)
    coins = int(rng.integers(2, 11))
    gates = random_gates(rng, coins, 40)
    roots = rng.integers(coins, gates.size, 3).astype(np.int32)
    p = chances(rng, coins)
    found = gradients(layout(gates, roots, coins), keys(coins, seed), p, words=2048)
    wanted = derivatives(gates, roots, p)
    assert np.isfinite(found.slopes).all()
    none = found.way == Way.NONE
    assert (wanted[none] == 0).all()
    assert (found.slopes[none] == 0).all()
    assert (found.error[~none] > 0).all()
    z = (found.slopes - wanted)[~none] / found.error[~none]
    assert np.abs(z).max(initial=0.0) < 6
    np.testing.assert_array_less(
        np.abs(found.values - enumerated(gates, roots, p[None])[0]), 6 * found.values_error
    )


def fault_tree() -> tuple[Gates, Ints, int]:
    """Twenty branches of three coins each, two of which must be true in at least three branches."""
    writer = Writer()
    branches = []
    for _ in range(20):
        own = [writer.coin() for _ in range(3)]
        branches.append(writer.gate(Op.AT_LEAST, *own, k=2))
    top = writer.gate(Op.AT_LEAST, *branches, k=3)
    roots = ints(top, writer.gate(Op.NOT, top))
    return writer.gates(), roots, writer.coins


def test_each_way_is_taken_where_it_is_the_better_one() -> None:
    """A world's variance by likelihood ratio is q1 (1 - q1) / p + …: 1000 times that of turning at p = 1e-3.

    An even coin of which the root hardly depends is told by all worlds at once as well as by turning it, for
    a sixtieth of the work.
    """
    gates, roots, coins = fault_tree()
    p = np.full(coins, 0.2)
    p[:3] = 1e-4
    found = gradients(layout(gates, roots, coins), keys(coins), p, words=4096)
    assert (found.way[:, :3] == Way.COMMON_NUMBERS).all()
    writer = Writer()
    own = [writer.coin() for _ in range(60)]
    parity = own[0]
    for coin in own[1:]:  # xor: each coin always matters, and none has a derivative at 1/2
        either, both = writer.gate(Op.OR, parity, coin), writer.gate(Op.AND, parity, coin)
        parity = writer.gate(Op.AND, either, writer.gate(Op.NOT, both))
    even = gradients(layout(writer.gates(), ints(parity), 60), keys(60), np.full(60, 0.5), words=4096)
    assert (even.way == Way.LIKELIHOOD_RATIO).all()
    assert np.abs(even.slopes / even.error).max() < 6  # of 60: 1e-7


@pytest.mark.parametrize("rarity", [0.3, 1e-4])
def test_the_stated_error_is_the_spread(rarity: float) -> None:
    """200 runs: the spread over runs is the stated error within 25 % (a chi of 199 degrees: 5 sigma)."""
    gates, roots, coins = fault_tree()
    program, p = layout(gates, roots, coins), np.full(coins, 0.2)
    p[::5] = rarity
    found = [gradients(program, keys(coins, seed), p, words=256) for seed in range(200)]
    wanted = compile_gates(gates, roots, coins=coins).gradients(p[None])[1][0]
    slopes = np.stack([run.slopes for run in found])
    error = np.sqrt(np.stack([run.error**2 for run in found]).mean(axis=0))
    ratio = slopes.std(axis=0, ddof=1) / error
    assert ratio.min() > 0.75
    assert ratio.max() < 1.25
    z = (slopes.mean(axis=0) - wanted) / (error / np.sqrt(200))
    assert np.abs(z).max() < 5.5  # of 120: 5e-6


def test_derivatives_of_an_outcome_and_its_negation_cancel() -> None:
    gates, roots, coins = fault_tree()
    found = gradients(layout(gates, roots, coins), keys(coins), np.full(coins, 0.2), words=64)
    np.testing.assert_allclose(found.slopes[0], -found.slopes[1], atol=1e-15)
    assert found.values.sum() == pytest.approx(1.0, abs=1e-15)


def test_turning_counts_the_worlds_where_a_coin_matters() -> None:
    """By the 64 worlds of one word and the truth table: which worlds fell is read from the coins' words."""
    from sensa.kernels.worlds.simulate import coin_words

    rng = np.random.default_rng(5)
    gates = random_gates(rng, 6, 30)
    roots = ints(gates.size - 1, gates.size - 2)
    p = np.array([0.5, 0.3, 0.0, 1.0, 0.7, 0.5])
    own = keys(6)
    fell = np.unpackbits(coin_words(own, p, words=1).view(np.uint8), axis=1, bitorder="little")
    table = truth(gates, 6)[roots]
    up, down = turn(layout(gates, roots, 6), own, p, ints(*range(6)), words=1)
    for coin in range(6):
        worlds = (fell * (1 << np.arange(6))[:, None]).sum(axis=0)
        with_it, without = table[:, worlds | 1 << coin], table[:, worlds & ~(1 << coin)]
        np.testing.assert_array_equal(up[coin], (with_it & ~without).sum(axis=1))
        np.testing.assert_array_equal(down[coin], (without & ~with_it).sum(axis=1))


def test_dependence_is_read_off_the_instructions() -> None:
    """A coin that the instructions do not read never changes a root; more than 64 roots are told apart."""
    writer = Writer()
    own = [writer.coin() for _ in range(70)]
    roots = [writer.gate(Op.AND, own[i], own[(i + 1) % 70]) for i in range(70)]
    found = depends(layout(writer.gates(), ints(*roots, own[3]), 70))
    for root in range(70):
        assert np.flatnonzero(found[root]).tolist() == sorted((root, (root + 1) % 70))
    assert np.flatnonzero(found[70]).tolist() == [3]


def test_errors_hold_on_average_over_many_circuits() -> None:
    """z-scores of small circuits are standard normal: chi-square of their squares, alarm 1e-4.

    One root and one coin of each circuit, so that the scores are independent.
    """
    squares = []
    for seed in range(300):
        rng = np.random.default_rng(1000 + seed)
        gates = random_gates(rng, 8, 40)
        p = rng.uniform(0.1, 0.9, 8)
        q = enumerated(gates, np.arange(8, gates.size, dtype=np.int32), p[None])[0]
        roots = 8 + np.flatnonzero((q > 0.05) & (q < 0.95))[-1:].astype(np.int32)
        if not len(roots):
            continue
        found = gradients(layout(gates, roots, 8), keys(8, seed), p, words=512)
        read = np.flatnonzero(found.way[0] != Way.NONE)
        if not len(read):
            continue
        coin = int(rng.choice(read))
        if found.error[0, coin] * np.sqrt(found.worlds[coin]) < 0.1:
            continue  # too few worlds in which the coin matters for a normal error
        wanted = derivatives(gates, roots, p)[0, coin]
        squares.append(((found.slopes[0, coin] - wanted) / found.error[0, coin]) ** 2)
    assert len(squares) > 80
    low, high = stats.chi2.ppf([5e-5, 1 - 5e-5], len(squares))
    assert low < sum(squares) < high


def test_too_few_words_are_refused() -> None:
    gates, roots, coins = fault_tree()
    with pytest.raises(ValueError, match="at least 2 words, not 1"):
        gradients(layout(gates, roots, coins), keys(coins), np.full(coins, 0.5), words=1)
