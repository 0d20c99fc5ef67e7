"""Shapley values against games whose values are known by hand."""

from itertools import permutations

import numpy as np
import pytest

from sensa.comparing.shapley_attribution import MAX_EXACT_PLAYERS, Coalition, exact, sampled
from sensa.kernels.program import Floats


def game(worth):
    """A game of one outcome, exact; `worth` of a coalition."""
    return lambda coalition: np.array([[float(worth(coalition))]])


def airport(costs: list[float]):
    """Littlechild and Owen 1973 (10.1287/mnsc.20.3.370): a runway costs what the longest needs."""
    return game(lambda coalition: max((costs[i] for i in coalition), default=0.0))


def airport_shares(costs: list[float]) -> list[float]:
    """Each longer piece is paid for by all who need it; `costs` rise."""
    pieces = np.diff([0.0, *costs]) / np.arange(len(costs), 0, -1)
    return np.cumsum(pieces).tolist()


@pytest.mark.parametrize("players", [1, 2, 5, 9])
def test_the_runway_is_shared_as_is_known(players: int) -> None:
    costs = [float(i * i + 1) for i in range(players)]
    shares = exact(players, airport(costs))
    assert shares is not None
    np.testing.assert_allclose(shares.share[:, 0], airport_shares(costs), rtol=1e-12)
    assert not shares.error.any()
    assert shares.orders == 0


def test_one_left_glove_and_two_right_ones() -> None:
    """Shapley 1953: 2/3 for the rare one, 1/6 each for the others."""
    shares = exact(3, game(lambda coalition: 0 in coalition and len(coalition) > 1))
    assert shares is not None
    np.testing.assert_allclose(shares.share[:, 0], [4 / 6, 1 / 6, 1 / 6], atol=1e-15)


def test_any_game_is_shared_as_its_definition_says() -> None:
    """All 720 orders of 6 players, each player's contribution averaged; several replicates and outcomes."""
    random = np.random.default_rng(5)
    values: dict[Coalition, Floats] = {}

    def value(coalition: Coalition) -> Floats:
        return values.setdefault(coalition, random.random((3, 2)))

    shares = exact(6, value)
    assert shares is not None
    found = np.zeros((6, 3, 2))
    for order in permutations(range(6)):
        for place, player in enumerate(order):
            found[player] += value(frozenset(order[: place + 1])) - value(frozenset(order[:place]))
    found /= 720
    np.testing.assert_allclose(shares.share, found.mean(axis=1), atol=1e-12)
    np.testing.assert_allclose(shares.error, found.std(axis=1, ddof=1) / np.sqrt(3), atol=1e-12)


def test_random_orders_are_right_within_their_errors() -> None:
    """18 shares, each within 6 standard errors: false alarms below 1e-6 (a t of some 15 degrees)."""
    costs = [float(i + 1) for i in range(18)]
    shares = sampled(18, airport(costs), 1)
    assert shares is not None
    assert shares.orders >= 16
    off = np.abs(shares.share[:, 0] - airport_shares(costs))
    assert (off <= 6 * shares.error[:, 0] + 1e-12).all()
    assert shares.error.max() > 0
    np.testing.assert_allclose(shares.share.sum(), costs[-1], rtol=1e-12)


def test_random_orders_of_what_does_not_interact_are_exact() -> None:
    shares = sampled(15, game(sum), 2)
    assert shares is not None
    np.testing.assert_allclose(shares.share[:, 0], range(15), atol=1e-12)
    np.testing.assert_allclose(shares.error, 0.0, atol=1e-12)


def test_orders_are_the_same_for_the_same_seed() -> None:
    costs = [float(i * i) for i in range(14)]
    one, again, other = (sampled(14, airport(costs), seed) for seed in (3, 3, 4))
    assert one is not None
    assert again is not None
    assert other is not None
    assert np.array_equal(one.share, again.share)
    assert not np.array_equal(one.share, other.share)


def test_no_time() -> None:
    """What has lasted too long by the first look at the clock gives none, rather than part of an answer."""
    assert exact(MAX_EXACT_PLAYERS, game(len), deadline=0.0) is None
    assert sampled(MAX_EXACT_PLAYERS, game(len), 0, deadline=0.0) is None
