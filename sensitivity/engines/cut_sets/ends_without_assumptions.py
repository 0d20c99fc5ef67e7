"""The possible ends of a story without assumptions, from any exact engine."""

from collections.abc import Collection

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.capabilities import SupportsRanges
from sensa.engines.cut_sets.possible_ends import PossibleEnds
from sensa.engines.protocol import FAIR_COINS, NO_FORCE, Force
from sensa.kernels.bdd.build_python import Table


def ends_without_assumptions(
    circuit: Circuit, engine: SupportsRanges, *, never: Collection[int] = ()
) -> PossibleEnds | None:
    """As `possible_ends` of a story without assumptions; the circuit's roots are the engine's first.

    What is possible has then a probability above 0 with fair draws. None if the circuit has assumptions, or
    more draws than that could need without vanishing.
    """
    if circuit.assumption_coins or len(engine.coins_read) > FAIR_COINS:
        return None
    fair, roots = np.full((1, len(circuit.coins)), 0.5), len(circuit.roots)
    without = Force(np.array(sorted(never), np.int32), np.zeros(len(never)))
    can, ever = (
        tuple((engine.probabilities(fair, force)[0, :roots] > 0).astype(int).tolist())
        for force in (without, NO_FORCE)
    )
    return PossibleEnds(Table(0), (), tuple(root.outcome for root in circuit.roots), can, ever)
