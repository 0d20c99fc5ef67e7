"""What is the same function of the same draws in two stories, and so equally probable."""

from collections.abc import Mapping
from hashlib import blake2b

from sensa.circuit import Circuit
from sensa.kernels.program import Op, RealOp

SYMMETRIC = (Op.AND, Op.OR, Op.AT_LEAST)  # the order of what they read does not matter


def signatures(circuit: Circuit, kinds: Mapping[str, str]) -> list[bytes]:
    """A digest of each gate: equal ones are the same function of draws of the same names and chances.

    `kinds` are those of the nodes, which decide what a violation sets. Digests may differ where functions are
    equal but built in another way.
    """
    numbers, gates = _programs(circuit), circuit.gates
    coins = [
        (coin.draw, coin.node, coin.alone, kinds.get(coin.node), numbers[coin.program])
        for coin in circuit.coins
    ]
    found: list[bytes] = []
    for g in range(gates.size):
        op, k = Op(int(gates.op[g])), int(gates.k[g])
        below = [found[arg] for arg in gates.args[gates.start[g] : gates.start[g + 1]].tolist()]
        own = coins[k] if op == Op.COIN else k
        found.append(_digest(op, own, sorted(below) if op in SYMMETRIC else below))
    return found


def loss_signature(circuit: Circuit, gates: list[bytes]) -> list[tuple[bytes, bytes]]:
    """What decides the expected loss, from the digests of gates."""
    numbers = _programs(circuit)
    return sorted((gates[loss.gate], numbers[loss.program]) for loss in circuit.losses)


def _programs(circuit: Circuit) -> list[bytes]:
    """A digest of each instruction, with the distributions of the parameters that it reads."""
    reals, tied = circuit.reals, set(circuit.correlated.tolist())
    together = [repr(circuit.parameters[i]) for i in circuit.correlated], circuit.correlation.tobytes()
    found: list[bytes] = []
    for i in range(reals.size):
        op, k = RealOp(int(reals.op[i])), int(reals.k[i])
        below = [found[arg] for arg in reals.args[reals.start[i] : reals.start[i + 1]].tolist()]
        if op == RealOp.PARAMETER:
            found.append(_digest(op, repr(circuit.parameters[k]), together if k in tied else None))
        else:
            found.append(_digest(op, k, float(reals.value[i]), below))
    return found


def _digest(*parts: object) -> bytes:
    return blake2b(repr(parts).encode(), digest_size=16).digest()
