"""Bayesian networks of the bnlearn repository, exact by elimination, beside pyAgrum and d4.

`python benchmarks/bench_networks.py WHEEL [NETWORK ...]`, where WHEEL is `pgmpy-0.1.26-py3-none-any.whl`, as
`pip download pgmpy==0.1.26 --no-deps` gets it: that wheel has the networks (later ones do not). The roots are
all states of the variable of most ancestors. Seconds are CPU seconds of this process, compiled code loaded
beforehand; `answer` is all roots at one vector of probabilities, the median of several, pyAgrum's with a new
lazy propagation. d4 compiles each root alone; it is used if `d4solver` is installed. `all marginals` are
those of every state of every variable, in one circuit. `story` is the root and all above it written as one,
each variable a choice with its table, and answered with `--engine auto`. Errors are the largest against
pyAgrum. Below the table: on how many networks building takes at most 5 times d4's time, and an answer 2
times pyAgrum's.
"""

import itertools
import os
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from statistics import median
from time import process_time
from typing import Any

import numpy as np
from bayesian_networks import Network, NetworkCircuit, circuit_of, read_network, story_of

from sensa.compiling import compile_story
from sensa.engines.choice import choose
from sensa.engines.elimination.binary_gates import binary_gates
from sensa.engines.elimination.engine import (
    COMPILED_SWEEPS,
    compile_eliminated,
    compile_eliminated_gates,
)
from sensa.engines.exact.engine import compile_gates
from sensa.engines.exact.modules import Module
from sensa.engines.exact.network import COIN, simplify
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.program import Floats
from sensa.lowering import lower
from sensa.sampling.parameters import at_means
from sensa.stories.loading import load
from sensa.stories.reading import parse

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pyagrum

NETWORKS = (
    "asia", "cancer", "earthquake", "survey", "sachs", "child", "alarm", "insurance", "hailfinder", "hepar2",
    "win95pts", "water", "andes", "pigs", "pathfinder",
)  # fmt: skip
FOLDER = "pgmpy/utils/example_models"
REPEATS = 5
TARGETS = (5, 2)  # times d4 to build, and pyAgrum to answer, at most
TRIED_NODES, TRIED_SECONDS = 200_000, 20.0  # of diagrams, as with `--engine auto`
COLUMNS = (
    "network",
    "variables",
    "root",
    "draws",
    "diagram nodes",
    "diagram, s",
    "products",
    "build, s",
    "answer, ms",
    "pyAgrum, ms",
    "error",
    "d4 edges",
    "d4, s",
    "build / d4",
    "answer / pyAgrum",
    "all marginals: products",
    "build, s",
    "answer, ms",
    "pyAgrum, ms",
    "error",
    "story: gates and draws",
    "read, s",
    "lower, s",
    "auto",
    "build, s",
    "error of all ancestors",
)


def cpu(job: Callable[[], object], repeats: int = 1) -> float:
    """Median CPU seconds of a job."""
    times = []
    for _ in range(repeats):
        begin = process_time()
        job()
        times.append(process_time() - begin)
    return median(times)


def in_pyagrum(network: Network) -> "pyagrum.BayesNet":
    """The network as pyAgrum's."""
    net = pyagrum.BayesNet()
    for name, variable in network.items():
        net.add(pyagrum.LabelizedVariable(name, "", len(variable.states)))
        for parent in variable.parents:
            net.addArc(parent, name)
    for name, variable in network.items():
        for case in itertools.product(*(range(len(network[parent].states)) for parent in variable.parents)):
            at = dict(zip(variable.parents, case, strict=True))
            net.cpt(name)[at] = variable.table[case].tolist()
    return net


def ancestors(network: Network) -> dict[str, set[str]]:
    """The variables above each one."""
    above: dict[str, set[str]] = {}
    for name, variable in network.items():
        above[name] = {*variable.parents}.union(*(above[parent] for parent in variable.parents))
    return above


def most_ancestors(network: Network) -> str:
    """The variable of most ancestors."""
    above = ancestors(network)
    return max(network, key=lambda name: len(above[name]))


