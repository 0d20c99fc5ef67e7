"""Sobol' points: the digital net of scipy, scrambled as Owen says, the same however they are asked for."""

import itertools

import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

from sensa.kernels import sobol_points as sobol


def scrambled(dimensions: int, count: int, *, replicate: int = 0, seed: int = 1) -> np.ndarray:
    key = sobol.keys(np.arange(dimensions, dtype=np.uint64), seed=seed, replicate=replicate)
    return sobol.points(sobol.net(np.arange(dimensions)), key, start=0, count=count)


def test_direction_numbers_are_those_of_joe_and_kuo_as_scipy_has_them() -> None:
    dimensions = np.array([0, 1, 2, 3, 7, 40, 500, 3000, 21200])
    ours = sobol.net(dimensions).directions
    for row, dimension in zip(ours.tolist(), dimensions.tolist(), strict=True):
        theirs = np.asarray(qmc.Sobol(21201, scramble=False, bits=32)._sv[dimension])
        assert [int(f"{word:032b}"[::-1], 2) for word in row] == theirs.tolist()


def test_the_unscrambled_points_are_those_of_scipy_in_another_order() -> None:
    ours = sobol.plain(sobol.net(np.arange(30)), start=0, count=256)
    theirs = qmc.Sobol(30, scramble=False, bits=32).random(256)
    assert sorted(map(tuple, ours.tolist())) == sorted(map(tuple, theirs.tolist()))


def test_every_projection_on_one_dimension_is_stratified() -> None:
    for m, dimensions in [(10, 300), (7, 40), (13, 12)]:
        cells = np.sort((scrambled(dimensions, 1 << m) * (1 << m)).astype(int), axis=0)
        assert np.array_equal(cells, np.repeat(np.arange(1 << m)[:, None], dimensions, axis=1))


def test_the_first_two_dimensions_fill_every_elementary_interval() -> None:
    u = scrambled(2, 1 << 10, replicate=3)
    for a in range(11):
        cells = (u[:, 0] * (1 << a)).astype(int) << (10 - a) | (u[:, 1] * (1 << (10 - a))).astype(int)
        assert sorted(cells.tolist()) == list(range(1 << 10))


def test_any_later_block_of_a_power_of_two_is_a_net_too() -> None:
    key = sobol.keys(np.arange(2, dtype=np.uint64), seed=4, replicate=0)
    u = sobol.points(sobol.net(np.arange(2)), key, start=5 << 8, count=1 << 8)
    cells = (u[:, 0] * 16).astype(int) * 16 + (u[:, 1] * 16).astype(int)
    assert sorted(cells.tolist()) == list(range(256))


def test_blocks_of_any_size_are_parts_of_the_same_points() -> None:
    net = sobol.net(np.array([0, 5, 17, 900]))
    key = sobol.keys(np.arange(4, dtype=np.uint64), seed=9, replicate=2)
    whole = sobol.points(net, key, start=0, count=3000)
    for size in (1, 7, 64, 1000, 2999):
        starts = range(0, 3000, size) if size > 1 else (0, 1, 2, 1023, 1024, 2999)
        for start in starts:
            count = min(size, 3000 - start)
            part = sobol.points(net, key, start=start, count=count)
            assert np.array_equal(part, whole[start : start + count])


def test_a_dimension_does_not_depend_on_its_neighbours() -> None:
    key = sobol.keys(np.arange(20, dtype=np.uint64), seed=9, replicate=2)
    whole = sobol.points(sobol.net(np.arange(20)), key, start=0, count=100)
    alone = sobol.points(sobol.net(np.array([13])), key[13:14], start=0, count=100)
    assert np.array_equal(alone[:, 0], whole[:, 13])


def test_points_are_odd_multiples_of_a_cell_strictly_inside() -> None:
    u = scrambled(50, 4096)
    digits = u * 2.0**53
    assert np.array_equal(digits, np.floor(digits))
    assert np.all(digits % 2 == 1)
    assert u.min() >= 2.0**-53
    assert np.array_equal(1 - (1 - u), u)


