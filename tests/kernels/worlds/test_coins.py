"""Bernoulli words: exactly the probability asked for, independent bits, ordered in the probability."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sensa.kernels.program import Floats
from sensa.kernels.worlds.bernoulli import PLANES, bernoulli, digits
from sensa.kernels.worlds.bits import MASK, SPREAD, Words, coin_keys, words
from sensa.kernels.worlds.points import COUNTS, EDGE, EDGE_DIGITS, MIDDLE, mark
from sensa.kernels.worlds.simulate import coin_words
from sensa.kernels.worlds.weights import mixed_words

BELOW, ABOVE = np.nextafter(EDGE, 0), np.nextafter(EDGE, 1)
LAST, FIRST = np.nextafter(1 - EDGE, 0), np.nextafter(1 - EDGE, 1)
EDGES = [0.0, 1.0, EDGE, BELOW, ABOVE, 1 - EDGE, LAST, FIRST, 2.0**-70, 5e-324, 2.0**-53, 1 - 2.0**-53]
PROBABILITIES = [*EDGES, 0.5, 0.25, 0.3, 1e-3, 0.999, 1e-4, 0.9999, 1e-9]
KEY = coin_keys(np.array([4], np.uint64), seed=1)


def drawn(p: float, blocks: int, *, first: int = 0) -> Words:
    """The words (blocks, 64) of one coin."""
    found = coin_words(KEY, np.array([p]), first=64 * first, words=64 * blocks)
    return found.reshape(blocks, 64)


def test_digits_and_marks_are_the_probability() -> None:
    """In whole numbers: to 2^-74 at the edges, between them to what the rounding of p leaves."""
    edge, step = Fraction(EDGE), Fraction(1, 1 << 62 + EDGE_DIGITS)
    assert edge == MIDDLE * step
    for p in PROBABILITIES:
        limit = int(mark(np.array([p]))[0])
        if EDGE < p < 1 - EDGE:
            kept, tail = (int(x[0]) for x in digits(np.array([p])))
            v = Fraction(kept, 1 << PLANES) + Fraction(tail, 1 << PLANES + 64)
            assert 0 <= v < 1
            assert limit == MIDDLE
            assert abs(edge + (1 - 2 * edge) * v - Fraction(p)) <= Fraction(1, 1 << 52)
        else:
            number = limit * step if p < 0.5 else 1 - 2 * edge + limit * step
            assert abs(number - Fraction(p)) < step
    for exact in (0.0, 2.0**-53, 2.0**-30, EDGE):
        assert int(mark(np.array([exact]))[0]) * step == Fraction(exact)
        assert (2 * MIDDLE - int(mark(np.array([1 - exact]))[0])) * step == 1 - Fraction(1 - exact)


def test_numbers_of_points_are_poissons() -> None:
    mean = -4096 * np.log1p(-2 * EDGE)
    found = [(int(count) + 1) / 2.0**64 for count in COUNTS[:-1]]
    np.testing.assert_allclose(found, stats.poisson(mean).cdf(np.arange(len(found))), rtol=1e-14)
    assert stats.poisson(mean).sf(len(found)) < 2.0**-64


@pytest.mark.parametrize("wrong", [-1e-300, 1.0000001, np.nan, np.inf])
def test_what_is_no_probability_is_refused(wrong: float) -> None:
    keys = coin_keys(np.arange(2, dtype=np.uint64), seed=0)
    with pytest.raises(ValueError, match="NaN or not in"):
        coin_words(keys, np.array([0.5, wrong]), words=1)
    with pytest.raises(ValueError, match="NaN or not in"):
        mixed_words(keys, np.array([[0.5, wrong]]), np.zeros(1, np.int64))


def mixed(k0: int, k1: int, address: int) -> int:
    """SplitMix64's mixer in whole numbers, with a key before each half."""
    z = (address * SPREAD + k0) & MASK
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK) ^ k1
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


def points(key: Words, block: int) -> list[tuple[int, int, int]]:
    """Word, lane and mark of the points of a block."""
    k0, k1 = int(key[0]), int(key[1])
    many = sum(int(count) < mixed(k1, k0, 128 * block) for count in COUNTS)
    found = [[mixed(k1, k0, 128 * block + 2 * i + j) for j in (0, 1)] for i in range(1, 1 + many)]
    return [(at >> 6 & 63, at & 63, number >> 1) for at, number in found]


