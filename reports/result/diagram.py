"""A decision diagram as text: its nodes by module, and the root of each outcome."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sensa.circuit import Circuit
    from sensa.engines.exact.engine import ExactEngine


def show_diagram(circuit: "Circuit", engine: "ExactEngine") -> str:
    """Print the diagram of the circuit's roots, one node a line, children first."""
    return "\n".join(_lines(circuit, engine)) + "\n"


def _lines(circuit: "Circuit", engine: "ExactEngine") -> Iterator[str]:
    diagram = engine.diagram
    coins = [coin.draw for coin in circuit.coins]

    def slot(index: int) -> str:
        """Slots are 0, 1, the coins, then the nodes."""
        if index < 2:
            return str(index)
        if index < 2 + diagram.coins:
            return coins[index - 2]
        return f"n{index - 2 - diagram.coins}"

    yield f"diagram ({engine.size} nodes in {len(diagram.modules) - 1} modules, order {engine.order})"
    starts = {int(start): module for module, start in enumerate(diagram.modules[:-1])}
    for node in range(diagram.size):
        if node in starts:
            yield f"  module {starts[node]}"
        variable, low, high = diagram.variable[node], diagram.low[node], diagram.high[node]
        yield f"    n{node} = if {slot(int(variable))} then {slot(int(high))} else {slot(int(low))}"
    yield f"roots ({len(diagram.roots)})"
    for root, index in zip(circuit.roots, diagram.roots.tolist(), strict=True):
        yield f"  {root.outcome}@{root.step + 1} = {slot(index)}"
