"""Circuits of what happens at each step, with nodes set at one of them, and of one step as a Markov chain."""

from dataclasses import dataclass, replace
from itertools import product

from sensa.circuit import Circuit
from sensa.graph import ONE, ZERO, And, Bool, Graph, Holds, Not, Pick, Picks
from sensa.lowering import lower
from sensa.showing.graph_text import read_by_law

MAX_CASES = 64  # of what is drawn once, for one chain


@dataclass(frozen=True)
class Occurrence:
    """What a node may be at one step: gates of which at most one is true.

    `gates` has one for each option of a choice, in their order; of other nodes, one for its truth.
    """

    node: int
    name: str
    kind: str
    step: int | None  # None: drawn once
    options: tuple[str, ...]  # of a choice; else empty
    gates: tuple[int, ...]

    @property
    def begins(self) -> int:
        """The step from which it is known: the first for what is drawn once."""
        return self.step or 0


@dataclass(frozen=True)
class Course:
    """A story's circuit with gates for what happens at each step, in the order of the graph."""

    circuit: Circuit
    occurrences: tuple[Occurrence, ...]
    reached: tuple[int, ...]  # the gate of reaching each step

    def of(self, *kinds: str) -> list[Occurrence]:
        """The occurrences of nodes of these kinds."""
        return [one for one in self.occurrences if one.kind in kinds]


def course(graph: Graph) -> Course:
    """The circuit with a gate for each value of each node at each step; parameters are those of the story."""
    named: dict[str, Bool] = {}
    for index, node in enumerate(graph.nodes):
        if isinstance(node.law, Pick):
            named |= {f"{index}.{i}": Picks(index, (i,)) for i in range(len(node.law.options))}
        else:
            named[f"{index}.0"] = Holds(index)
    here: tuple[Bool, ...] = ()
    for step in range(len(graph.steps)):
        named[f"reached.{step}"] = And(here)
        here = (*here, *(Not(o.when[step]) for o in graph.outcomes if o.when))
    circuit = lower(replace(graph, criteria=named, measures={}, expectations=(), stated=()))
    occurrences = []
    for index, node in enumerate(graph.nodes):
        options = node.law.options if isinstance(node.law, Pick) else ()
        gates = tuple(circuit.criteria[f"{index}.{i}"] for i in range(max(len(options), 1)))
        occurrences.append(Occurrence(index, node.name, node.kind, node.step, options, gates))
    reached = tuple(circuit.criteria[f"reached.{step}"] for step in range(len(graph.steps)))
    return Course(circuit, tuple(occurrences), reached)


def choosing(graph: Graph, index: int, option: int) -> Circuit:
    """The story's circuit with a choice node set to one of its options, whatever would decide it."""
    return lower(_weighted(graph, index, [float(i == option) for i in range(len(_options(graph, index)))]))


@dataclass(frozen=True)
class Chain:
    """A choice drawn at every step as a Markov chain, by its law at the last step.

    A case is a combination of the values of what the law depends on and is drawn once (`given`): within each
    the choice is a chain. `joint[c][i][j]` is the gate, in `circuit`, of case c, option i at the step before
    and option j at the last, where the option before is drawn with equal weights; `last[c][j]` that of case c
    and option j at the last step of the story itself, in `story`. `also` names what else the law depends on:
    if anything, the choice is no Markov chain, and there are no gates.
    """

    name: str
    options: tuple[str, ...]
    given: tuple[str, ...]
    also: tuple[str, ...]
    circuit: Circuit
    joint: tuple[tuple[tuple[int, ...], ...], ...]
    story: Circuit
    last: tuple[tuple[int, ...], ...]


def chains(graph: Graph) -> list[Chain]:
    """The choices drawn at every step; none in a story of one step."""
    end = len(graph.steps) - 1
    place = {(node.name, node.step): index for index, node in enumerate(graph.nodes)}
    return [
        _chain(graph, index, place[node.name, end - 1])
        for index, node in enumerate(graph.nodes)
        if isinstance(node.law, Pick) and node.step == end > 0
    ]


def _chain(graph: Graph, index: int, before: int) -> Chain:
    name, options = graph.nodes[index].name, _options(graph, index)
    given, also = _depends_on(graph, index, before)
    cases = list(product(*(_values(graph, node) for node in given)))
    also = also if len(cases) <= MAX_CASES else (*also, *given)
    names, others = (tuple(graph.nodes[node].name for node in nodes) for nodes in (given, also))
    if also:
        nothing = lower(replace(graph, criteria={}, measures={}, expectations=(), stated=()))
        return Chain(name, options, names, others, nothing, (), nothing, ())
    to = [Picks(index, (j,)) for j in range(len(options))]
    since = [Picks(before, (i,)) for i in range(len(options))]
    last = {f"{c}.{j}": And((*case, b)) for c, case in enumerate(cases) for j, b in enumerate(to)}
    joint = {
        f"{c}.{i}.{j}": And((*case, a, b))
        for c, case in enumerate(cases)
        for i, a in enumerate(since)
        for j, b in enumerate(to)
    }
    story = lower(replace(graph, criteria=dict(last), measures={}, expectations=(), stated=()))
    even = _weighted(graph, before, [1.0] * len(options))
    circuit = lower(replace(even, criteria=dict(joint), measures={}, expectations=(), stated=()))
    n = range(len(options))
    return Chain(
        name,
        options,
        names,
        others,
        circuit,
        tuple(
            tuple(tuple(circuit.criteria[f"{c}.{i}.{j}"] for j in n) for i in n) for c in range(len(cases))
        ),
        story,
        tuple(tuple(story.criteria[f"{c}.{j}"] for j in n) for c in range(len(cases))),
    )


def _depends_on(graph: Graph, index: int, before: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What a node depends on, apart from one at the step before and draws of its own step.

    First what is drawn once, then what is drawn at earlier steps.
    """
    step, seen, waiting = graph.nodes[index].step, {index, before}, [index]
    found: list[int] = []
    while waiting:
        for read in sorted(read_by_law(graph.nodes[waiting.pop()].law, graph) - seen):
            seen.add(read)
            (waiting if graph.nodes[read].step == step else found).append(read)
    found.sort()
    once = tuple(read for read in found if graph.nodes[read].step is None)
    return once, tuple(read for read in found if read not in once)


def _values(graph: Graph, index: int) -> list[Bool]:
    """The values of a node, of which one is true."""
    if isinstance(graph.nodes[index].law, Pick):
        return [Picks(index, (i,)) for i in range(len(_options(graph, index)))]
    return [Holds(index), Not(Holds(index))]


def _options(graph: Graph, index: int) -> tuple[str, ...]:
    law = graph.nodes[index].law
    assert isinstance(law, Pick)
    return law.options


def _weighted(graph: Graph, index: int, weights: list[float]) -> Graph:
    """The graph with a choice node drawn with these weights, each 0 or 1, and by no rule or row."""
    node = graph.nodes[index]
    assert isinstance(node.law, Pick)
    law = replace(
        node.law,
        weights=tuple(ONE if weight else ZERO for weight in weights),
        weight_paths=tuple(f"{node.path}.options.{option}" for option in node.law.options),
        rules=(),
        rows=(),
    )
    return replace(graph, nodes=(*graph.nodes[:index], replace(node, law=law), *graph.nodes[index + 1 :]))
