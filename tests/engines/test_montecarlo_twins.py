"""Covariances and Sobol' indices from twins against those of all worlds there are."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from sensa.engines.montecarlo.gradients import depends
from sensa.engines.montecarlo.jackknife import Estimated, jackknife
from sensa.engines.montecarlo.shrinkage import shrunken
from sensa.engines.montecarlo.twins import (
    Moments,
    closed_indices,
    covariance,
    covariances,
    total_indices,
    truth_moments,
    variance,
)
from sensa.kernels.program import Floats, Gates, Ints
from sensa.kernels.worlds.bits import Keys, coin_keys
from sensa.kernels.worlds.instructions import Program, layout
from sensa.kernels.worlds.simulate import simulate_each, simulate_twins
from tests.engines.circuits import enumerated, ints, random_gates, truth

BATCHES = 24


def keys(coins: int, seed: int, batch: int, stream: int = 0) -> Keys:
    return coin_keys(np.arange(coins, dtype=np.uint64), seed=seed, replicate=batch, stream=stream)


def lively(rng: np.random.Generator, coins: int, p: Floats) -> tuple[Gates, Ints]:
    """Random gates, and the last two of them that read most coins and are neither rare nor certain."""
    while True:
        gates = random_gates(rng, coins, 40)
        roots = np.arange(coins, gates.size, dtype=np.int32)
        q = enumerated(gates, roots, p[None])[0]
        reads = depends(layout(gates, roots, coins)).sum(axis=1)
        found = np.flatnonzero((q > 0.1) & (q < 0.9) & (reads >= coins - 1))[-2:]
        if len(found) == 2:
            return gates, roots[found]


def closed_variances(gates: Gates, roots: Ints, p: Floats, sets: list[Ints]) -> Floats:
    """Var(E[f | G]) (sets, roots), by summing over all worlds."""
    coins = len(p)
    worlds = np.arange(1 << coins)
    bits = worlds[:, None] >> np.arange(coins) & 1
    each = np.where(bits == 1, p, 1 - p)
    table = truth(gates, coins)[roots].astype(float)
    found = []
    for chosen in sets:
        inside = np.zeros(coins, bool)
        inside[chosen] = True
        cell = (bits[:, inside] << np.arange(inside.sum())).sum(axis=1)
        given = np.stack([np.bincount(cell, f * each[:, ~inside].prod(axis=1)) for f in table])
        weight = np.zeros(1 << int(inside.sum()))
        weight[cell] = each[:, inside].prod(axis=1)
        mean = given @ weight
        found.append(((given - mean[:, None]) ** 2) @ weight)
    return np.stack(found)


def t_scores(found: Estimated, wanted: Floats) -> Floats:
    """What has no error must be right: what a root does not read, say."""
    off = found.value - wanted
    sure = found.error < 1e-13
    assert sure.mean() < 0.5
    np.testing.assert_allclose(off[sure], 0.0, atol=1e-12)
    return np.asarray(off[~sure] / found.error[~sure])


@pytest.mark.parametrize("seed", range(6))
def test_truth_layer_is_that_of_all_worlds(seed: int) -> None:
    """Student's t of 23 degrees is beyond 7 with probability 4e-7; about 250 scores: 1e-4 over all seeds."""
    rng = np.random.default_rng(seed)
    coins = 7
    p = rng.uniform(0.1, 0.9, coins)
    gates, roots = lively(rng, coins, p)
    program = layout(gates, roots, coins)
    singles = [ints(i) for i in range(coins)]
    rest = [np.delete(np.arange(coins, dtype=np.int32), i) for i in range(coins)]
    sets = [*singles, *rest, ints(0, 3, 5)]
    moments = Moments.of(
        [
            truth_moments(program, keys(coins, seed, b), keys(coins, seed, b, 1), p, sets, words=64)
            for b in range(BATCHES)
        ]
    )
    wanted = closed_variances(gates, roots, p, sets)
    q = enumerated(gates, roots, p[None])[0]
    whole = q * (1 - q)
    assert np.abs(t_scores(covariances(moments), wanted)).max() < 7
    assert np.abs(t_scores(variance(moments), whole)).max() < 7
    assert np.abs(t_scores(closed_indices(moments), wanted / whole)).max() < 7
    assert np.abs(t_scores(total_indices(moments), 1 - wanted / whole)).max() < 7


