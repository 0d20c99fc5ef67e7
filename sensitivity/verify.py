"""Checks between the stages: a graph or circuit that breaks a rule of its form goes no further."""

import numpy as np

from sensa.circuit import Circuit
from sensa.graph import Graph, Pick
from sensa.kernels.program import Op, RealOp
from sensa.showing.graph import read_by, read_by_law


class BrokenStage(Exception):
    """A stage gave a form that breaks its own rules: an error of ours, never of the story."""


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise BrokenStage(message)


def verify_graph(graph: Graph) -> Graph:
    """The graph itself, after a check that nodes read only earlier nodes, and that names are unique."""
    labels = [node.label for node in graph.nodes]
    _require(len(set(labels)) == len(labels), "two nodes have one label")
    for index, node in enumerate(graph.nodes):
        read = read_by_law(node.law, graph)
        _require(all(0 <= r < index for r in read), f"`{node.label}` reads a node that comes after it")
        if isinstance(node.law, Pick):
            _require(len(node.law.options) == len(node.law.weights), f"`{node.label}`: weights and options")
    for outcome in graph.outcomes:
        lengths = {len(outcome.when), len(outcome.loss)} - {0}
        _require(lengths <= {len(graph.steps)}, f"`{outcome.name}` is not stated for every step")
        for when in outcome.when:
            _require(
                all(0 <= r < len(graph.nodes) for r in read_by(when, graph)),
                f"`{outcome.name}` reads no node",
            )
    _require(sum(not outcome.when for outcome in graph.outcomes) == 1, "not one outcome with `otherwise`")
    return graph


def verify_circuit(circuit: Circuit) -> Circuit:
    """The circuit itself, after a check of every index, arity and order in its arrays."""
    gates, reals = circuit.gates, circuit.reals
    for name, program in (("gate", gates), ("instruction", reals)):
        _require(len(program.start) == program.size + 1, f"{name}s: as many starts as {name}s, and one")
        _require(bool(np.all(np.diff(program.start) >= 0)), f"{name}s: starts go backwards")
        reader = np.repeat(np.arange(program.size), np.diff(program.start))
        _require(bool(np.all(program.args < reader)), f"a {name} reads one that comes after it")
        _require(bool(np.all(program.args >= 0)), f"a {name} reads nothing")
    arity = np.diff(gates.start)
    for op, least, most in ((Op.FALSE, 0, 0), (Op.TRUE, 0, 0), (Op.COIN, 0, 0), (Op.NOT, 1, 1)):
        fits = (arity[gates.op == op] >= least) & (arity[gates.op == op] <= most)
        _require(bool(np.all(fits)), f"a {op.name} gate with a wrong number of arguments")
    _within("coin", gates.k[gates.op == Op.COIN], len(circuit.coins))
    _within("parameter", reals.k[reals.op == RealOp.PARAMETER], len(circuit.parameters))
    _within("program", np.array([coin.program for coin in circuit.coins]), reals.size)
    _within("program", np.array([loss.program for loss in circuit.losses]), reals.size)
    asked = [*(r.gate for r in circuit.roots), *(loss.gate for loss in circuit.losses)]
    for table in (circuit.criteria, circuit.ended, *circuit.violated_and.values()):
        asked += table.values()
    _within("gate", np.array(asked), gates.size)
    draws = [coin.draw for coin in circuit.coins if coin.node]
    _require(len(set(draws)) == len(draws), "two coins have one address")
    return circuit


def _within(what: str, indices: np.typing.NDArray[np.int_], size: int) -> None:
    _require(bool(np.all((indices >= 0) & (indices < size))), f"a {what} that does not exist")
