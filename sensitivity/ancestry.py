"""What the nodes of a graph rest on: other nodes, numbers, and sources of evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from sensa.graph import Bool, Graph, Uncertain
from sensa.showing.graph_text import parts, parts_of, read_by, read_by_law


@dataclass(frozen=True)
class Ancestry:
    """The ancestors of each node of a graph, by index and by name."""

    graph: Graph

    @cached_property
    def of_node(self) -> tuple[frozenset[int], ...]:
        """Each node with all that it depends on, at its step and before."""
        found: list[frozenset[int]] = []
        for index, node in enumerate(self.graph.nodes):
            read = read_by_law(node.law, self.graph)
            found.append(frozenset({index}).union(*(found[one] for one in read)))
        return tuple(found)

    def of(self, conditions: Iterable[Bool]) -> frozenset[int]:
        """The nodes that some condition depends on."""
        read = set().union(*(read_by(condition, self.graph) for condition in conditions))
        return frozenset().union(*(self.of_node[one] for one in read))

    def names(self, nodes: Iterable[int]) -> list[str]:
        """The names of nodes, in the order of the graph."""
        return list(dict.fromkeys(self.graph.nodes[one].name for one in sorted(nodes)))

    def numbers(self, names: Iterable[str]) -> dict[str, None]:
        """The paths of the uncertain numbers that nodes of these names read themselves."""
        paths: dict[str, None] = {}
        for name in names:
            paths |= self._numbers.get(name, {})
        return paths

    @cached_property
    def _numbers(self) -> Mapping[str, dict[str, None]]:
        found: dict[str, dict[str, None]] = {}
        for node in self.graph.nodes:
            for expression in parts_of(node.law):
                for part in parts(expression, self.graph):
                    if isinstance(part, Uncertain):
                        path = self.graph.parameters[part.parameter].path
                        found.setdefault(node.name, {})[path] = None
        return found

    def sources(self, names: Iterable[str]) -> dict[str, None]:
        """The sources of evidence of nodes of these names."""
        return {source: None for name in names for source in self.graph.evidence.get(name, ())}
