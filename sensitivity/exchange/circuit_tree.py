"""A story's circuit as a fault tree: an event for each draw, and a top gate for each kind of end.

It is the story at one value of its uncertain numbers: the probabilities of the draws are given.
"""

from collections import Counter
from collections.abc import Sequence

from sensa.circuit import Circuit
from sensa.exchange.fault_trees import FaultTree, Formula
from sensa.exchange.names import different_names
from sensa.kernels.program import Op

TOPS = ("catastrophic", "fail_safe")  # gates of these names are the ends of a story that is read back
DEEPEST = 12  # formulas within formulas
OPERATORS = {Op.NOT: "not", Op.AND: "and", Op.OR: "or", Op.AT_LEAST: "atleast"}


def fault_tree(circuit: Circuit, chances: Sequence[float], name: str) -> FaultTree:
    """The fault tree; `chances` has the probability of each coin."""
    return _Tree(circuit, chances).made(name)


class _Tree:
    def __init__(self, circuit: Circuit, chances: Sequence[float]) -> None:
        self.circuit, self.chances = circuit, chances
        gates = circuit.gates
        self.args = [gates.args[gates.start[g] : gates.start[g + 1]].tolist() for g in range(gates.size)]
        self.ends = {
            kind: [circuit.ended[end.name] for end in circuit.ends if end.kind == kind] for kind in TOPS
        }
        self.needed = self._needed()
        self.names = self._named()

    def made(self, name: str) -> FaultTree:
        op, labels = self.circuit.gates.op, {}
        found: dict[str, Formula] = {}
        events: dict[str, float] = {}
        for kind, ended in self.ends.items():
            if ended:
                found[kind] = _flat("or", tuple(self._read(gate) for gate in ended))
        for gate in sorted(self.needed, reverse=True):
            if gate not in self.names:
                continue
            if op[gate] == Op.COIN:
                coin = int(self.circuit.gates.k[gate])
                events[self.names[gate]] = float(self.chances[coin])
                labels[self.names[gate]] = self.circuit.coins[coin].draw
            else:
                found[self.names[gate]] = self._formula(gate)
                if gate in self.circuit.labels:
                    labels[self.names[gate]] = self.circuit.labels[gate]
        return FaultTree(name, found, events, labels=labels)

    def _needed(self) -> set[int]:
        """The gates that the ends depend on."""
        waiting = [gate for ended in self.ends.values() for gate in ended]
        seen: set[int] = set()
        while waiting:
            gate = waiting.pop()
            if gate not in seen:
                seen.add(gate)
                waiting.extend(self.args[gate])
        return seen

    def _named(self) -> dict[int, str]:
        """Names of draws, of nodes, of what is read more than once, and of what is too deep to be inside."""
        op, coins = self.circuit.gates.op, self.circuit.coins
        reads = Counter(arg for gate in self.needed for arg in self.args[gate])
        wanted: dict[int, str] = {}
        depth: dict[int, int] = {}
        for gate in sorted(self.needed):
            depth[gate] = 1 + max((depth[arg] for arg in self.args[gate]), default=0)
            if op[gate] in (Op.TRUE, Op.FALSE):
                continue
            if gate in self.circuit.labels:
                wanted[gate] = self.circuit.labels[gate]
            elif op[gate] == Op.COIN:
                wanted[gate] = coins[int(self.circuit.gates.k[gate])].draw
            elif reads[gate] > 1 or depth[gate] > DEEPEST:
                wanted[gate] = f"gate {gate}"
            depth[gate] = 0 if gate in wanted else depth[gate]
        return dict(zip(wanted, different_names(list(wanted.values()), TOPS), strict=True))

    def _read(self, gate: int) -> Formula | str:
        return self.names[gate] if gate in self.names else self._formula(gate)

    def _formula(self, gate: int) -> Formula:
        op = Op(int(self.circuit.gates.op[gate]))
        if op in (Op.TRUE, Op.FALSE):
            return Formula(op.name.lower())
        args = tuple(self._read(arg) for arg in self.args[gate])
        if op == Op.AT_LEAST:
            return Formula("atleast", args, int(self.circuit.gates.k[gate]))
        return _flat(OPERATORS[op], args)


def _flat(operator: str, args: tuple[Formula | str, ...]) -> Formula:
    """The formula; of one argument, that one."""
    if len(args) > 1 or operator == "not":
        return Formula(operator, args)
    return Formula("is", args) if isinstance(args[0], str) else args[0]
