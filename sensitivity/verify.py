"""Validate graphs and circuits between the stages."""

import numpy as np

from sensa.circuit import Circuit
from sensa.graph import Bool, Derived, Ends, Graph, Holds, Law, Pick, Picks, Reached, Real, Uncertain
from sensa.kernels.program import Op, RealOp
from sensa.showing.graph_text import parts, parts_of


class BrokenStage(Exception):
    """An invalid graph or circuit: an error of a stage, or of whoever built the graph."""


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise BrokenStage(message)


def verify_graph(graph: Graph) -> Graph:
    """Check names, steps and indices of a graph, and return it."""
    for what, names in (
        ("nodes", [node.label for node in graph.nodes]),
        ("outcomes", [outcome.name for outcome in graph.outcomes]),
        ("parameters", [parameter.path for parameter in graph.parameters]),
    ):
        _require(all(names), f"{what}: one has no name")
        _require(len(set(names)) == len(names), f"{what}: two have the same name")
    _require(len(graph.steps) > 0, "there is no step")
    after = [quantity.after for quantity in graph.quantities]
    _require(after == sorted(after), "quantities are not in the order of the nodes that they come after")
    for number, quantity in enumerate(graph.quantities):
        _expression(quantity.value, graph, f"`{quantity.name}`", quantity.after, number)
    for index, node in enumerate(graph.nodes):
        _require(
            node.step is None or 0 <= node.step < len(graph.steps),
            f"`{node.label}` is at a step that does not exist",
        )
        _law(node.law, graph, f"`{node.label}`", index)
    for outcome in graph.outcomes:
        lengths = {len(outcome.when), len(outcome.loss)} - {0}
        _require(lengths <= {len(graph.steps)}, f"`{outcome.name}` is not stated for every step")
        for part in (*outcome.when, *outcome.loss):
            _expression(part, graph, f"`{outcome.name}`")
    _require(sum(not outcome.when for outcome in graph.outcomes) == 1, "not one outcome with `otherwise`")
    for name, criterion in graph.criteria.items():
        _expression(criterion, graph, f"`{name}`")
    for text, measured in graph.measures.items():
        for side in (measured.of, measured.given):
            if side is not None:
                _expression(side, graph, f"`{text}`", measured=True)
    for text in [*(one.measure for one in graph.expectations), *(one.measure for one in graph.stated)]:
        _require(text in graph.measures, f"`{text}` is not measured")
    for tie in graph.dependence:
        _within("parameter", np.array([tie.first, tie.second]), len(graph.parameters))
    return graph


def _law(law: Law, graph: Graph, label: str, index: int) -> None:
    """Check what a law reads, and that its lists by option have equal lengths."""
    if isinstance(law, Pick):
        lengths = {len(law.weights), len(law.weight_paths)}
        _require(lengths == {0 if law.rows else len(law.options)}, f"{label}: weights and options")
        for row in law.rows:
            lengths = {len(row.chances), len(row.paths)}
            _require(lengths == {len(law.options)}, f"{label}: chances and options")
        _require(len(law.misses) in (0, len(law.options)), f"{label}: misses and options")
        _require(law.conforms <= set(range(len(law.options))), f"{label}: what conforms is not an option")
        for rule in law.rules:
            options = {*rule.excludes, *(option for option, _, _ in rule.factors)}
            _require(options <= set(range(len(law.options))), f"{label}: a rule is not about an option")
    for part in parts_of(law):
        _expression(part, graph, label, index)


def _expression(
    expression: Bool | Real,
    graph: Graph,
    label: str,
    nodes: int | None = None,
    quantities: int | None = None,
    *,
    measured: bool = False,
) -> None:
    """Check that it reads only the first `nodes` and `quantities`, or any that exist by default."""
    nodes = len(graph.nodes) if nodes is None else nodes
    quantities = len(graph.quantities) if quantities is None else quantities
    for part in parts(expression):
        match part:
            case Holds(node) | Picks(node, _):
                _require(0 <= node < nodes, f"{label} reads a node that comes after it")
                law = graph.nodes[node].law
                options = set(range(len(law.options))) if isinstance(law, Pick) else set()
                asked = set(part.options) if isinstance(part, Picks) else set()
                _require(isinstance(part, Picks) == isinstance(law, Pick), f"{label}: a choice is not a bool")
                _require(asked <= options, f"{label} reads an option that does not exist")
            case Uncertain(parameter):
                _require(
                    0 <= parameter < len(graph.parameters), f"{label} reads a parameter that does not exist"
                )
            case Ends(outcomes):
                _require(measured, f"{label} reads how the story ends")
                known = all(0 <= outcome < len(graph.outcomes) for outcome in outcomes)
                _require(known, f"{label} reads an outcome that does not exist")
            case Reached(step):
                _require(measured, f"{label} reads which steps the story reaches")
                _require(0 <= step < len(graph.steps), f"{label} reads a step that does not exist")
            case Derived(quantity):
                known = 0 <= quantity < quantities and graph.quantities[quantity].after <= nodes
                _require(known, f"{label} reads a quantity that comes after it")


def verify_circuit(circuit: Circuit) -> Circuit:
    """Check all indices, arities and orders in a circuit's arrays, and return it."""
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
    asked += [g for one in circuit.measures.values() for g in (one.joint, one.given) if g is not None]
    _within("gate", np.array(asked), gates.size)
    draws = [coin.draw for coin in circuit.coins if coin.node]
    _require(len(set(draws)) == len(draws), "two coins have the same address")
    return circuit


def _within(what: str, indices: np.typing.NDArray[np.int_], size: int) -> None:
    _require(bool(np.all((indices >= 0) & (indices < size))), f"a {what} that does not exist")