def marginals(net: "pyagrum.BayesNet", names: Iterable[str]) -> Floats:
    """The probabilities of all states of the named variables, by pyAgrum's lazy propagation."""
    inference = pyagrum.LazyPropagation(net)
    inference.makeInference()
    return np.concatenate([inference.posterior(name).toarray() for name in names])


def measured(circuit: NetworkCircuit, net: "pyagrum.BayesNet", names: Sequence[str]) -> list[str]:
    """Products, build, answer, pyAgrum's answer and the error; or that it is refused."""
    roots = np.array([state for name in names for state in circuit.states[name]], np.int32)
    begin = process_time()
    try:
        engine = compile_eliminated_gates(circuit.gates, roots, coins=len(circuit.p))
    except EngineRefusal:
        return ["refused", f"{process_time() - begin:.2f}", "", "", ""]
    build = process_time() - begin
    p = circuit.p[None]
    error = np.abs(engine.probabilities(p)[0] - marginals(net, names)).max()
    answer = cpu(lambda: engine.probabilities(p), REPEATS)
    theirs = cpu(lambda: marginals(net, names), REPEATS)
    return [
        f"{engine.info.circuit_products:,}", f"{build:.2f}", f"{1e3 * answer:.2f}", f"{1e3 * theirs:.2f}",
        f"{error:.0e}",
    ]  # fmt: skip


def as_story(network: Network, net: "pyagrum.BayesNet", top: str) -> list[str]:
    """`top` and all above it as a story: its gates and draws, times, the engine that `auto` takes, and the
    largest error of every state of these variables, whose gates bear their labels.
    """
    above = ancestors(network)[top] | {top}
    network = {name: variable for name, variable in network.items() if name in above}
    begin = process_time()
    story = load(parse(story_of(network, top, top)))
    read = process_time()
    circuit = lower(compile_story(story))
    lowered = process_time()
    engine = choose(circuit, np.array([root.gate for root in circuit.roots], np.int32))
    built = process_time()
    names = {
        f"v{i} = s{s}": (name, s) for i, name in enumerate(network) for s in range(len(network[name].states))
    }
    labelled = {gate: names[label] for gate, label in circuit.labels.items()}
    found = compile_eliminated(circuit, roots=np.array(list(labelled), np.int32)).probabilities(
        at_means(circuit).p
    )
    inference = pyagrum.LazyPropagation(net)
    inference.makeInference()
    wanted = [inference.posterior(name)[state] for name, state in labelled.values()]
    ends = engine.probabilities(at_means(circuit).p)[0] - inference.posterior(top).toarray()
    info = engine.info
    size = (
        f"{info.diagram_nodes:,} nodes"
        if not info.circuit_products
        else f"{info.circuit_products:,} products"
    )
    return [
        f"{circuit.gates.size:,}", f"{read - begin:.2f}", f"{lowered - read:.2f}", f"{engine.way}, {size}",
        f"{built - lowered:.2f}", f"{max(np.abs(found - wanted).max(), np.abs(ends).max()):.0e}",
    ]  # fmt: skip


def diagram(circuit: NetworkCircuit, roots: Sequence[int]) -> list[str]:
    """Nodes and seconds of the diagrams of these roots, or that they were refused."""
    begin = process_time()
    try:
        engine = compile_gates(
            circuit.gates,
            np.array(roots, np.int32),
            coins=len(circuit.p),
            node_budget=TRIED_NODES,
            seconds=TRIED_SECONDS,
        )
    except EngineRefusal:
        return ["refused", f"{process_time() - begin:.2f}"]
    return [f"{engine.size:,}", f"{process_time() - begin:.2f}"]


