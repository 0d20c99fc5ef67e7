"""What engines can do beyond the protocol, and that what they say of their coins is true."""

import numpy as np
import pytest

from sensa.engines.capabilities import KnowsCoins, SupportsCovariances, SupportsMinimalSets, SupportsRanges
from sensa.engines.exact.engine import compile_gates
from sensa.pipeline import prepare
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse
from tests.engines.circuits import enumerated, random_gates, truth
from tests.short_stories import ASSUMPTION, story

TEXT = story(ASSUMPTION.format(name="a", credence=0.9), "not a")


@pytest.mark.parametrize("seed", range(20))
def test_the_coins_read_are_those_that_change_a_root(seed: int) -> None:
    """By all worlds: a coin is read if turning it over changes a root in some world."""
    rng = np.random.default_rng(seed)
    coins = int(rng.integers(2, 8))
    gates = random_gates(rng, coins, 15)
    roots = rng.integers(0, gates.size, 2).astype(np.int32)
    worlds, table = np.arange(1 << coins), truth(gates, coins)[roots]
    wanted = [i for i in range(coins) if (table != table[:, worlds ^ (1 << i)]).any()]
    assert compile_gates(gates, roots, coins=coins).coins_read.tolist() == wanted


def test_ranges_hold_what_every_world_says() -> None:
    """Probabilities by enumeration, at random points of random boxes."""
    rng = np.random.default_rng(1)
    gates = random_gates(rng, 6, 30)
    roots = np.arange(gates.size - 4, gates.size, dtype=np.int32)
    ends = np.sort(rng.random((2, 8, 6)), axis=0)
    found = compile_gates(gates, roots, coins=6).ranges(ends[0], ends[1])
    for share in rng.random((30, 8, 6)):
        values = enumerated(gates, roots, ends[0] + share * (ends[1] - ends[0]))
        assert (found.low - 1e-12 <= values).all()
        assert (values <= found.high + 1e-12).all()


def test_only_the_exact_engine_gives_more_than_the_protocol() -> None:
    """With `--engine montecarlo` and with `exact`, as a session makes them."""
    exact = prepare(parse(TEXT), Settings(engine="exact")).ends
    sampled = prepare(parse(TEXT), Settings(engine="montecarlo")).ends
    for capability in (KnowsCoins, SupportsRanges, SupportsCovariances, SupportsMinimalSets):
        assert isinstance(exact, capability)
        assert not isinstance(sampled, capability)
