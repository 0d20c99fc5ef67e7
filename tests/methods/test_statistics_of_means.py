"""Statistics of means over replicates, with their errors."""

import numpy as np
import pytest
from scipy import stats

from sensa.methods.statistics_of_means import of_means
from tests.short_stories import ASSUMPTION, result, story


@pytest.mark.parametrize("count", [2, 3, 9])
def test_the_error_of_a_sum_of_means_is_that_of_the_sums(count: int) -> None:
    """Where parts have as many replicates; of others, errors add up in quadrature."""
    first, second, third = (np.random.default_rng(n).normal(size=(count + n // 2, 4)) for n in range(3))
    found = of_means(lambda a, b: a + 2 * b, first, second)
    np.testing.assert_allclose(found.error, stats.sem(first + 2 * second, axis=0), rtol=1e-12)
    found = of_means(lambda a, c: a + c, first, third)
    wanted = np.hypot(stats.sem(first, axis=0), stats.sem(third, axis=0))
    np.testing.assert_allclose(found.error, wanted, rtol=1e-12)


def test_a_run_with_two_replicates_has_errors() -> None:
    """P(bad | a violated) = E y^2 / E y = .43 / .65 of y uniform on [.5, .8]."""
    body = "[quantities.x]\nvalue = { uniform = [0.2, 0.5] }\n"
    body += "".join(ASSUMPTION.format(name=n, credence='"x"') for n in "ab")
    names = ("violations", "tipping_points", "importance")
    found = result(story(body, "not a and not b"), *names, replicates=2, points=64)
    observed = found["violations"].to_dataset().sel(assumption="a", outcome="bad")
    assert float(observed["observed_violated"]) == pytest.approx(0.43 / 0.65, abs=0.02)
    assert 0 < float(observed["observed_violated_error"]) < 0.05
    assert 0 < float(found["importance"]["raw_error"].sel(node="a", output="bad")) < 0.1
