"""The modules of a large diagram, for `minimal_cut_sets`, in compiled code."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensa.engines.cut_sets.module_layers import rises, top_down
from sensa.kernels.bdd import family_sweeps
from sensa.kernels.bdd.diagrams import Diagram
from sensa.kernels.bdd.zero_suppressed import EMPTY, UNIT
from sensa.kernels.bdd.zero_suppressed_compiled import CompiledFamilies
from sensa.kernels.program import Ints


@dataclass(frozen=True)
class Nodes:
    """The nodes of one module, children first: slot 2 + i has node i, which tests `variables[test[i]]`."""

    variables: Ints  # slots, from the top of the diagram down
    test: Ints
    low: Ints
    high: Ints


class CompiledModules:
    """As `module_layers.PlainModules`; the function is known to be monotone if directions are asked for."""

    def __init__(self, diagram: Diagram, families: CompiledFamilies) -> None:
        self.families = families
        self._diagram = diagram
        self._nodes: dict[int, Nodes] = {}

    def values(self, happens: Sequence[bool]) -> list[int]:
        """The value of each slot while no event happens."""
        diagram = self._diagram
        coins = np.logical_not(happens)
        found: list[int] = family_sweeps.values(diagram.variable, diagram.low, diagram.high, coins).tolist()
        return found

    def below(self, head: int) -> Nodes:
        """The nodes of a module that its head (a slot) reaches."""
        if head not in self._nodes:
            self._nodes[head] = self._below(head)
        return self._nodes[head]

    def _below(self, head: int) -> Nodes:
        diagram, first = self._diagram, 2 + self._diagram.coins
        top = head - first
        begin = int(diagram.modules[np.searchsorted(diagram.modules, top, side="right") - 1])
        reached = family_sweeps.within_module(diagram.low, diagram.high, begin, top, first)
        nodes = begin + np.flatnonzero(reached)
        place = np.cumsum(reached) + 1  # the slot of each, if reached
        low, high = (
            np.where(edges < 2, edges, place[np.maximum(edges - first - begin, 0)]).astype(np.int32)
            for edges in (diagram.low[nodes], diagram.high[nodes])
        )
        variables, test = np.unique(diagram.variable[nodes], return_inverse=True)
        order = _order(len(variables), test.astype(np.int32), low, high)
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order))
        return Nodes(variables[order].astype(np.int32), rank[test], low, high)

    def tests(self, nodes: Nodes) -> list[int]:
        """The slots that the nodes test, in the order of the diagram."""
        slots: list[int] = nodes.variables.tolist()
        return slots

    def ways(self, nodes: Nodes) -> list[int]:
        """The direction of each test, 1 or -1."""
        test, low, high = nodes.test.tolist(), nodes.low.tolist(), nodes.high.tolist()
        shown = np.unique(nodes.test, return_index=True)[1].tolist()  # one node of each variable
        return [1 if rises(test, low, high, 2, node) else -1 for node in shown]

    def family(self, nodes: Nodes, negated: bool, falls: Sequence[bool], numbers: Sequence[int]) -> int:
        """The minimal sets of the head, or of its negation; `falls`: tests whose event is to be false."""
        down = np.array(falls)[nodes.test]
        return self.families.minimal_solutions(
            np.array(numbers, np.int32)[nodes.test],
            np.where(down, nodes.high, nodes.low),
            np.where(down, nodes.low, nodes.high),
            (UNIT, EMPTY) if negated else (EMPTY, UNIT),
        )


def _order(variables: int, test: Ints, low: Ints, high: Ints) -> list[int]:
    """The variables from the top of the diagram down."""
    after: dict[int, set[int]] = {variable: set() for variable in range(variables)}
    for edges in (low, high):
        inside = edges >= 2
        pairs = np.unique(test[inside].astype(np.int64) * variables + test[edges[inside] - 2])
        for pair in pairs.tolist():
            after[pair // variables].add(pair % variables)
    return top_down(after)
