"""A part of a network as gates, for engines that simulate worlds."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from sensa.engines.exact.modules import Module
from sensa.engines.exact.network import AND, COIN, Network
from sensa.kernels.program import Gates, Ints, Op

Addresses = npt.NDArray[np.uint64]


class _Writer:
    """A growing list of gates."""

    def __init__(self) -> None:
        self.op: list[int] = []
        self.k: list[int] = []
        self.start = [0]
        self.args: list[int] = []

    def gate(self, op: Op, args: Sequence[int] = (), k: int = 0) -> int:
        self.op.append(op)
        self.k.append(k)
        self.args.extend(args)
        self.start.append(len(self.args))
        return len(self.op) - 1


def part_gates(network: Network, module: Module, negated: Sequence[bool]) -> tuple[Gates, Ints]:
    """The gates of a module over its leaves as coins (some negated), and those of its heads.

    A conjunction of more negated than plain arguments is written as the negation of a disjunction, so that
    few gates only negate.
    """
    writer = _Writer()
    gate: dict[int, int] = {}  # of a literal

    def of(literal: int) -> int:
        if literal not in gate:
            gate[literal] = writer.gate(Op.NOT, [gate[literal ^ 1]])
        return gate[literal]

    for coin, (leaf, turned) in enumerate(zip(module.leaves, negated, strict=True)):
        gate[2 * leaf + turned] = writer.gate(Op.COIN, k=coin)
    for node in module.inner:
        args = network.args[node]
        if network.kind[node] != AND:
            gate[2 * node] = writer.gate(Op.AT_LEAST, [of(arg) for arg in args], network.k[node])
        elif 2 * sum(arg in gate for arg in args) >= len(args):
            gate[2 * node] = writer.gate(Op.AND, [of(arg) for arg in args])
        else:
            gate[2 * node + 1] = writer.gate(Op.OR, [of(arg ^ 1) for arg in args])
    heads = [of(head) for head in module.heads]
    arrays = (np.array(part, np.int32) for part in (writer.k, writer.start, writer.args))
    return Gates(np.array(writer.op, np.int8), *arrays), np.array(heads, np.int32)


def addresses(network: Network, coins: Addresses) -> Addresses:
    """A 64-bit address of each node: a coin's own, and for other nodes a hash of their contents.

    It does not depend on the rest, so that the same part in two stories has the same worlds.
    """
    found = np.zeros(network.size, np.uint64)
    for node in range(1, network.size):
        if network.kind[node] == COIN:
            found[node] = coins[network.k[node]]
            continue
        below = sorted((int(found[arg >> 1]), arg & 1) for arg in network.args[node])
        text = repr((network.kind[node], network.k[node], below)).encode()
        found[node] = int.from_bytes(blake2b(text, digest_size=8).digest(), "little")
    return found
