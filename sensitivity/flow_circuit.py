"""The circuit that says through what a story first went wrong on its way to each outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sensa.ancestry import Ancestry
from sensa.capability_circuit import rules
from sensa.circuit import Circuit
from sensa.graph import (
    FALSE,
    ONE,
    And,
    AtLeast,
    Bool,
    Case,
    Ends,
    FirstCase,
    Graph,
    Holds,
    Measured,
    Node,
    Not,
    Or,
    Outcome,
    Reached,
)
from sensa.lowering import lower
from sensa.signed_ancestry import helping

NONE = "none"  # the label of what goes through nothing marked


@dataclass(frozen=True)
class FlowCircuit:
    """A circuit with gates for how each outcome came about.

    `first[outcome, label, k]`: the story ends so, and what was marked first has this label, with k labels at
    once; `without[outcome]`: it ends so, and nothing marked that the outcome depends on was true on the way.
    """

    circuit: Circuit
    labels: tuple[str, ...]
    first: Mapping[tuple[str, str, int], int]
    without: Mapping[str, int]


def flow_circuit(graph: Graph, marks: Mapping[str, str]) -> FlowCircuit:
    """The circuit for events and assumptions by name, each marked with a label.

    Events are marked where they happen, assumptions where they are violated. What is drawn once comes before
    the first step; of two in one step, one that the other depends on comes first.
    """
    made = _Firsts(graph, marks)
    labels = tuple(dict.fromkeys(marks.values()))
    first: dict[tuple[str, str, int], Bool] = {}
    without: dict[str, Bool] = {}
    for index, outcome in enumerate(graph.outcomes):
        end, behind = Ends((index,)), made.behind(outcome)
        found, any_of = made.firsts(behind)
        first |= {(outcome.name, label, k): And((end, condition)) for (label, k), condition in found.items()}
        without[outcome.name] = And((end, Not(any_of)))
    named = {f"first {i}": Measured(of) for i, of in enumerate(first.values())}
    named |= {f"without {i}": Measured(of) for i, of in enumerate(without.values())}
    wider = replace(
        graph, nodes=(*graph.nodes, *made.added), measures=named, expectations=(), stated=(), criteria={}
    )
    circuit = lower(wider)

    def gate(text: str) -> int:
        joint = circuit.measures[text].joint
        assert joint is not None
        return joint

    return FlowCircuit(
        circuit,
        labels,
        {key: gate(f"first {i}") for i, key in enumerate(first)},
        {name: gate(f"without {i}") for i, name in enumerate(without)},
    )


class _Firsts:
    """Conditions of coming first, over nodes that are added to the graph so that each is lowered once."""

    def __init__(self, graph: Graph, marks: Mapping[str, str]) -> None:
        self.graph, self.marks = graph, marks
        self.ancestry = Ancestry(graph)
        self.added: list[Node] = []
        self._known: dict[frozenset[int], tuple[dict[tuple[str, int], Bool], Bool]] = {}

    def behind(self, outcome: Outcome) -> frozenset[int]:
        """The marked nodes that can lead to an outcome; of how the story ends otherwise, those behind a rule.

        A node that only prevents an outcome is not on the way to it. Steps of one name go together.
        """
        wanted = {(i, node.kind != "assumption") for i, node in enumerate(self.graph.nodes)}
        found = helping(self.graph, rules(self.graph, outcome))
        names = {self.graph.nodes[i].name for i, _ in found & wanted}
        nodes = enumerate(self.graph.nodes)
        return frozenset(i for i, node in nodes if node.name in self.marks and node.name in names)

    def firsts(self, behind: frozenset[int]) -> tuple[dict[tuple[str, int], Bool], Bool]:
        """The condition of each (label, number of labels) being first, and that of anything being marked."""
        if behind not in self._known:
            self._known[behind] = self._firsts(behind)
        return self._known[behind]

    def _firsts(self, behind: frozenset[int]) -> tuple[dict[tuple[str, int], Bool], Bool]:
        by_time: dict[int, list[int]] = {}
        for i in sorted(behind):
            step = self.graph.nodes[i].step
            by_time.setdefault(-1 if step is None else step, []).append(i)
        found: dict[tuple[str, int], list[Bool]] = {}
        some: list[Bool] = []
        before: Bool = FALSE
        for time, here in sorted(by_time.items()):
            reached = Reached(max(time, 0))
            labels = self._labels(here)
            for k in range(1, len(labels) + 1):
                exactly = self._node(
                    And((AtLeast(k, tuple(labels.values())), Not(AtLeast(k + 1, tuple(labels.values())))))
                )
                for label, is_first in labels.items():
                    condition = And((reached, Not(before), is_first, exactly))
                    found.setdefault((label, k), []).append(condition)
            any_here = self._node(Or(tuple(map(self._true, here))))
            some.append(And((reached, any_here)))
            before = self._node(Or((before, any_here)))
        return {key: Or(tuple(conditions)) for key, conditions in found.items()}, Or(tuple(some))

    def _labels(self, here: list[int]) -> dict[str, Bool]:
        """Whether each label is among the first of those of one time."""
        first: dict[str, list[Bool]] = {}
        for i in here:
            earlier = [j for j in here if j != i and j in self.ancestry.of_node[i]]
            condition = And((self._true(i), *(Not(self._true(j)) for j in earlier)))
            first.setdefault(self.marks[self.graph.nodes[i].name], []).append(condition)
        return {label: self._node(Or(tuple(conditions))) for label, conditions in first.items()}

    def _true(self, node: int) -> Bool:
        holds = Holds(node)
        return Not(holds) if self.graph.nodes[node].kind == "assumption" else holds

    def _node(self, condition: Bool) -> Holds:
        """A node that is true where the condition is."""
        path = f"first[{len(self.added)}]"
        law = FirstCase((Case(condition, ONE, path, path),))
        self.added.append(Node(path, "event", path, law))
        return Holds(len(self.graph.nodes) + len(self.added) - 1)
