"""Bernoulli words: exactly the probability asked for, whoever draws them."""

from fractions import Fraction

import numpy as np
import pytest

from sensa.kernels.worlds.bits import MASK, coin_keys, words
from sensa.kernels.worlds.coins import DIGIT_PLANES, FIXED_POINT_ONE, bernoulli, digits
from sensa.kernels.worlds.simulate import coin_words

PROBABILITIES = [0.0, 1.0, 0.5, 0.25, 0.3, 1e-3, 0.999, 2.0**-12, 1e-9, 2.0**-70, 1 - 2.0**-53, 5e-324]


def test_digits_and_tail_are_the_probability() -> None:
    """To the last of 75 digits: whole numbers beside."""
    for p in PROBABILITIES:
        kept, tail = digits(np.array([p]))
        had = Fraction(int(kept[0]), FIXED_POINT_ONE) + Fraction(int(tail[0]), FIXED_POINT_ONE << 64)
        assert 0 <= Fraction(p) - had < Fraction(1, 1 << 75)
    for exact in (0.0, 1.0, 0.5, 0.3, 1e-3):
        kept, tail = digits(np.array([exact]))
        assert Fraction(int(kept[0]), FIXED_POINT_ONE) + Fraction(
            int(tail[0]), FIXED_POINT_ONE << 64
        ) == Fraction(exact)


@pytest.mark.parametrize("wrong", [-1e-300, 1.0000001, np.nan, np.inf])
def test_what_is_no_probability_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="NaN or not in"):
        digits(np.array([0.5, wrong]))
    with pytest.raises(ValueError, match="NaN or not in"):
        coin_words(coin_keys(np.arange(2, dtype=np.uint64), seed=0), np.array([0.5, wrong]), words=1)


def compared(p: float, key: np.ndarray, number: int) -> int:  # type: ignore[type-arg]
    """A word by comparing 64 random numbers with p, digit by digit from the top, in whole numbers."""
    kept, tail = digits(np.array([p]))
    tails, *planes = (int(word) for word in words(key, np.array([number], np.uint64), DIGIT_PLANES + 1)[:, 0])
    word = 0
    for lane in range(64):
        # a random 1 makes the number small: lane is true where the number is below p
        drawn = sum((1 - (planes[plane] >> lane & 1)) << plane for plane in range(DIGIT_PLANES))
        below = drawn < int(kept[0]) or (drawn == int(kept[0]) and tails < int(tail[0]))
        word |= below << lane
    return word


@pytest.mark.parametrize("p", PROBABILITIES)
def test_words_are_comparisons_with_the_probability(p: float) -> None:
    keys = coin_keys(np.arange(3, dtype=np.uint64), seed=7)
    found = coin_words(keys, np.full(3, p), first=1000, words=70)
    for coin in range(3):
        for at in (0, 1, 63, 64, 69):
            assert int(found[coin, at]) == compared(p, keys[coin], 1000 + at)


def test_the_obvious_way_gives_the_same_words() -> None:
    rng = np.random.default_rng(0)
    keys = coin_keys(np.arange(40, dtype=np.uint64), seed=2)
    p = np.concatenate([PROBABILITIES, rng.random(28)])
    found = coin_words(keys, p, first=5, words=130)
    kept, tails = digits(p)
    numbers = np.arange(5, 135, dtype=np.uint64)
    for coin in range(40):
        own = bernoulli(keys[coin], np.full(130, kept[coin]), np.full(130, tails[coin]), numbers)
        np.testing.assert_array_equal(found[coin], own)


@pytest.mark.parametrize("p", [0.3, 0.5, 1e-3, 2e-4, 0.9999])
def test_counts_are_as_frequent_as_the_probability(p: float) -> None:
    """2^25 worlds; the variance is at most 1.5 % larger for the tail. Beyond 5.5 once in 25 million."""
    keys = coin_keys(np.array([4], np.uint64), seed=1)
    worlds = 1 << 25
    hits = int(np.bitwise_count(coin_words(keys, np.array([p]), words=worlds // 64)).sum())
    assert abs(hits - worlds * p) < 5.5 * (1.02 * worlds * p * (1 - p)) ** 0.5


def test_worlds_of_a_word_are_as_good_as_independent() -> None:
    """The variance of a word's count over 2^18 words is 64 p (1 - p), and 1.5 % more at most if p is small.

    The sample variance has a relative error of sqrt((2 + excess) / n): 5.5 of it once in 25 million.
    """
    keys = coin_keys(np.array([4], np.uint64), seed=1)
    for p, inflation in ((0.3, 0.0), (0.01, 0.01), (1e-4, 63 / 4096)):
        counts = np.bitwise_count(coin_words(keys, np.array([p]), words=1 << 18)).astype(float)
        expected = 64 * p * (1 - p) * (1 + inflation / 2)
        excess = 2 + 1 / (64 * p)
        apart = abs(counts[0].var() / expected - 1)
        assert apart < inflation + 5.5 * (excess / (1 << 18)) ** 0.5


def test_certain_coins_are_certain() -> None:
    keys = coin_keys(np.arange(2, dtype=np.uint64), seed=1)
    found = coin_words(keys, np.array([0.0, 1.0]), words=1000)
    assert not found[0].any()
    assert (found[1] == MASK).all()
