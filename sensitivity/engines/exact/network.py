"""Simplified gates: the same functions as unique conjunctions, thresholds and negations.

A *literal* is `2 * node + negated`; node 0 is the constant, so literal 0 is false and literal 1 is
true. Constants are folded, equal gates become one node, conjunctions within conjunctions become one
wide conjunction if nothing else reads them, and gates that no root reaches are dropped.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sensa.kernels.program import Gates, Ints, Op, reached

FALSE = 0
TRUE = 1

CONSTANT = 0
COIN = 1
AND = 2
AT_LEAST = 3


@dataclass
class Network:
    """Nodes in topological order; see the module's docstring. Built by `simplify`, then not changed."""

    kind: list[int] = field(default_factory=lambda: [CONSTANT])
    k: list[int] = field(default_factory=lambda: [0])  # the coin, or the threshold
    args: list[tuple[int, ...]] = field(default_factory=lambda: [()])
    origin: list[int] = field(default_factory=lambda: [2 * -1])  # 2 * gate + negated: the gate of a node
    roots: tuple[int, ...] = ()
    known: dict[tuple[int, int, tuple[int, ...]], int] = field(default_factory=dict, repr=False)

    @property
    def size(self) -> int:
        """The number of nodes, including the constant."""
        return len(self.kind)

    def node(self, kind: int, k: int, args: tuple[int, ...], origin: int) -> int:
        """The literal of the node with this function, which is created if needed."""
        key = (kind, k, tuple(sorted(args)) if args else args)
        found = self.known.get(key)
        if found is None:
            found = 2 * len(self.kind)
            self.known[key] = found
            self.kind.append(kind)
            self.k.append(k)
            self.args.append(args)
            self.origin.append(origin)
        return found

    def conjunction(self, literals: Iterable[int], origin: int) -> int:
        """All of these."""
        args = dict.fromkeys(literals)
        args.pop(TRUE, None)
        if FALSE in args or not args.keys().isdisjoint([literal ^ 1 for literal in args]):
            return FALSE
        if not args:
            return TRUE
        if len(args) == 1:
            (single,) = args
            return single
        return self.node(AND, 0, tuple(args), origin)

    def disjunction(self, literals: Iterable[int], origin: int) -> int:
        """Any of these."""
        return self.conjunction([literal ^ 1 for literal in literals], origin ^ 1) ^ 1

    def at_least(self, k: int, literals: list[int], origin: int) -> int:
        """At least `k` of these; a repeated literal counts each time."""
        args = [literal for literal in literals if literal not in (FALSE, TRUE)]
        k -= sum(literal == TRUE for literal in literals)
        if k <= 0:
            return TRUE
        if k > len(args):
            return FALSE
        if k == 1:
            return self.disjunction(args, origin)
        if k == len(args):
            return self.conjunction(args, origin)
        return self.node(AT_LEAST, k, tuple(args), origin)


def simplify(gates: Gates, roots: Ints) -> Network:
    """The network of the functions of `roots`, which are gates."""
    network = coalesced(_translated(gates, [int(root) for root in roots]))
    network.known.clear()  # only needed while nodes are made
    return network


def _translated(gates: Gates, roots: list[int]) -> Network:
    op, k, start, args = gates.op.tolist(), gates.k.tolist(), gates.start.tolist(), gates.args.tolist()
    needed = reached(gates, roots)
    network = Network()
    literal = [FALSE] * gates.size
    for gate in range(gates.size):
        if needed[gate]:
            values = [literal[arg] for arg in args[start[gate] : start[gate + 1]]]
            literal[gate] = _gate(network, op[gate], k[gate], values, 2 * gate)
    network.roots = tuple(literal[root] for root in roots)
    return network


def _gate(network: Network, op: int, k: int, values: list[int], origin: int) -> int:
    match op:
        case Op.COIN:
            return network.node(COIN, k, (), origin)
        case Op.AND:
            return network.conjunction(values, origin)
        case Op.OR:
            return network.disjunction(values, origin)
        case Op.NOT:
            return values[0] ^ 1
        case Op.AT_LEAST:
            return network.at_least(k, values, origin)
        case Op.FALSE:
            return FALSE
        case Op.TRUE:
            return TRUE
    raise ValueError(f"gate {origin // 2} has an unknown operation: {op}")


def coalesced(network: Network) -> Network:
    """Merge each conjunction into the one conjunction that reads it; drop unreachable nodes."""
    readers = [0] * network.size  # 2 or more: several, or one that cannot absorb it
    for root in network.roots:
        readers[root >> 1] = 2
    for node in range(network.size - 1, 0, -1):
        if readers[node]:
            for arg in network.args[node]:
                readers[arg >> 1] += 1 if network.kind[node] == AND and not arg & 1 else 2
    merged = [readers[node] == 1 and network.kind[node] == AND for node in range(network.size)]
    result = Network()
    literal = [FALSE] * network.size
    for node in range(1, network.size):
        if not readers[node] or merged[node]:
            continue
        kind, origin = network.kind[node], network.origin[node]
        if kind == AND:
            literal[node] = result.conjunction(_wide(network, merged, literal, node), origin)
        else:
            args = [literal[arg >> 1] ^ (arg & 1) for arg in network.args[node]]
            if kind == AT_LEAST:
                literal[node] = result.at_least(network.k[node], args, origin)
            else:
                literal[node] = result.node(COIN, network.k[node], (), origin)
    result.roots = tuple(literal[root >> 1] ^ (root & 1) for root in network.roots)
    return result


def _wide(network: Network, merged: list[bool], literal: list[int], node: int) -> list[int]:
    wide: list[int] = []
    waiting = list(reversed(network.args[node]))
    while waiting:
        arg = waiting.pop()
        if merged[arg >> 1]:
            waiting.extend(reversed(network.args[arg >> 1]))
        else:
            wide.append(literal[arg >> 1] ^ (arg & 1))
    return wide
