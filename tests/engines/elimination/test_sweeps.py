"""Plain and compiled sweeps of arithmetic circuits: the same bits, and what polynomials say."""

import subprocess
import sys

import numpy as np
import pytest

from sensa.kernels.elimination import arithmetic_circuits as plain
from sensa.kernels.elimination import arithmetic_circuits_compiled as compiled
from sensa.kernels.elimination.arithmetic_circuits import Arithmetic
from sensa.kernels.program import Floats


def random_circuit(indicators: int, nodes: int = 30, coins: int = 5) -> Arithmetic:
    """Sums of up to four products of any earlier slots: no circuit of a story, but one with every step."""
    rng, leaves = np.random.default_rng(indicators), 2 + 2 * coins + indicators
    start = np.append(0, np.cumsum(rng.integers(1, 5, nodes))).astype(np.int32)
    below = leaves + np.repeat(np.arange(nodes), np.diff(start))
    left, right = (rng.integers(0, below).astype(np.int32) for _ in range(2))
    return Arithmetic(coins, indicators, start, left, right, leaves + nodes - 1)


def inputs(circuit: Arithmetic, samples: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(samples)
    weights = rng.normal(size=(samples, 2, max(circuit.indicators, 1)))
    return rng.random((samples, circuit.coins)) / 100, weights


@pytest.mark.parametrize("indicators", [0, 4])
@pytest.mark.parametrize("samples", [0, 1, 2, 16, 23, 24, 37, 400])
def test_plain_and_compiled_sweeps_give_the_same_bits(
    indicators: int, samples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In blocks of every size: the caches are made small, so that 400 samples take several."""
    monkeypatch.setattr(compiled, "CACHE_BYTES", 30_000)
    monkeypatch.setattr(plain, "BLOCK_BYTES", 30_000)
    circuit = random_circuit(indicators)
    p, weights = inputs(circuit, samples)
    found = [sweeps.probabilities(circuit, p) for sweeps in (plain, compiled)]
    np.testing.assert_array_equal(*found)
    np.testing.assert_array_equal(*(sweeps.slopes(circuit, p, weights) for sweeps in (plain, compiled)))


@pytest.mark.parametrize("sweeps", [plain, compiled])
def test_a_polynomial_is_evaluated_and_differentiated(sweeps: object) -> None:
    """a (f p + t (1 - p)) + b (1 - p) q of the coins p, q, with indicators f, t and a, b: by hand."""
    p, q, not_p, f, t, a, b = 2, 3, 4, 6, 7, 8, 9
    # slot 10 is f p + t (1 - p), slot 11 is (1 - p) q, slot 12 the whole
    left, right, edges = [f, t, not_p, a, b], [p, not_p, q, 10, 11], [0, 2, 3, 5]
    circuit = Arithmetic(2, 4, *(np.array(x, np.int32) for x in (edges, left, right)), 12)
    at = np.array([[0.25, 0.5], [0.75, 0.125]])
    x, y = at.T
    found = sweeps.probabilities(circuit, at)  # type: ignore[attr-defined]
    wanted = np.stack([x, 1 - x, np.ones(2), (1 - x) * y], axis=1)
    np.testing.assert_allclose(found, wanted, rtol=1e-15)
    weights = np.tile(np.array([[[0.0, 1.0, 0.0, 2.0]]]), (2, 1, 1))  # 1 - p + 2 (1 - p) q
    slopes = sweeps.slopes(circuit, at, weights)  # type: ignore[attr-defined]
    np.testing.assert_allclose(slopes[:, 0], np.stack([-1 - 2 * y, 2 * (1 - x)], axis=1), rtol=1e-15)


def test_few_samples_are_swept_without_compiled_code() -> None:
    code = (
        "import sys; from sensa.kernels.elimination import arithmetic_circuits; "
        "sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