# Three parameters, uniform on [0, 1]; the coins' probabilities are linear in them, and some share one.
PARAMETER = np.array([0, 0, 1, 1, 2, 2])
BASE = np.array([0.1, 0.3, 0.0, 0.5, 0.2, 0.9])
SLOPE = np.array([0.8, 0.4, 1.0, -0.4, 0.3, -0.7])


def chances(units: Floats) -> Floats:
    return np.asarray(BASE + SLOPE * units[:, PARAMETER])


def credence_variances(gates: Gates, roots: Ints, sets: list[tuple[int, ...]]) -> Floats:
    """Var(E[q | G]) (sets, roots), by Gauss and Legendre's rule: q is a polynomial of low degree."""
    x, w = np.polynomial.legendre.leggauss(6)
    x, w = (x + 1) / 2, w / 2
    grid = np.stack(np.meshgrid(x, x, x, indexing="ij"), axis=-1).reshape(-1, 3)
    q = enumerated(gates, roots, chances(grid)).reshape(6, 6, 6, len(roots))
    found = []
    for chosen in sets:
        given = q
        for parameter in (2, 1, 0):
            if parameter not in chosen:
                given = np.tensordot(w, given, (0, parameter))[None].swapaxes(0, 0)
                given = np.moveaxis(given, 0, parameter)
        weight = np.ones(given.shape[:3])
        for parameter in chosen:
            weight = weight * w.reshape([-1 if axis == parameter else 1 for axis in range(3)])
        mean = (weight[..., None] * given).sum(axis=(0, 1, 2))
        found.append((weight[..., None] * (given - mean) ** 2).sum(axis=(0, 1, 2)))
    return np.stack(found)


def moments_of_readings(first: Floats, second: Floats, twins: Sequence[Floats]) -> Moments:
    """One batch of the credence layer from any engine's results (samples, roots), arrays (1, sets, roots).

    `first` and `second` are at theta, in independent worlds; `twins` at each set's theta', in the worlds of
    `second` (best) or in others, but not in those of `first`.
    """
    product = np.stack([(first * other).mean(axis=0) for other in twins])[None]
    mean = np.stack([(first + other).mean(axis=0) / 2 for other in twins])[None]
    whole_product = np.broadcast_to((first * second).mean(axis=0), product.shape)
    return Moments(
        product, mean, whole_product, np.broadcast_to((first + second).mean(axis=0) / 2, mean.shape)
    )


def exchanged(units: Floats, others: Floats, shared: Ints) -> Floats:
    """Points (samples, parameters) that have the shared columns of `units` and the rest of `others`.

    Units are before the copula, where parameters are independent; tied ones must be shared together.
    """
    points = others.copy()
    points[:, shared] = units[:, shared]
    return points


def credence_moments(
    program: Program,
    own: Keys,
    others: Keys,
    p: Floats,
    twins: list[Floats],
    *,
    first: int = 0,
    each: int = 1,
) -> Moments:
    """One batch of twins (samples, coins) that share the parameters of a set, in the same pairs of worlds."""
    shares = [
        simulate_twins(program, own, others, p, other, first=first, each=each)[..., :2] / (64 * each)
        for other in (p, *twins)
    ]
    return moments_of_readings(shares[0][..., 0], shares[0][..., 1], [pair[..., 1] for pair in shares[1:]])


