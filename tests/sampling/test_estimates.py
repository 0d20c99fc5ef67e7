"""Intervals of probabilities from replicates."""

import numpy as np
import pytest

from sensa.sampling.estimates import Worlds, interval, spread


@pytest.mark.parametrize("worlds", [Worlds(), Worlds(1 << 20, 64), Worlds(1 << 20, 1 << 20, counted=True)])
@pytest.mark.parametrize("near", [0.0, 1.0])
def test_an_interval_of_a_probability_is_within_0_and_1(worlds: Worlds, near: float) -> None:
    """Of two replicates Student's reaches 12.7 errors from the mean, which is 11 errors from 0, or from 1."""
    replicates = np.abs(near - np.array([[0.010], [0.012]]))
    estimate = spread(replicates)
    assert 10 < abs(float(near - estimate.mean[0])) / float(estimate.error[0]) < 12.7
    found = interval(replicates, worlds)
    assert 0.0 <= float(found.low[0]) <= float(estimate.mean[0]) <= float(found.high[0]) <= 1.0
