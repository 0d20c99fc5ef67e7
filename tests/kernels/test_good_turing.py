"""Good and Turing's estimate against a published example and populations that are known."""

import math

import numpy as np
import pytest

from sensa.kernels.good_turing import good_turing


def test_the_prosody_example_of_gale_and_sampson() -> None:
    # Gale and Sampson 1995 (10.1080/09296179508590051): 30,902 observations, 120 types seen once, 40 twice,
    # 24 three times; P0 = 120 / 30,902. Esty's variance: (120 + 80 - 120^2 / 30,902) / 30,902^2.
    found = good_turing([1] * 120 + [2] * 40 + [3] * 24, 30902)
    assert found.mean == pytest.approx(0.003883, abs=5e-7)
    half = 1.644854 * math.sqrt(199.534) / 30902
    assert found.high - found.mean == pytest.approx(half, rel=1e-4)
    assert found.mean - found.low == pytest.approx(half, rel=1e-4)


def test_with_nothing_seen_once_it_is_the_rule_of_three() -> None:
    found = good_turing([7, 3], 100)
    assert (found.mean, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(-math.log(0.05) / 100)
    assert good_turing([], 100) == found


@pytest.mark.parametrize("modes", [5, 40, 400])
def test_its_interval_covers_what_is_unseen(modes: int) -> None:
    """Zipf's law over the modes, and half of the trials without a failure.

    Of 400 samples at least 332 are covered if the coverage is 90 %, but for a chance of 1e-5.
    """
    generator = np.random.default_rng(7)
    shares = 0.5 / np.arange(1, modes + 1)
    shares *= 0.5 / shares.sum()
    covered = 0
    for _ in range(400):
        counts = generator.multinomial(150, [0.5, *shares])[1:]
        found = good_turing([int(n) for n in counts], 150)
        covered += found.low <= shares[counts == 0].sum() <= found.high
    assert covered >= 332
