"""Distributions of log-odds on a grid."""

import os
import subprocess
import sys

CODE = """
import numpy as np
from sensa.kernels.distributions.log_odds_density import LogOdds
y, density = np.linspace(-9, 9, 50_001), np.random.default_rng(0).random(50_001)
print(LogOdds(y, density, density, density).mean_of(np.cos).hex())
"""


def test_a_mean_does_not_depend_on_the_number_of_threads() -> None:
    """A dot product of BLAS is cut into as many sums as there are threads, which moves its last bits."""
    found = set()
    for threads in ("1", "2", "3"):
        given = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads)
        command = [sys.executable, "-c", CODE]
        done = subprocess.run(
            command, env={**os.environ, **given}, capture_output=True, text=True, check=True
        )
        found.add(done.stdout)
    assert len(found) == 1
