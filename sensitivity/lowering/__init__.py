"""Graph to Circuit: each case of a node becomes a coin, each node a gate."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from sensa import graph as g
from sensa.circuit import Circuit, Coin, End, Loss, MeasureGates, Root
from sensa.defects import Deadline, Defect, DefectiveStory
from sensa.kernels.program import Op
from sensa.lowering.copula import copula
from sensa.lowering.expressions import TooManyCases
from sensa.lowering.gate_builder import GateBuilder, Key, to_arrays
from sensa.lowering.node_laws import Nodes
from sensa.lowering.preprocessing import preprocess
from sensa.lowering.program_builder import RealBuilder
from sensa.lowering.switches import NO_SWITCHES, Switches

A = TypeVar("A")
B = TypeVar("B")


def lower(
    graph: g.Graph,
    deadline: Deadline | None = None,
    *,
    opened: bool = False,
    switches: Switches = NO_SWITCHES,
) -> Circuit:
    """The circuit of a graph: coins, gates, and one root for each (outcome, step).

    Gates are folded, coalesced and shared, and unused ones are pruned. Coins are in the order of the
    nodes: those drawn once first, then step by step. A certain draw has no coin, unless it is of an
    assumption or of an `unmodelled` event, or, in an `opened` circuit, of an event, a challenge or a
    safeguard, so that interventions can set it; `switches` add draws that set conditions and leaks.
    Raises `DefectiveStory` if a node has too many cases, or declared correlations contradict each other.
    """
    return _Lowering(graph, deadline or Deadline(math.inf), opened=opened, switches=switches).circuit()


class _Lowering:
    def __init__(self, graph: g.Graph, deadline: Deadline, *, opened: bool, switches: Switches) -> None:
        self.graph = graph
        self.deadline = deadline
        self.nodes = Nodes(graph, opened=opened, switches=switches)
        self.gates = self.nodes.gates

    def circuit(self) -> Circuit:
        correlated, correlation = copula(self.graph)
        self._lower_nodes()
        roots, alive = self._roots()
        losses = tuple(self._losses(roots))
        ended = {
            o.name: self.gates.disjunction(r.gate for r in roots if r.outcome == o.name)
            for o in self.graph.outcomes
        }
        criteria, violated = self._criteria(), self._violated(alive)
        self.nodes.expressions.reached = alive
        self.nodes.expressions.ended = tuple(ended.values())
        whole = Circuit(
            parameters=self.graph.parameters,
            correlated=correlated,
            correlation=correlation,
            ends=tuple(End(o.name, o.kind) for o in self.graph.outcomes),
            losses=losses,
            criteria=criteria,
            measures={text: self._measure(text, measured) for text, measured in self.graph.measures.items()},
            ended=ended,
            violated_and={
                name: {o: self.gates.conjunction([gate_, gate]) for o, gate in ended.items()}
                for name, gate_ in violated.items()
            },
            roots=roots,
            steps=self.graph.steps,
            labels=self._labels(),
            reals=self.nodes.reals.to_arrays(),
            requirements=tuple(self.nodes.requirements.values()),
            coins=tuple(self.nodes.coins),
            gates=to_arrays([]),
            assumption_coins={},
            empty=tuple(self.nodes.empty),
        )
        return _prune(whole, self.gates.table, self._assumptions())

    def _lower_nodes(self) -> None:
        """Lower nodes, and quantities as soon as their nodes are there, so that recursion stays shallow."""
        quantities = deque(self.graph.quantities)
        for index in range(len(self.graph.nodes) + 1):
            while quantities and quantities[0].after <= index:
                quantity = quantities.popleft()
                self.nodes.expressions.is_pure(quantity.value)
                self._refusing(quantity.path, self.nodes.expressions.pieces, quantity.value)
            if index < len(self.graph.nodes):
                self._refusing(self.graph.nodes[index].path, self.nodes.add, index)

    def _refusing(self, path: str, act: Callable[[A], B], argument: A) -> B:
        """The result of `act`; too many cases, or too little time, become a defect at `path`."""
        self.deadline.check(path)
        try:
            return act(argument)
        except TooManyCases as error:
            fix = "let fewer conditions decide it: one event can stand for several of them"
            raise DefectiveStory((Defect("too-many-cases", path, str(error), fix),)) from None

    def _gate(self, condition: g.Bool, path: str) -> int:
        return self._refusing(path, self.nodes.expressions.gate, condition)

    def _roots(self) -> tuple[tuple[Root, ...], list[int]]:
        """A root for each (outcome, step), and the gates for reaching each step."""
        roots: list[Root] = []
        alive = [GateBuilder.TRUE]
        for step in range(len(self.graph.steps)):
            here = alive[-1]
            for outcome in self.graph.outcomes:
                if outcome.when:
                    rule = self._gate(outcome.when[step], outcome.path)
                    roots.append(Root(outcome.name, step, self.gates.conjunction([here, rule])))
                    here = self.gates.conjunction([here, self.gates.negation(rule)])
            alive.append(here)
        last = len(self.graph.steps) - 1
        roots.extend(Root(o.name, last, alive[-1]) for o in self.graph.outcomes if not o.when)
        return tuple(roots), alive

    def _losses(self, roots: tuple[Root, ...]) -> Iterator[Loss]:
        """The loss of each root, case by case."""
        stated = {o.name: o for o in self.graph.outcomes if o.loss}
        for root in roots:
            if root.outcome not in stated:
                continue
            outcome = stated[root.outcome]
            pieces = self._refusing(outcome.path, self.nodes.expressions.pieces, outcome.loss[root.step])
            for piece in pieces:
                program = self.nodes.reals.select(piece.guard, piece.values[0], RealBuilder.ZERO)
                self.nodes.require(program, "number", f"{outcome.path}.loss")
                yield Loss(outcome.name, self.gates.conjunction([root.gate, piece.gate]), program)

    def _assumptions(self) -> dict[str, list[int]]:
        """The nodes of each assumption."""
        found: dict[str, list[int]] = {}
        for index, node in enumerate(self.graph.nodes):
            if node.kind == "assumption":
                found.setdefault(node.name, []).append(index)
        return found

    def _criteria(self) -> dict[str, int]:
        return {name: self._gate(value, f"criteria.{name}") for name, value in self.graph.criteria.items()}

    def _violated(self, alive: list[int]) -> dict[str, int]:
        truths = self.nodes.expressions.truths
        return {
            name: self.gates.disjunction(
                self.gates.conjunction([alive[self.graph.nodes[i].step or 0], self.gates.negation(truths[i])])
                for i in indices
            )
            for name, indices in self._assumptions().items()
        }

    def _measure(self, text: str, measured: g.Measured) -> MeasureGates:
        if measured.of is None:
            return MeasureGates()
        path = f'expect."{text}"'
        given = GateBuilder.TRUE if measured.given is None else self._gate(measured.given, path)
        return MeasureGates(self.gates.conjunction([self._gate(measured.of, path), given]), given)

    def _labels(self) -> dict[int, str]:
        """The author's label of each gate that is a node; the first if several share a gate."""
        labels: dict[int, str] = {}
        for index, gate in self.nodes.expressions.truths.items():
            labels.setdefault(gate, self.graph.nodes[index].label)
        for index, gates in self.nodes.expressions.options.items():
            law = self.graph.nodes[index].law
            assert isinstance(law, g.Pick)
            for option, gate in zip(law.options, gates, strict=True):
                labels.setdefault(gate, f"{self.graph.nodes[index].label} = {option}")
        return labels


