"""The circuit of a story with gates for its facts: what holds, happens, fires or is picked."""

from dataclasses import dataclass, replace

import numpy as np

from sensa.circuit import Circuit
from sensa.graph import And, Bool, Graph, Holds, Node, Not, Or, Pick, Picks
from sensa.kernels.program import Gates, Ints, Op
from sensa.lowering import lower

MOST_STEPS = 50  # of a story of which every-step nodes are asked too: their gates grow with its square


@dataclass(frozen=True)
class Fact:
    """A node and gates of which at most one is true: that it is true, or each of its options."""

    name: str
    kind: str
    gates: tuple[int, ...]


def facts(graph: Graph) -> tuple[Circuit, tuple[Fact, ...]]:
    """The story's circuit with a gate for each value of each node (parameters are those of the story).

    A node drawn at every step counts as true where it is so at a step that the story reaches; an assumption,
    as violated. Choices drawn at every step are left out, and in a story of more than 50 steps all that
    is drawn at every step.
    """
    asked: dict[str, tuple[Node, list[Bool]]] = {}
    alive = _alive(graph)
    for index, node in enumerate(graph.nodes):
        if isinstance(node.law, Pick):
            if node.step is None:
                picked: list[Bool] = [Picks(index, (option,)) for option in range(len(node.law.options))]
                asked[node.name] = (node, picked)
            continue
        if node.step is not None and len(graph.steps) > MOST_STEPS:
            continue
        truth: Bool = Not(Holds(index)) if node.kind == "assumption" else Holds(index)
        if node.step is not None:
            truth = And((*alive[node.step], truth))
        _, known = asked.setdefault(node.name, (node, []))
        known.append(truth)
    values = {
        name: found if isinstance(node.law, Pick) else [Or(tuple(found))]
        for name, (node, found) in asked.items()
    }
    named = {f"{name}.{i}": value for name, found in values.items() for i, value in enumerate(found)}
    circuit = lower(replace(graph, criteria=named, expectations=()))
    return circuit, tuple(
        Fact(name, node.kind, tuple(circuit.criteria[f"{name}.{i}"] for i in range(len(values[name]))))
        for name, (node, _) in asked.items()
    )


def opened(graph: Graph) -> Circuit:
    """The story's circuit with a draw behind every chance of an event, a challenge or a safeguard."""
    return lower(graph, opened=True)


def _alive(graph: Graph) -> list[tuple[Bool, ...]]:
    """What must hold for the story to reach each step."""
    alive: list[tuple[Bool, ...]] = [()]
    for step in range(min(len(graph.steps), MOST_STEPS)):
        alive.append((*alive[-1], *(Not(o.when[step]) for o in graph.outcomes if o.when)))
    return alive


def joined(circuit: Circuit, op: Op, arguments: list[tuple[int, ...]]) -> tuple[Circuit, Ints]:
    """The circuit with further gates, each the `op` of these gates, and where they are."""
    gates = circuit.gates
    more = [np.unique(args) for args in arguments]
    counts = np.array([len(args) for args in more], np.int32)
    start = np.concatenate([gates.start, gates.start[-1] + np.cumsum(counts)]).astype(np.int32)
    wider = Gates(
        np.concatenate([gates.op, np.full(len(more), op)]).astype(np.int8),
        np.concatenate([gates.k, np.zeros(len(more))]).astype(np.int32),
        start,
        np.concatenate([gates.args, *more]).astype(np.int32),
    )
    return replace(circuit, gates=wider), np.arange(gates.size, wider.size, dtype=np.int32)