def variance_over_parameters(first: Floats, second: Floats, replicate: Ints) -> Estimated:
    """The variance over parameter values of what two independent readings (points, …) are of."""
    own = [replicate == r for r in np.unique(replicate)]
    product, middle = first * second, (first + second) / 2
    return jackknife(
        covariance,
        np.stack([product[r].mean(axis=0) for r in own]),
        np.stack([middle[r].mean(axis=0) for r in own]),
    )


def credence_batches(
    program: Program, sets: list[tuple[int, ...]], seed: int, samples: int, each: int = 1
) -> Moments:
    rng = np.random.default_rng(seed)
    batches = []
    for b in range(BATCHES):
        units, others = rng.random((samples, 3)), rng.random((samples, 3))
        twins = [chances(exchanged(units, others, ints(*chosen))) for chosen in sets]
        own = keys(6, seed, b), keys(6, seed, b, 1)
        batches.append(credence_moments(program, *own, chances(units), twins, each=each))
    return Moments.of(batches)


@pytest.mark.parametrize("seed", range(6))
def test_credence_layer_is_that_of_the_polynomial(seed: int) -> None:
    """As above: about 150 scores of Student's t, one beyond 7 in 6e-5 of all runs."""
    rng = np.random.default_rng(100 + seed)
    gates, roots = lively(rng, 6, BASE + SLOPE / 2)
    sets = [chosen for size in (1, 2) for chosen in combinations(range(3), size)]
    moments = credence_batches(layout(gates, roots, 6), sets, seed, samples=500)
    wanted = credence_variances(gates, roots, sets)
    whole = credence_variances(gates, roots, [(0, 1, 2)])[0]
    assert np.abs(t_scores(covariances(moments), wanted)).max() < 7
    assert np.abs(t_scores(variance(moments), whole)).max() < 7
    assert np.abs(t_scores(closed_indices(moments), wanted / whole)).max() < 7
    assert np.abs(t_scores(total_indices(moments), 1 - wanted / whole)).max() < 7


def test_the_stated_error_of_twins_is_their_spread() -> None:
    """Over 60 runs; the ratio of spread to stated error, 9 % off by chance, stays within 45 %: 5 sigma."""
    rng = np.random.default_rng(7)
    gates, roots = lively(rng, 6, BASE + SLOPE / 2)
    program, sets = layout(gates, roots, 6), [(0,), (1, 2)]
    found = [credence_batches(program, sets, seed, samples=64) for seed in range(60)]
    for question in (covariances, closed_indices, total_indices):
        answers = [question(moments) for moments in found]
        seen = np.std([answer.value for answer in answers], axis=0, ddof=1)
        stated = np.sqrt(np.mean([answer.error**2 for answer in answers], axis=0))
        assert (seen / stated).min() > 0.55
        assert (seen / stated).max() < 1.45


def test_twins_are_two_readings_whatever_has_read_them() -> None:
    rng = np.random.default_rng(100)
    gates, roots = lively(rng, 6, BASE + SLOPE / 2)
    program, own, others = layout(gates, roots, 6), keys(6, 0, 0), keys(6, 0, 0, 1)
    p, twin = chances(rng.random((20, 3))), chances(rng.random((20, 3)))
    found = credence_moments(program, own, others, p, [twin], first=5, each=3)
    first, second, other = (
        simulate_each(program, key, at, first=5, each=3) / 192
        for key, at in ((own, p), (others, p), (others, twin))
    )
    again = moments_of_readings(first, second, [other])
    for name in ("product", "mean", "whole_product", "whole_mean"):
        np.testing.assert_array_equal(getattr(found, name), getattr(again, name))


def test_covariance_is_without_bias_however_points_hang_together() -> None:
    """All ways to choose 2 batches from 3 that differ: the mean over them is the covariance, exactly.

    Batches are equally likely and independent, f and f' the same within each: so the points of a batch hang
    together completely, and E[f f'] - E[f]^2 is the variance of the batches' values.
    """
    values = np.array([0.1, 0.5, 0.3])
    every = [float(covariance(np.array([a * a, b * b]), np.array([a, b]))) for a in values for b in values]
    assert np.mean(every) == pytest.approx(values.var(), rel=1e-14)