def test_a_point_of_a_random_key_is_uniform() -> None:
    # A false alarm by chance: 8 tests at 1e-6 each.
    net = sobol.net(np.array([0, 3]))
    for index, column in itertools.product((0, 4095), (0, 1)):
        draws = []
        for replicate in range(1000):
            key = sobol.keys(np.arange(2, dtype=np.uint64), seed=5, replicate=replicate)
            draws.append(sobol.points(net, key, start=index, count=1)[0, column])
        values = np.array(draws)
        assert stats.kstest(values, "uniform").pvalue > 1e-6
        assert stats.kstest(values * 2**32 % 1, "uniform").pvalue > 1e-6  # the digits after the net's


def test_the_error_of_a_linear_integrand_is_that_of_nested_scrambling() -> None:
    # Owen: one point uniform in each of n strata, independently: variance 1 / (12 n^3). Of 400 replicates the
    # ratio has standard deviation 0.07; the bound of 0.4 is passed by chance once in 1e8.
    n = 256
    net = sobol.net(np.array([2]))
    means = [
        sobol.points(net, sobol.keys(np.array([7], np.uint64), seed=2, replicate=r), start=0, count=n).mean()
        for r in range(400)
    ]
    assert np.mean((np.array(means) - 0.5) ** 2) * 12 * n**3 == pytest.approx(1.0, abs=0.4)


def test_integration_errors_are_comparable_to_scipy_s() -> None:
    # Mean squares over 20 replicates; were the two alike, a ratio of 6 would come by chance once in 1e4.
    def f(u: np.ndarray) -> tuple[float, ...]:
        k = np.arange(u.shape[1]) + 1
        product = np.prod(1 + (u - 0.5), axis=1).mean() - 1
        decaying = np.prod(1 + 1.5 * (u - 0.5) / k, axis=1).mean() - 1
        return (
            product,
            decaying,
            np.exp(u.sum(axis=1) / k[-1]).mean() - (k[-1] * np.expm1(1 / k[-1])) ** k[-1],
        )

    for dimensions, n in [(5, 1024), (10, 4096)]:
        ours = np.array([f(scrambled(dimensions, n, replicate=r)) for r in range(20)])
        theirs = np.array([f(qmc.Sobol(dimensions, rng=r).random(n)) for r in range(20)])
        plain = np.array([f(np.random.default_rng(r).random((n, dimensions))) for r in range(20)])
        assert np.all((ours**2).mean(axis=0) < 6 * (theirs**2).mean(axis=0))
        assert np.all((ours**2).mean(axis=0) < (plain**2).mean(axis=0) / 6)


def test_keys_differ_by_seed_replicate_and_address() -> None:
    addresses = np.arange(100, dtype=np.uint64)
    all_keys = [
        sobol.keys(addresses, seed=seed, replicate=replicate)
        for seed in (0, 1, 2**64 - 1)
        for replicate in range(20)
    ]
    assert len(set(np.concatenate(all_keys).tolist())) == 3 * 20 * 100


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 21201 dimensions, not 21202"):
        sobol.net(np.array([21201]))
    with pytest.raises(ValueError, match="a seed is a whole number of at least 0 and below 2\\^64, not `-1`"):
        sobol.keys(np.zeros(1, np.uint64), seed=-1, replicate=0)
    key, net = sobol.keys(np.zeros(1, np.uint64), seed=0, replicate=0), sobol.net(np.zeros(1, np.int64))
    assert sobol.points(net, key, start=2**32 - 1, count=1).shape == (1, 1)
    with pytest.raises(ValueError, match="points run from 0 to 2\\^32, not from 4294967295 to 4294967297"):
        sobol.points(net, key, start=2**32 - 1, count=2)


def test_no_points_and_no_dimensions() -> None:
    assert scrambled(3, 0).shape == (0, 3)
    assert scrambled(0, 5).shape == (5, 0)
