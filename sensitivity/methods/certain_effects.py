"""What setting the draws of a node certainly does to how a story ends, as the gates show.

Sampled worlds cannot tell what never happens from what is rare; the circuit often can.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.protocol import NO_FORCE, Force
from sensa.kernels.program import Floats, Op
from sensa.methods.impossible import Bools, impossible, rails, stated_coins


@dataclass(frozen=True)
class CertainEffects:
    """What is certain of outputs where nodes are set in each way (ways, nodes, outputs).

    `same`: they are as likely as without; `known`: they never happen, or always do.
    """

    same: Bools
    never: Bools
    known: Bools


def certain_effects(
    circuit: Circuit, p: Floats, ways: Sequence[Sequence[Force]], together: Floats
) -> CertainEffects:
    """What each way of setting each node certainly does to outputs, which sum outcomes.

    `ways` has a force for each node, `together` is (outcomes, outputs), and `p` (1, coins) need only be right
    of coins that no parameter moves. Sound, not complete: see `impossible`.
    """
    forces, outcomes = [force for way in ways for force in way], list(circuit.ended.values())
    shape = (len(ways), -1, len(outcomes))
    never = impossible(circuit, p, outcomes, forces).reshape(shape)
    same = _same(circuit, p, forces).reshape(shape)
    return CertainEffects(
        _all(same, together), _all(never, together), _all(never, together) | _all(never, 1.0 - together)
    )


def _all(found: Bools, together: Floats) -> Bools:
    """Whether something is so of all outcomes of each output."""
    return ~(~found @ (together > 0))


def _same(circuit: Circuit, p: Floats, forces: Sequence[Force]) -> Bools:
    """Whether no coin that a force changes can reach an outcome (forces, outcomes)."""
    certain = stated_coins(circuit) & np.isin(p[0], (0.0, 1.0))
    stated = rails(circuit, p, [NO_FORCE], circuit.gates.size)
    fixed = np.array([bool(true[0] or false[0]) for true, false in stated], np.bool_)
    at_all, as_stated = (_readers(circuit, gates) for gates in (np.zeros_like(fixed), fixed))
    found = []
    for force in forces:
        changed = force.coins[~(certain[force.coins] & (p[0, force.coins] == force.values))]
        readers = at_all if certain[changed].any() else as_stated
        found.append(~readers[changed].any(axis=0))
    return np.array(found, np.bool_)


def _readers(circuit: Circuit, fixed: Bools) -> Bools:
    """Which outcomes depend on each coin (coins, outcomes), not counting ways through `fixed` gates."""
    gates, outcomes = circuit.gates, list(circuit.ended.values())
    read = np.zeros((gates.size, len(outcomes)), np.bool_)
    read[outcomes, np.arange(len(outcomes))] = True
    for gate in range(gates.size - 1, -1, -1):
        if not fixed[gate]:
            read[gates.args[gates.start[gate] : gates.start[gate + 1]]] |= read[gate]
    found = np.zeros((len(circuit.coins), len(outcomes)), np.bool_)
    coins = gates.op == Op.COIN
    np.logical_or.at(found, gates.k[coins], read[coins])
    return found
