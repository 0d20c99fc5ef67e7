"""Errors of what is sampled, against closed forms over many seeds."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq

from sensa.analyses.outcomes import outcomes
from tests.short_stories import ASSUMPTION, model, story

RUNS = 60
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
ALL = "a and b and c"


def _product(numbers: str) -> str:
    """P(bad) is the product of three numbers, each of a claim of its own."""
    body = "".join(f"[quantities.{name}]\nvalue = {numbers}\n" for name in "xyz")
    pairs = zip("abc", "xyz", strict=True)
    return story(body + "".join(ASSUMPTION.format(name=n, credence=f'"{x}"') for n, x in pairs), ALL)


def _of_loguniform(u: float) -> float:
    """The log of a product of three is a sum of three uniforms, over [log 1e-9, 0]."""

    def below(x: float) -> float:
        return (x**3 - 3 * max(x - 1, 0.0) ** 3 + 3 * max(x - 2, 0.0) ** 3) / 6

    return float(1000.0 ** (brentq(lambda x: below(x) - u, 0, 3) - 3))


def _of_uniform(u: float) -> float:
    """Minus the log of a product of three uniforms is Gamma(3, 1)."""
    return float(np.exp(-stats.gamma(3).ppf(1 - u)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("numbers", "quantile"),
    [("{ uniform = [0, 1] }", _of_uniform), ("{ loguniform = [0.001, 1] }", _of_loguniform)],
)
def test_errors_of_quantiles_are_as_large_as_said(numbers: str, quantile: Callable[[float], float]) -> None:
    """From 8 replicates: Student's t with 7 degrees of freedom. Of 60 runs a 95 % interval misses 3, and more
    than 10 with probability 1.5e-4: over ten quantiles false alarms are below 2e-3."""
    truth = np.array([quantile(u) for u in LEVELS])
    off = np.empty((RUNS, len(LEVELS)))
    for seed in range(RUNS):
        data = outcomes(model(_product(numbers), seed=seed)).sel(outcome="bad")
        off[seed] = (data["quantiles"].values - truth) / data["quantiles_error"].values
    assert (np.sum(np.abs(off) > stats.t.ppf(0.975, 7), axis=0) <= 10).all()
