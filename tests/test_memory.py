"""Long runs: memory does not grow with their length, and nothing is lost by that."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sensa.sampling import over_parameters
from sensa.sampling.estimates import Precision, spread
from tests.sampling.chain import CHAIN
from tests.short_stories import model

TIED = CHAIN + (
    '\n[[dependence]]\nbetween = ["assumptions.a.credence", "assumptions.b.credence"]\n'
    "rank_correlation = 0.5\n"
)  # so that the means of the numbers do not decide, and a precision takes more points
LOSS = TIED.replace('when = "a and b and c"\n', 'when = "a and b and c"\nloss = { beta = [2, 3] }\n')
CODE = """
import sys
from pathlib import Path
from sensa.sampling import over_parameters
from sensa.sampling.estimates import Precision
from sensa.sampling.settings import Settings
from sensa.pipeline import prepare
from sensa.stories.reading import parse
engine, story = sys.argv[1], parse(sys.stdin.read())
over_parameters.MAX_KEPT_POINTS = 1 << 12
for samples in map(int, sys.argv[2:]):
    settings = Settings(engine=engine, points=1 << 12, work=4e4, precision=Precision(1e-9), samples=samples)
    found = prepare(story, settings).samples
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(found.points, status["VmHWM"].split()[0])
"""


def peaks(engine: str, *samples: int) -> list[tuple[int, int]]:
    """Of runs of so many samples, one after the other: points, and the most memory until then, in bytes."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", CODE, engine, *map(str, samples)],
        input=LOSS,
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    lines = (map(int, line.split()) for line in done.stdout.splitlines())
    return [(points, most * 1024) for points, most in lines]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("engine", "samples"), [("exact", 1 << 15), ("montecarlo", 1 << 22)])
def test_memory_does_not_grow_with_the_run(engine: str, samples: int) -> None:
    """Eight times the points: kept, each would take 40 bytes and more."""
    (few, before), (many, after) = peaks(engine, samples, 8 * samples)
    assert many == 8 * few
    assert after - before < 16 * (many - few)


@pytest.mark.parametrize("engine", ["exact", "montecarlo"])
def test_means_are_of_all_points_and_spread_of_the_first(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside a run that keeps all its points: the same means, to the last bit, and the same first values."""
    options = {"engine": engine, "points": 1 << 10, "precision": Precision(1e-9), "work": 5e4}
    options["samples"] = 1 << 25 if engine == "montecarlo" else 1 << 13
    whole = model(LOSS, **options).samples
    monkeypatch.setattr(over_parameters, "MAX_KEPT_POINTS", 1 << 10)
    found = model(LOSS, **options).samples
    assert found.points == whole.points == len(whole.replicate) > len(found.replicate) == 1 << 10
    np.testing.assert_array_equal(found.by_root, whole.by_root)
    assert found.mean_loss is not None
    assert whole.mean_loss is not None
    np.testing.assert_array_equal(found.mean_loss, whole.mean_loss)
    if engine == "exact":
        for replicate in range(8):
            first = whole.q[whole.replicate == replicate][:128]
            np.testing.assert_array_equal(found.q[found.replicate == replicate], first)


@pytest.mark.parametrize("engine", ["exact", "montecarlo"])
def test_the_mean_loss_and_its_error(engine: str) -> None:
    """By Gauss-Hermite quadrature over the copula, E[ab] = 0.489032, of which .9 .4 is E[loss] = 0.176051.

    Student's t of 7 degrees is beyond 9 once in 20,000.
    """
    mean = model(LOSS, engine=engine, samples=1 << 20).samples.mean_loss
    assert mean is not None
    estimate = spread(mean)
    assert 0 < float(estimate.error) < 2e-3
    assert abs(float(estimate.mean) - 0.4890319 * 0.9 * 0.4) < 9 * float(estimate.error)