def compared(p: float, key: Words, number: int) -> int:
    """A word, bit by bit and in whole numbers, as the modules' docstrings have it."""
    *planes, last = (int(word) for word in words(key, np.array([number], np.uint64), PLANES + 1)[:, 0])
    kept, tail = (int(x[0]) for x in digits(np.array([min(max(p, ABOVE), LAST)])))
    found, first = [], True
    for lane in range(64):
        v = sum((1 - (plane >> lane & 1)) << PLANES - 1 - i for i, plane in enumerate(planes))
        below = v < kept
        if v == kept:
            below = (last if first else mixed(int(key[0]), int(key[1]), 64 * number + lane)) < tail
            first = False
        found.append(below if EDGE < p < 1 - EDGE else p > 0.5)
    for word, lane, place in points(key, number // 64):
        if word == number % 64:
            found[lane] = place < int(mark(np.array([p]))[0])
    return sum(int(below) << lane for lane, below in enumerate(found))


@pytest.mark.parametrize("p", PROBABILITIES)
def test_words_are_comparisons_with_the_probability(p: float) -> None:
    """In four blocks, the words with points and some others."""
    found = coin_words(KEY, np.array([p]), first=640, words=200)[0]
    pointed = {64 * block + word for block in range(10, 13) for word, _, _ in points(KEY[0], block)}
    assert pointed
    for number in (*pointed, 640, 703, 704, 839):
        assert int(found[number - 640]) == compared(p, KEY[0], number)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1) | st.sampled_from(PROBABILITIES), min_size=2, max_size=3), st.data())
def test_the_plain_way_gives_the_same_words(p: list[float], data: st.DataObject) -> None:
    """One probability for all words, or an own one for each; under the same keys ordered by it."""
    first, many = data.draw(st.integers(0, 1 << 50)), data.draw(st.integers(1, 70))
    ordered, numbers = np.sort(p), np.arange(first, first + many, dtype=np.uint64)
    found = coin_words(np.repeat(KEY, len(p), 0), ordered, first=first, words=many)
    which = np.array([(7 * i) % len(p) for i in range(many)])
    each = mixed_words(KEY, ordered[:, None], which, first=first)[0]
    for row, own in zip(found, ordered, strict=True):
        np.testing.assert_array_equal(row, bernoulli(KEY[0], np.full(many, own), numbers))
    np.testing.assert_array_equal(each, bernoulli(KEY[0], ordered[which], numbers))
    np.testing.assert_array_equal(each, found[which, np.arange(many)])
    assert not (found[:-1] & ~found[1:]).any()


def test_bits_that_share_a_word_and_a_cell_have_numbers_of_their_own() -> None:
    """In the middle of a cell of v, of words with two bits there: both true in 1/4, neither in 1/4."""
    low, middle, high = (EDGE + (1 - 2 * EDGE) * (x / (1 << PLANES)) for x in (300, 300.5, 301))
    below, found, upto = coin_words(np.repeat(KEY, 3, 0), np.array([low, middle, high]), words=1 << 17)
    several = np.flatnonzero(np.bitwise_count(upto & ~below) == 2)
    both, neither = (found & ~below)[several], (upto & ~found)[several]
    counts = np.array([(np.bitwise_count(both) == 2).sum(), (np.bitwise_count(neither) == 2).sum()])
    rest = len(several) - counts.sum()
    chi = ((np.array([*counts, rest]) / len(several) - [0.25, 0.25, 0.5]) ** 2 / [0.25, 0.25, 0.5]).sum()
    assert len(several) > 700
    assert chi * len(several) < 27.6  # two degrees: once in a million


@pytest.mark.parametrize("p", [0.3, 0.5, 1e-3, 2e-4, 0.9999, 1e-6])
def test_counts_are_as_frequent_as_the_probability(p: float) -> None:
    """2^28 worlds, at least 268 true ones: beyond 5.5 deviations about once in 10 million."""
    hits = sum(int(np.bitwise_count(drawn(p, 1 << 14, first=i << 14)).sum()) for i in range(4))
    worlds = 1 << 28
    assert abs(hits - worlds * p) < 5.5 * (worlds * p * (1 - p)) ** 0.5


@pytest.mark.parametrize(
    ("p", "pieces"), [(0.3137, 8), (0.8121, 8), (0.5, 8), (1e-3, 8), (1e-4, 64), (1e-6, 8)]
)
def test_variances_are_those_of_independent_bits(p: float, pieces: int) -> None:
    """Of the counts of blocks and of words, in 2^17 to 2^20 blocks: beyond 5.5 deviations once in 25 million.

    A sample variance has a relative error of sqrt((2 + 1 / (bits p (1 - p))) / n).
    """
    of_words, of_blocks, blocks = 0.0, 0.0, 1 << 14
    for piece in range(pieces):
        counts = np.bitwise_count(drawn(p, blocks, first=piece * blocks)).astype(float)
        of_words += float(((counts - 64 * p) ** 2).sum())
        of_blocks += float(((counts.sum(axis=1) - 4096 * p) ** 2).sum())
    for total, bits, n in ((of_words, 64, 64 * blocks * pieces), (of_blocks, 4096, blocks * pieces)):
        variance = bits * p * (1 - p)
        assert abs(total / n / variance - 1) < 5.5 * ((2 + 1 / variance) / n) ** 0.5


