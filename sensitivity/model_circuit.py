"""A choice as a story of its own, which ends with the option that is picked: the models training may give."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from sensa.circuit import Circuit
from sensa.graph import (
    FALSE,
    TRUE,
    And,
    Bool,
    Case,
    FirstCase,
    Graph,
    Holds,
    Node,
    Not,
    Or,
    Outcome,
    Pick,
    Picks,
)
from sensa.lowering import lower

NEVER = "no option"  # what remains: a graph needs such an outcome
MAX_STEPS = 50  # steps of a story with a choice that is drawn at every step


def choices(graph: Graph) -> dict[str, Pick]:
    """The choices by name, with their law at the first step.

    Those drawn at every step are left out of a story of more than 50 steps.
    """
    found: dict[str, Pick] = {}
    for node in graph.nodes:
        if isinstance(node.law, Pick) and (node.step is None or len(graph.steps) <= MAX_STEPS):
            found.setdefault(node.name, node.law)
    return found


def left_out(graph: Graph) -> list[str]:
    """The choices that `choices` leaves out."""
    every = {node.name: None for node in graph.nodes if isinstance(node.law, Pick)}
    return [name for name in every if name not in choices(graph)]


def places(graph: Graph, choice: str) -> list[int]:
    """The node of a choice at each step of the story."""
    found = {node.step: i for i, node in enumerate(graph.nodes) if node.name == choice}
    return [found[None] if None in found else found[step] for step in range(len(graph.steps))]


def goal_graph(graph: Graph, choice: str) -> Graph:
    """The graph that ends with the option of a choice: option `o` in the outcome `o`, or `o, missed`.

    P(missed), over all options, is the expected miss: outcomes that miss are of the kind `catastrophic`. The
    option of an every-step choice is the one at the step at which the story ends.
    """
    at = places(graph, choice)
    nodes = list(graph.nodes)
    missed: list[Bool] = []
    for place in at:
        node = graph.nodes[place]
        assert isinstance(node.law, Pick)
        if place is at[0] or node.step is not None:
            nodes.append(_missed(node, node.law, place))
        missed.append(Holds(len(nodes) - 1))
    last = len(at) - 1
    once = graph.nodes[at[0]].step is None
    ending = [
        TRUE if once or t == last else Or(tuple(o.when[t] for o in graph.outcomes if o.when))
        for t in range(len(at))
    ]

    def rule(option: int, *, misses: bool) -> tuple[Bool, ...]:
        return tuple(
            And((end, Picks(place, (option,)), miss if misses else Not(miss)))
            for end, place, miss in zip(ending, at, missed, strict=True)
        )

    law = graph.nodes[at[0]].law
    assert isinstance(law, Pick)
    options = list(enumerate(law.options))
    ends = (
        *(Outcome(f"{name}, missed", "catastrophic", name, rule(o, misses=True)) for o, name in options),
        *(Outcome(name, "success", name, rule(o, misses=False)) for o, name in options),
        Outcome(NEVER, "success", NEVER, ()),
    )
    return replace(
        graph, nodes=tuple(nodes), outcomes=ends, criteria={}, measures={}, expectations=(), stated=()
    )


def _missed(node: Node, law: Pick, place: int) -> Node:
    """An event that happens with the miss of the option that is picked."""
    paths = [f"{node.path}.options.{option}.miss" for option in law.options]
    cases = tuple(
        Case(Picks(place, (o,)), miss, path, path)
        for o, (miss, path) in enumerate(zip(law.misses, paths, strict=False))
    )
    return Node(f"{node.name}.miss", "event", f"{node.path}.miss", FirstCase(cases), node.step)


def with_rules(graph: Graph, choice: str, kept: Collection[str]) -> Graph:
    """The graph in which only these constraints and nudges of a choice apply, by path."""

    def changed(node: Node) -> Node:
        law = node.law
        if node.name != choice or not isinstance(law, Pick):
            return node
        rules = tuple(rule if rule.path in kept else replace(rule, when=FALSE) for rule in law.rules)
        return replace(node, law=replace(law, rules=rules))

    return replace(graph, nodes=tuple(map(changed, graph.nodes)))


def circuit_of(graph: Graph) -> Circuit:
    """The circuit of such a graph."""
    return lower(graph)


def with_picks(graph: Graph, picks: Mapping[str, Picks]) -> Circuit:
    """The story's circuit with a gate for each of these, by name, in `criteria`."""
    return lower(replace(graph, criteria=dict(picks), measures={}, expectations=(), stated=()))