def _prune(whole: Circuit, table: list[Key], assumptions: dict[str, list[int]]) -> Circuit:
    """The circuit with only the gates and coins in use, renumbered."""
    kept = [r.gate for r in whole.roots]
    for gates in (whole.criteria, whole.ended, *whole.violated_and.values()):
        kept += gates.values()
    kept += [case.gate for case in whole.empty]
    kept += [loss.gate for loss in whole.losses]
    kept += [gate for m in whole.measures.values() for gate in (m.joint, m.given) if gate is not None]
    table, number = preprocess(table, kept)
    used = sorted({k for op, k, _ in table if op == Op.COIN})
    coin = {old: new for new, old in enumerate(used)}
    coins = tuple(whole.coins[old] for old in used)
    return replace(
        whole,
        coins=coins,
        gates=to_arrays([(op, coin[k] if op == Op.COIN else k, args) for op, k, args in table]),
        roots=tuple(replace(root, gate=number[root.gate]) for root in whole.roots),
        labels={number[gate]: label for gate, label in whole.labels.items() if gate in number},
        criteria={name: number[gate] for name, gate in whole.criteria.items()},
        violated_and={
            name: {outcome: number[gate] for outcome, gate in gates.items()}
            for name, gates in whole.violated_and.items()
        },
        ended={name: number[gate] for name, gate in whole.ended.items()},
        measures={
            text: gates
            if gates.joint is None or gates.given is None
            else MeasureGates(number[gates.joint], number[gates.given])
            for text, gates in whole.measures.items()
        },
        empty=tuple(replace(case, gate=number[case.gate]) for case in whole.empty),
        losses=tuple(replace(loss, gate=number[loss.gate]) for loss in whole.losses),
        assumption_coins=_coins_of(assumptions, coins),
    )


def _coins_of(names: Iterable[str], coins: tuple[Coin, ...]) -> dict[str, tuple[int, ...]]:
    """The coins of each of these nodes, at all steps."""
    found: dict[str, list[int]] = {name: [] for name in names}
    for index, coin in enumerate(coins):
        if coin.node in found:
            found[coin.node].append(index)
    return {name: tuple(indices) for name, indices in found.items()}