@pytest.mark.parametrize("p", [0.3137, 0.5, 1e-3, 1.5e-4])
def test_pairs_of_bits_are_not_correlated(p: float) -> None:
    """Bits some places apart in a word, or in words some apart: 48 distances in 2^25 bits.

    Products of centred bits have the variance (p (1 - p))^2, each pair once. Beyond 6.5 deviations once in
    10^8, and the few pairs of rare coins (750 and more expected at 1e-3, 0.75 at 1.5e-4) once in 10^6.
    """
    found = drawn(p, 1 << 13).ravel()
    bits, ones = 64 * len(found), int(np.bitwise_count(found).sum())
    for distance in (
        *range(1, 33),
        *(64 * k for k in (1, 2, 3, 7, 8, 9, 15, 16, 31, 32, 33, 63, 64, 65, 128, 512)),
    ):
        turn, words_on = np.uint64(distance % 64), distance // 64
        other = np.roll(found, words_on) if words_on else found << turn | found >> (np.uint64(64) - turn)
        both = int(np.bitwise_count(found & other).sum())
        expected = bits * p * p
        if expected < 100:
            assert both <= stats.poisson(expected).isf(1e-8)
        else:
            centred = both - 2 * p * ones + expected
            assert abs(centred) < 6.5 * bits**0.5 * p * (1 - p) * (2 if distance == 32 else 1) ** 0.5


def chi_square(counts: Floats) -> float:
    """Of equal chances, in deviations."""
    expected, degrees = counts.sum() / counts.size, counts.size - 1
    return float((((counts - expected) ** 2 / expected).sum() - degrees) / (2 * degrees) ** 0.5)


def test_rare_worlds_are_anywhere_and_their_numbers_anything() -> None:
    """Some 16,384 worlds below EDGE, by place of 4,096 and by sixteenths of the edge.

    Beyond 6.5 deviations once in 10^8, as chi-square is skew.
    """
    found = drawn(EDGE, 1 << 14)
    block, word = np.nonzero(found)
    lanes = np.unpackbits(found[block, word].view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
    at, lane = np.nonzero(lanes)
    assert abs(chi_square(np.bincount(64 * word[at] + lane, minlength=4096))) < 6.5
    upto = [int(np.bitwise_count(drawn(EDGE * k / 16, 1 << 14)).sum()) for k in range(17)]
    assert upto[0] == 0
    assert abs(chi_square(np.diff(upto))) < 6.5


def test_nearly_certain_coins_are_as_rarely_false() -> None:
    """1 - p as p: 2^26 worlds, and the words at p and 1 - p are of different points."""
    for p in (1e-4, 2.0**-20):
        hits = int(np.bitwise_count(~drawn(1 - p, 1 << 14)).sum())
        mean = p * (1 << 26)
        assert stats.poisson(mean).cdf(hits) > 1e-8
        assert stats.poisson(mean).sf(hits - 1) > 1e-8
    assert not (drawn(EDGE, 64) & ~drawn(1 - EDGE, 64)).any()


@pytest.mark.parametrize("p", [0.0, 1e-12, 2.0**-53])
def test_what_is_all_but_certain(p: float) -> None:
    """In 2^26 worlds: never, but once in 15,000 at 1e-12; p = 0 and 1 never at all."""
    assert not drawn(p, 1 << 14).any()
    assert (drawn(1 - p, 1 << 14) == MASK).all()


def test_neighbouring_probabilities_differ_only_by_what_is_between() -> None:
    """At p and p + 0.01 as many worlds differ as lie between, none the other way: 2^24 worlds.

    So the variance of a difference is the least that two coins can have. Beyond 5.5 once in 25 million.
    """
    worlds = 1 << 24
    for p in (0.0002, 0.3, 0.495, 0.9897):
        one, two = drawn(p, worlds >> 12), drawn(p + 0.01, worlds >> 12)
        assert not (one & ~two).any()
        apart = int(np.bitwise_count(one ^ two).sum())
        assert abs(apart - 0.01 * worlds) < 5.5 * (0.0099 * worlds) ** 0.5
