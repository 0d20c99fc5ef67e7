"""The parts a run is made of, under pytest-benchmark: `pytest benchmarks/test_speed.py`.

Not among the tests: times compare two states of one machine (`--benchmark-save`, `--benchmark-compare`).
"""

from typing import Any

import bench_worlds
import numpy as np
import pytest

from sensa.engines.exact.engine import compile_gates
from sensa.kernels import sobol_points
from sensa.kernels.bdd import backward_compiled, diagrams, sweeps_compiled
from sensa.kernels.worlds.bits import coin_keys
from sensa.kernels.worlds.instructions import layout
from sensa.kernels.worlds.simulate import simulate, simulate_each, simulate_jointly
from sensa.pipeline import analyse, prepare
from sensa.sampling.settings import Settings
from sensa.stories.loading import load

STORY = "stories/library/cat_classifier.toml"


@pytest.fixture(scope="module")
def circuit() -> Any:
    """A circuit of a thousand gates laid out, its coins' keys and 256 rows of their probabilities."""
    gates, roots, coins = bench_worlds.circuit(1_000)
    p = np.random.default_rng(0).uniform(0.02, 0.98, (256, coins))
    return layout(gates, roots, coins), coin_keys(np.arange(coins, dtype=np.uint64), seed=1), p


@pytest.fixture(scope="module")
def diagram() -> Any:
    """A diagram of sixty gates, and 4,096 rows of probabilities."""
    gates, roots, coins = bench_worlds.circuit(60)
    p = np.asfortranarray(np.random.default_rng(0).random((4096, coins)))
    return compile_gates(gates, roots, coins=coins).diagram, p


def test_worlds(benchmark: Any, circuit: Any) -> None:
    """Worlds at one row of probabilities."""
    program, keys, p = circuit
    assert benchmark(simulate, program, keys, p[0], words=1024, threads=1).shape == (1,)


def test_worlds_each(benchmark: Any, circuit: Any) -> None:
    """Worlds at each row of probabilities."""
    program, keys, p = circuit
    assert benchmark(simulate_each, program, keys, p, each=4, threads=1).shape == (256, 1)


def test_worlds_jointly(benchmark: Any, circuit: Any) -> None:
    """Worlds with the roots counted in pairs."""
    program, keys, p = circuit
    assert len(benchmark(simulate_jointly, program, keys, p[0], words=1024, threads=1)) == 3


def test_forward(benchmark: Any, diagram: Any) -> None:
    """Probabilities by a sweep upwards."""
    own = sweeps_compiled.layout(diagram[0])
    assert benchmark(sweeps_compiled.forward, own, diagram[1]).shape == (4096, 1)


def test_gradients(benchmark: Any, diagram: Any) -> None:
    """Gradients by the sweep back."""
    own, seeds = sweeps_compiled.layout(diagram[0]), diagrams.seeds(np.eye(1))
    assert benchmark(backward_compiled.backward, own, diagram[1], seeds)[0].shape == (4096, 1)


def test_building(benchmark: Any) -> None:
    """The diagrams of a circuit."""
    gates, roots, coins = bench_worlds.circuit(60)
    assert benchmark(compile_gates, gates, roots, coins=coins).size > 0


def test_points(benchmark: Any) -> None:
    """Scrambled Sobol' points."""
    net = sobol_points.net(np.arange(100))
    key = sobol_points.keys(np.arange(100, dtype=np.uint64), seed=1, replicate=0)
    assert benchmark(sobol_points.points, net, key, start=0, count=4096).shape == (4096, 100)


def test_a_run(benchmark: Any) -> None:
    """A run of a library story with the usual analyses."""
    tree = benchmark(lambda: analyse(prepare(load(STORY), Settings())))
    assert "outcomes" in tree