def d4(circuit: NetworkCircuit, roots: Sequence[int]) -> list[str]:
    """Edges and seconds of d4 over all roots, from three clauses for each conjunction."""
    if find_spec("py_d4") is None:
        return ["", ""]
    import py_d4

    edges, seconds = 0, 0.0
    for root in roots:
        clauses, weights, variables = cnf(circuit, root)
        if not variables:
            continue
        begin = process_time()
        solver: Any = py_d4.Solver(clauses, variables)
        solver.setWeights(weights, py_d4.WeightType.FLOAT)
        with silent():
            found = solver.compile()
        seconds += process_time() - begin
        edges += found.getNbEdges()
    return [f"{edges:,}", f"{seconds:.2f}"]


@contextmanager
def silent() -> Iterator[None]:
    """Whatever a library prints past Python goes nowhere."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def cnf(circuit: NetworkCircuit, root: int) -> tuple[list[list[int]], dict[int, str], int]:
    """A root's gates as clauses that hold it true, the literals' weights, and the number of variables."""
    network = simplify(circuit.gates, np.array([root], np.int32))
    if network.roots[0] < 2:
        return [], {}, 0
    nodes = range(1, network.size)
    leaves = tuple(node for node in nodes if network.kind[node] == COIN)
    inner = tuple(node for node in nodes if network.kind[node] != COIN)
    gates = binary_gates(network, Module(0, inner, leaves, network.roots), [False] * len(leaves))

    def literal(reference: int) -> int:
        return -(reference // 2 + 1) if reference & 1 else reference // 2 + 1

    clauses = [[literal(gates.heads[0])]]
    weights = {sign * (i + 1): "1" for i in range(gates.size) for sign in (1, -1)}
    for i, leaf in enumerate(leaves):
        p = circuit.p[network.k[leaf]]
        weights[i + 1], weights[-i - 1] = repr(float(p)), repr(float(1 - p))
    for gate in range(gates.leaves, gates.size):
        a, b = literal(int(gates.left[gate])), literal(int(gates.right[gate]))
        clauses += [[-gate - 1, a], [-gate - 1, b], [gate + 1, -a, -b]]
    return clauses, weights, gates.size


def row(name: str, wheel: zipfile.ZipFile) -> tuple[list[str], bool]:
    """A line of the table: the network read from the wheel, for one variable and for all; is it on target?"""
    network = read_network(wheel.read(f"{FOLDER}/{name}.bif.gz"))
    circuit, net, top = circuit_of(network), in_pyagrum(network), most_ancestors(network)
    cells = [name, f"{len(network)}", top, f"{len(circuit.p):,}", *diagram(circuit, circuit.states[top])]
    own, theirs = measured(circuit, net, [top]), d4(circuit, circuit.states[top])
    ratios = [quotient(own[1], theirs[1]), quotient(own[2], own[3])]
    met = all(not ratio or float(ratio) <= most for ratio, most in zip(ratios, TARGETS, strict=True))
    cells += [*own, *theirs, *ratios]
    return [*cells, *measured(circuit, net, list(network)), *as_story(network, net, top)], met


def quotient(ours: str, theirs: str) -> str:
    """One figure of the table over another, if that was measured."""
    return f"{float(ours) / max(float(theirs), 0.01):.2f}" if ours and theirs else ""


def main(wheel: str, *names: str) -> None:
    """Print the table of the named networks, or of all, from the wheel of pgmpy."""
    first = circuit_of(read_network(zipfile.ZipFile(wheel).read(f"{FOLDER}/asia.bif.gz")))
    compile_eliminated_gates(first.gates, np.array([first.gates.size - 1], np.int32), coins=len(first.p))
    import_module(COMPILED_SWEEPS)
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    on_target = []
    for name in names or NETWORKS:
        cells, met = row(name, zipfile.ZipFile(wheel))
        print(f"| {' | '.join(cells)} |", flush=True)
        on_target.append(met)
    besides = "" if find_spec("py_d4") else "; d4 is not installed"
    print(
        f"\ntarget met on {sum(on_target)} of {len(on_target)}: build at most {TARGETS[0]} times d4's time,"
    )
    print(f"answer at most {TARGETS[1]} times pyAgrum's{besides}")


if __name__ == "__main__":
    main(*sys.argv[1:])