def test_a_constant_has_no_indices() -> None:
    from sensa.kernels.program import Op
    from tests.engines.circuits import Writer

    writer = Writer()
    writer.coin()
    root = writer.gate(Op.TRUE)
    program = layout(writer.gates(), ints(root), 1)
    parts = [
        truth_moments(program, keys(1, 0, b), keys(1, 0, b, 1), np.array([0.5]), [ints(0)], words=2)
        for b in range(3)
    ]
    moments = Moments.of(parts)
    assert covariances(moments).value.tolist() == [[0.0]]
    assert np.isnan(closed_indices(moments).value).all()
    assert np.isnan(total_indices(moments).value).all()


def test_the_jackknife_of_a_mean_is_the_standard_error() -> None:
    values = np.random.default_rng(0).normal(size=(9, 2))
    found = jackknife(lambda part: part.mean(axis=0), values)
    np.testing.assert_allclose(found.error, stats.sem(values, axis=0), rtol=1e-12)
    with pytest.raises(ValueError, match="at least 3 replicates, not 2"):
        jackknife(lambda part: part.mean(axis=0), values[:2])


def readings(points: int, each: int) -> tuple[Floats, Floats, Ints, Floats]:
    """Two readings of a circuit's roots at parameters, the replicate of each, and what they read."""
    rng = np.random.default_rng(3)
    gates, roots = lively(np.random.default_rng(107), 6, BASE + SLOPE / 2)
    units = rng.random((points, 3))
    p = chances(units)
    program = layout(gates, roots, 6)
    found = [simulate_each(program, keys(6, 5, 0, stream), p, each=each) / (64 * each) for stream in (0, 1)]
    replicate = np.arange(points, dtype=np.int32) // (points // 16)
    return found[0], found[1], replicate, enumerated(gates, roots, p)


def test_the_variance_over_parameters_has_none_of_the_worlds() -> None:
    """Against the quadrature; two scores of Student's t of 15 degrees, beyond 7 with 1e-5."""
    first, second, replicate, _ = readings(16 * 256, 1)
    gates, roots = lively(np.random.default_rng(107), 6, BASE + SLOPE / 2)
    wanted = credence_variances(gates, roots, [(0, 1, 2)])[0]
    found = variance_over_parameters(first, second, replicate)
    assert np.abs(t_scores(found, wanted)).max() < 7
    noisy = ((first + second) / 2).var(axis=0)
    assert (noisy > wanted + 5 * found.error).any()


def test_shrunken_values_vary_as_the_probabilities_do() -> None:
    """Four quantiles come nearer on the whole (in each of 30 other streams by 1.6), one alone may not."""
    first, second, replicate, q = readings(16 * 256, 1)
    values = shrunken(first, second, replicate)
    middle = (first + second) / 2
    np.testing.assert_allclose(values.mean(axis=0), middle.mean(axis=0), rtol=1e-12)
    wanted = variance_over_parameters(first, second, replicate).value
    np.testing.assert_allclose(values.var(axis=0), wanted, rtol=1e-9)
    levels = [0.05, 0.95]
    missed = np.abs(np.quantile(values, levels, axis=0) - np.quantile(q, levels, axis=0))
    raw = np.abs(np.quantile(middle, levels, axis=0) - np.quantile(q, levels, axis=0))
    assert missed.sum() < raw.sum()
    np.testing.assert_allclose(missed, 0.0, atol=0.02)


def test_what_does_not_vary_shrinks_to_its_mean() -> None:
    """Readings around one probability whose covariance is negative: nothing is left but the mean."""
    first = np.tile([0.4, 0.6], 6)[:, None]
    second = 1.0 - first
    replicate = np.repeat(np.arange(3, dtype=np.int32), 4)
    np.testing.assert_allclose(shrunken(first, second, replicate), 0.5, atol=1e-15)
