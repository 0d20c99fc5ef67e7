"""The circuit of a story with gates for its facts: which nodes hold, happen, fire or are picked."""

from dataclasses import dataclass, replace

import numpy as np

from sensa.circuit import Circuit
from sensa.graph import And, Bool, Graph, Holds, Node, Not, Or, Pick, Picks
from sensa.kernels.program import Floats, Gates, Ints, Op
from sensa.lowering import lower

MAX_STEPS = 50  # steps; facts of every-step nodes take gates in their square


@dataclass(frozen=True)
class Fact:
    """A node and its gates, of which at most one is true: one for its truth, or one for each option."""

    name: str
    kind: str
    gates: tuple[int, ...]


def facts(graph: Graph) -> tuple[Circuit, tuple[Fact, ...]]:
    """The story's circuit with a gate for each value of each node; parameters are those of the story.

    A node drawn at every step counts as true if it is true at a step that the story reaches; an assumption,
    if it is violated. Choices drawn at every step are left out; in a story of more than 50 steps, so are all
    nodes drawn at every step.
    """
    wanted: dict[str, tuple[Node, list[Bool]]] = {}
    alive = _alive(graph)
    for index, node in enumerate(graph.nodes):
        if node.kind == "expert":
            continue
        if isinstance(node.law, Pick):
            if node.step is None:
                picked: list[Bool] = [Picks(index, (option,)) for option in range(len(node.law.options))]
                wanted[node.name] = (node, picked)
            continue
        if node.step is not None and len(graph.steps) > MAX_STEPS:
            continue
        truth: Bool = Not(Holds(index)) if node.kind == "assumption" else Holds(index)
        if node.step is not None:
            truth = And((*alive[node.step], truth))
        _, known = wanted.setdefault(node.name, (node, []))
        known.append(truth)
    values = {
        name: found if isinstance(node.law, Pick) else [Or(tuple(found))]
        for name, (node, found) in wanted.items()
    }
    named = {f"{name}.{i}": value for name, found in values.items() for i, value in enumerate(found)}
    circuit = lower(replace(graph, criteria=named, measures={}, expectations=(), stated=()))
    return circuit, tuple(
        Fact(name, node.kind, tuple(circuit.criteria[f"{name}.{i}"] for i in range(len(values[name]))))
        for name, (node, _) in wanted.items()
    )


def truth(kind: str, values: Floats) -> float:
    """P(a fact is true), from those of its values: that an assumption holds; of a choice, its likeliest."""
    likeliest = float(values.max())
    return 1.0 - likeliest if kind == "assumption" else likeliest


def opened(graph: Graph) -> Circuit:
    """The story's circuit with a draw for every chance of an event, challenge or safeguard."""
    return lower(graph, opened=True)


def _alive(graph: Graph) -> list[tuple[Bool, ...]]:
    """What must hold for the story to reach each step."""
    alive: list[tuple[Bool, ...]] = [()]
    for step in range(min(len(graph.steps), MAX_STEPS)):
        alive.append((*alive[-1], *(Not(o.when[step]) for o in graph.outcomes if o.when)))
    return alive


def joined(circuit: Circuit, op: Op, arguments: list[tuple[int, ...]]) -> tuple[Circuit, Ints]:
    """The circuit with added gates, each the `op` of these gates, and the indices of the new ones."""
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
