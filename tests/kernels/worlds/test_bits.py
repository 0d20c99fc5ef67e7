"""The random bits: known answers, addresses, and batteries small enough for every run.

Batteries are of fixed seeds; the bounds say how often independent fair bits would be beyond them.
"""

from functools import cache

import numpy as np
import pytest

from sensa.kernels.worlds import bits
from sensa.kernels.worlds.bits import MASK, audited_words, coin_keys, philox, words

NUMBERS = np.arange(4096, dtype=np.uint64)


def test_philox_gives_the_published_answers() -> None:
    """Random123's kat_vectors for philox4x32-10 (Salmon et al. 2011)."""
    known = [
        ([0, 0, 0, 0], [0, 0], [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
        ),
    ]
    for counter, key, answer in known:
        c = tuple(np.array([x], np.uint64) for x in counter)
        k = tuple(np.array([x], np.uint64) for x in key)
        assert [int(x[0]) for x in philox(c, k)] == answer  # type: ignore[arg-type]


def by_python(key: tuple[int, int], number: int, plane: int, planes: int) -> int:
    """The word in whole numbers, as the module's docstring and numpy's source of SFC64 have it."""
    lane, step = number // 64 * 8 + number % 8, number % 64 // 8 * planes + plane
    a, b, c, word = *key, lane * bits.SPREAD & MASK, 0
    for count in range(1, bits.WARM_UP + step + 2):
        word = (a + b + count) & MASK
        a, b, c = b ^ b >> 11, c * 9 & MASK, ((c << 24 | c >> 40) + word) & MASK
    return word


def test_words_are_those_of_whole_numbers() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        key = rng.integers(0, 1 << 64, 2, np.uint64)
        planes, number = int(rng.integers(1, 20)), int(rng.integers(0, 1 << 64, dtype=np.uint64))
        found = words(key, np.array([number], np.uint64), planes)[:, 0]
        for plane in (0, planes // 2, planes - 1):
            assert int(found[plane]) == by_python((int(key[0]), int(key[1])), number, plane, planes)


def test_streams_are_those_of_numpys_generator() -> None:
    """Of numpy's SFC64, in the state that the seed describes."""
    key, lane = np.array([3, 1 << 63], np.uint64), 12345
    peer = np.random.SFC64()
    seed = np.array([*key, lane * bits.SPREAD & MASK, 1], np.uint64)
    peer.state = {"bit_generator": "SFC64", "state": {"state": seed}, "has_uint32": 0, "uinteger": 0}
    np.testing.assert_array_equal(
        bits.sfc64(key[None], np.array([lane], np.uint64), 1000)[0], peer.random_raw(1012)[bits.WARM_UP :]
    )


def test_numbers_at_addresses_are_those_of_whole_numbers() -> None:
    """SplitMix64's mixer (Steele, Lea and Flood 2014; Stafford's variant 13), with a key before each half."""
    rng = np.random.default_rng(0)
    key, addresses = rng.integers(0, 1 << 64, 2, np.uint64), rng.integers(0, 1 << 64, 50, np.uint64)
    k0, k1 = (int(k) for k in key)
    for address, found in zip(addresses.tolist(), bits.numbers(key, addresses).tolist(), strict=True):
        z = (address * bits.SPREAD + k0) & MASK
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK) ^ k1
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        assert found == z ^ z >> 31
    audited = bits.audited_numbers(key, addresses)
    np.testing.assert_array_equal(bits.audited_numbers(key, addresses[7:9]), audited[7:9])
    assert not np.isin(audited, audited_words(key, addresses, 13)).any()


def test_words_do_not_depend_on_what_else_is_drawn() -> None:
    key = coin_keys(np.zeros(1, np.uint64), seed=5)[0]
    whole = words(key, NUMBERS, 3)
    some = np.array([700, 3, 64, 63, 700], np.uint64)
    np.testing.assert_array_equal(words(key, some, 3), whole[:, some])
    np.testing.assert_array_equal(audited_words(key, some, 3), audited_words(key, NUMBERS, 5)[:3, some])


def test_keys_depend_on_all_that_names_them_and_on_nothing_else() -> None:
    addresses = np.array([0, 1, 1 << 40], np.uint64)
    keys = coin_keys(addresses, seed=5)
    np.testing.assert_array_equal(keys[1:2], coin_keys(addresses[1:2], seed=5))
    others = [
        coin_keys(addresses, seed=6),
        coin_keys(addresses, seed=5 + (1 << 40)),
        coin_keys(addresses, seed=5, replicate=1),
        coin_keys(addresses, seed=5, stream=1),
    ]
    everything = np.concatenate([keys, *others]).ravel()
    assert len(np.unique(everything)) == len(everything)


@pytest.mark.parametrize(("seed", "replicate"), [(-1, 0), (1 << 64, 0), (0, 1 << 32), (0, -1)])
def test_keys_of_what_is_out_of_range_are_refused(seed: int, replicate: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        coin_keys(np.zeros(1, np.uint64), seed=seed, replicate=replicate)


def correlation(one: bits.Words, two: bits.Words) -> float:
    """Of equal bits, in standard deviations: normal for independent fair bits."""
    total = 64 * len(one)
    equal = total - int(np.bitwise_count(one ^ two).sum())
    return (2 * equal - total) / total**0.5


PLANES = 13


@cache
def streams(audit: bool) -> dict[str, bits.Words]:
    """Streams that are neighbours in one respect each."""

    def draw(key: bits.Words, later: int = 0) -> bits.Words:
        return (audited_words if audit else words)(key, NUMBERS + np.uint64(later), PLANES)

    def one(seed: int, **more: int) -> bits.Words:
        return draw(coin_keys(np.zeros(1, np.uint64), seed=seed, **more)[0])[0]

    keys = coin_keys(np.arange(40, dtype=np.uint64), seed=1)
    found = {f"plane {plane}": stream for plane, stream in enumerate(draw(keys[0]))}
    found |= {f"coin {coin}": draw(keys[coin])[0] for coin in range(1, 40)}
    found |= {f"seed {s}": one(s) for s in range(2, 8)}
    found |= {f"replicate {r}": one(1, replicate=r) for r in range(1, 6)}
    at = bits.audited_numbers if audit else bits.numbers
    found |= {f"numbers of coin {coin}": at(keys[coin], NUMBERS) for coin in range(3)}
    found["of exchanged keys"] = at(keys[0, ::-1], NUMBERS)
    found["later"] = draw(keys[0], 1 << 40)[0]
    found["key"] = draw(keys[0] + np.array([1, 0], np.uint64))[0]
    return {name: np.ascontiguousarray(stream) for name, stream in found.items()}


@pytest.mark.parametrize("audit", [False, True])
def test_no_two_streams_are_correlated(audit: bool) -> None:
    """2,080 pairs and 63 shifts of each: beyond 6.5 once in 10^10 x 10^4 = 10^-6."""
    found = streams(audit)
    names = list(found)
    worst = max(abs(correlation(found[a], found[b])) for i, a in enumerate(names) for b in names[:i])
    assert worst < 6.5
    for stream in found.values():
        assert abs(correlation(stream[1:], stream[:-1])) < 6.5
        assert abs(correlation(stream, np.full_like(stream, MASK))) < 6.5
        for shift in (1, 7, 31):  # by 32 each pair would count twice
            rotated = stream << np.uint64(shift) | stream >> np.uint64(64 - shift)
            assert abs(correlation(stream, rotated)) < 6.5


@pytest.mark.parametrize("audit", [False, True])
def test_bytes_and_lanes_are_uniform(audit: bool) -> None:
    """Chi-square of 255 and 63 degrees, over 65 streams: beyond 6.5 deviations once in a million."""
    for stream in streams(audit).values():
        counts = np.bincount(stream.view(np.uint8), minlength=256)
        expected = 8 * len(stream) / 256
        chi = ((counts - expected) ** 2 / expected).sum()
        assert abs(chi - 255) / (2 * 255) ** 0.5 < 6.5
        lanes = np.unpackbits(stream.view(np.uint8).reshape(-1, 8), axis=1).sum(axis=0, dtype=np.int64)
        chi = ((lanes - len(stream) / 2) ** 2 / (len(stream) / 4)).sum()
        assert abs(chi - 64) / (2 * 64) ** 0.5 < 6.5


def test_binary_matrices_have_the_rank_of_random_ones() -> None:
    """A 64 x 64 matrix of fair bits has full rank with .2888, one less with .5776 (Kovalenko): of 500."""
    keys = coin_keys(np.arange(4, dtype=np.uint64), seed=3)
    ranks = [
        rank(words(keys[i % 4], np.arange(64 * i, 64 * i + 64, dtype=np.uint64), 1)[0]) for i in range(500)
    ]
    full, less = ranks.count(64), ranks.count(63)
    expected = np.array([0.2888, 0.5776, 0.1336]) * 500
    chi = ((np.array([full, less, 500 - full - less]) - expected) ** 2 / expected).sum()
    assert chi < 27.6  # two degrees: once in a million


def rank(rows: bits.Words) -> int:
    """Over the field of two elements."""
    left = [int(row) for row in rows]
    count = 0
    while left:
        pivot = left.pop()
        if pivot:
            count += 1
            low = pivot & -pivot
            left = [row ^ pivot if row & low else row for row in left]
    return count


def test_birthdays_are_spaced_as_random_ones() -> None:
    """Marsaglia: of m = 2^14 of n = 2^38 days, repeated spacings are Poisson of m^3 / 4n = 4; 40 times."""
    key = coin_keys(np.zeros(1, np.uint64), seed=9)[0]
    total = 0
    for i in range(40):
        numbers = np.arange(i << 14, (i + 1) << 14, dtype=np.uint64)
        days = np.sort(words(key, numbers, 2)[1] >> np.uint64(26))
        spacings = np.sort(np.diff(days))
        total += int((np.diff(spacings) == 0).sum())
    assert abs(total - 160) < 5.5 * 160**0.5  # once in 20 million
