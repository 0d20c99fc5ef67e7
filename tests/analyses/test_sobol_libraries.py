"""Sobol' indices over the parameters against SALib and SciPy, each within its own error."""

import numpy as np
import pytest

from sensa.analyses.sobol_credence import sobol_credence
from sensa.pipeline import prepare
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.loading import load
from sensa.stories.reading import parse
from tests.short_stories import beta, story


def claims(count: int) -> Session:
    """Five claims at a time that must hold together, so many in all."""
    names = [f"n{i}" for i in range(count)]
    chain = " or ".join(" and ".join(names[i : i + 5]) for i in range(0, count, 5))
    return prepare(load(parse(story("".join(beta(name, 4, 4) for name in names), chain))), Settings())


@pytest.mark.parametrize("count", [10, 30, 100])
def test_salib_agrees_within_its_own_error(count: int) -> None:
    """Three times its 95 % intervals (6 standard errors) and 2e-3; 280 numbers in all: false alarm < 1e-2."""
    from SALib.analyze import sobol as analyze
    from SALib.sample import sobol as sample

    ours = claims(count)
    exact = sobol_credence(ours).sel(outcome="bad")
    problem = {
        "num_vars": count,
        "names": [f"x{i}" for i in range(count)],
        "bounds": [[1e-9, 1 - 1e-9]] * count,
    }
    theta = ours.points.sampler.theta(sample.sample(problem, 512, calc_second_order=False, seed=1))
    q = ours.ends.probabilities(ours.points.sampler.probabilities(theta)) @ ours.by_outcome
    found = analyze.analyze(problem, q[:, ours.outcomes.index("bad")], calc_second_order=False, seed=1)
    for name, theirs in (("first", "S1"), ("total", "ST")):
        half = 3 * found[f"{theirs}_conf"] + 2e-3
        assert (np.abs(found[theirs] - exact[name].values) < half).all()


@pytest.mark.parametrize("count", [10, 30, 100])
def test_scipy_agrees_within_its_own_error(count: int) -> None:
    """Its bootstrap intervals of 99.99 %, widened by half; 280 numbers in all: false alarm < 1e-2."""
    from scipy import stats

    ours = claims(count)
    exact = sobol_credence(ours).sel(outcome="bad")
    place = ours.outcomes.index("bad")

    def f(x: np.ndarray) -> np.ndarray:
        q: np.ndarray = ours.ends.probabilities(ours.points.sampler.probabilities(x.T)) @ ours.by_outcome
        return q[:, place]

    found = stats.sobol_indices(func=f, n=1024, dists=[stats.beta(4, 4)] * count, rng=1)
    interval = found.bootstrap(confidence_level=0.9999, n_resamples=200)
    for name, theirs, bounds in (
        ("first", found.first_order, interval.first_order.confidence_interval),
        ("total", found.total_order, interval.total_order.confidence_interval),
    ):
        half = 1.5 * (bounds.high - bounds.low) / 2 + 1e-3
        assert (np.abs(theirs - exact[name].values) < half).all()
