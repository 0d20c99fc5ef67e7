"""Budgets of bounds over a box of parameters, and the degrees that decide the method."""

import numpy as np

from sensa.engines.capabilities import KnowsCoins
from sensa.kernels.program import Floats
from sensa.kernels.programs.degrees import degrees
from sensa.session import Session

MAX_GRID = 1 << 16  # values from which a polynomial is computed,
GRID_WORK = 1e8  # at most, and these times diagram nodes, coins and parameters
MAX_BOXES = 120  # visited for each bound, at most
BOXES_WORK = 3e7  # diagram nodes times samples for all bounds together, if boxes are visited


def degrees_of(session: Session, engine: KnowsCoins, held: tuple[int, ...]) -> Floats:
    """An upper bound on the degree of all outputs in each held parameter."""
    circuit = session.circuit
    coins = np.array([circuit.coins[i].program for i in engine.coins_read], np.int32)
    losses = np.array([loss.program for loss in circuit.losses], np.int32)
    of_coins = degrees(circuit.reals, coins, list(held)).sum(axis=0)
    of_losses = degrees(circuit.reals, losses, list(held)).max(axis=0, initial=0.0)
    total: Floats = of_coins + of_losses
    return total
