"""What has no diagram within the budget of `auto`, exact by elimination: against all states, step by step."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sensa.engines import choice
from sensa.engines.exact.engine import Target
from sensa.kernels.program import Floats, Gates, Op
from tests.engines.circuits import Writer, ints


def ring(cells: int, steps: int) -> tuple[Gates, int, int]:
    """A ring of cells, each the majority of itself and its neighbours unless a coin of its own turns it over.

    Gives the gates, the gate that all cells hold in the end, and the number of coins.
    """
    writer = Writer()
    held = [writer.coin() for _ in range(cells)]
    for _ in range(steps):
        voted = [
            writer.gate(Op.AT_LEAST, held[i - 1], held[i], held[(i + 1) % cells], k=2) for i in range(cells)
        ]
        held = []
        for vote in voted:
            turned = writer.coin()
            kept = writer.gate(Op.AND, vote, writer.gate(Op.NOT, turned))
            held.append(writer.gate(Op.OR, kept, writer.gate(Op.AND, turned, writer.gate(Op.NOT, vote))))
    top = writer.gate(Op.AND, *held)
    return writer.gates(), top, writer.coins


def by_states(cells: int, p: Floats) -> float:
    """The probability that all cells hold, from the probabilities of all 2^cells states at each step."""
    states = np.arange(1 << cells)
    hold = (states[:, None] >> np.arange(cells) & 1).astype(bool)
    now = np.where(hold, p[:cells], 1.0 - p[:cells]).prod(axis=1)
    votes = np.roll(hold, 1, axis=1).astype(int) + hold + np.roll(hold, -1, axis=1) >= 2
    for step in range(1, len(p) // cells):
        after = np.zeros(1 << cells)
        np.add.at(after, votes @ (1 << np.arange(cells)), now)
        for cell, turned in enumerate(p[cells * step : cells * (step + 1)]):
            pairs = after.reshape(-1, 2, 1 << cell)
            after = ((1.0 - turned) * pairs + turned * pairs[:, ::-1]).ravel()
        now = after
    return float(now[-1])


@pytest.mark.parametrize(
    ("cells", "steps"), [(9, 5), pytest.param(12, 6, marks=pytest.mark.slow, id="of 2.3 million rows")]
)
def test_a_ring_that_votes_is_exact(cells: int, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    gates, top, coins = ring(cells, steps)
    wanted = Target(gates, ints(top), {}, [f"coin {i}" for i in range(coins)], [])
    monkeypatch.setattr(choice, "target", lambda circuit, roots: wanted)
    circuit: Any = SimpleNamespace(coins=())
    engine = choice.choose(circuit, ints(top), "auto")
    assert engine.way == "exact"
    assert engine.info.circuit_products > 0
    p = np.random.default_rng(cells).uniform(0.05, 0.3, coins)
    assert engine.probabilities(p[None])[0, 0] == pytest.approx(by_states(cells, p), rel=1e-12)
