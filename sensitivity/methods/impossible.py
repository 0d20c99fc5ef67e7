"""What is false in every world of a case; worlds alone cannot tell it from what is rare."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sensa.circuit import Circuit, read_by
from sensa.engines.protocol import Force
from sensa.kernels.program import Floats, Op

Bools = npt.NDArray[np.bool_]
Rails = tuple[Bools, Bools]


def impossible(circuit: Circuit, p: Floats, gates: Sequence[int], forces: Sequence[Force]) -> Bools:
    """Whether each gate is certainly false under each intervention (forces, gates).

    By three-valued logic, from the coins that are held, and those whose `p` (1, coins) no parameter moves
    from 0 or 1. Sound, not complete:
    `a and b` is unknown where both are, also if they exclude each other in a way that the gates do not show.
    """
    known = rails(circuit, p, forces, max(gates, default=-1) + 1)
    if not gates:
        return np.zeros((len(forces), 0), np.bool_)
    return np.stack([known[gate][1] for gate in gates], axis=1)


def rails(circuit: Circuit, p: Floats, forces: Sequence[Force], gates: int) -> list[Rails]:
    """Which of the first `gates` are certainly true, and certainly false, under each intervention."""
    stated = stated_coins(circuit)
    known = np.concatenate([force.applied(np.where(stated, p, 0.5)) for force in forces])
    true, false = known >= 1.0, known <= 0.0
    found: list[Rails] = []
    all_of, count = circuit.gates, len(forces)
    for g in range(gates):
        below = [found[arg] for arg in all_of.args[all_of.start[g] : all_of.start[g + 1]].tolist()]
        yes = np.array([pair[0] for pair in below], np.bool_).reshape(-1, count)
        no = np.array([pair[1] for pair in below], np.bool_).reshape(-1, count)
        number = int(all_of.k[g])
        match Op(int(all_of.op[g])):
            case Op.COIN:
                found.append((true[:, number], false[:, number]))
            case Op.NOT:
                found.append((no[0], yes[0]))
            case Op.AND:
                found.append((np.logical_and.reduce(yes), np.logical_or.reduce(no)))
            case Op.OR:
                found.append((np.logical_or.reduce(yes), np.logical_and.reduce(no)))
            case Op.AT_LEAST:
                found.append((yes.sum(axis=0) >= number, len(no) - no.sum(axis=0) < number))
            case Op.TRUE:
                found.append((np.ones(count, np.bool_), np.zeros(count, np.bool_)))
            case Op.FALSE:
                found.append((np.zeros(count, np.bool_), np.ones(count, np.bool_)))
    return found


def stated_coins(circuit: Circuit) -> Bools:
    """The coins whose probability no parameter moves (coins,)."""
    return np.array([not read_by(circuit, coin.program) for coin in circuit.coins], np.bool_)
