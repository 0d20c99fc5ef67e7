"""Exact and sampled answers beside other tools on the same work, in one run.

    python benchmarks/bench_peers.py [FOLDER]

- pyAgrum: the circuit of each library story as a Bayesian network (a node for each coin and gate), all roots
  by lazy propagation; ours with compiling included. Medians of wall time; the largest difference of answers.
- SCRAM, where it is installed and FOLDER has the fault trees: top probability by its own diagrams, as
  a process that also finds the products, beside ours with reading and compiling, for the probability alone
  and with all minimal cut sets counted (of das9601, which is not coherent, its minimal p-cuts), CPU seconds.
  SCRAM prints six digits.

What is not installed is left out, with a word.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from open_psa import read_fault_tree

from sensa.circuit import Circuit
from sensa.engines.cut_sets.minimal_cut_sets import cut_sets, minimal_sets
from sensa.engines.exact.engine import compile_exact, compile_gates
from sensa.kernels.program import Floats, Gates, Op
from sensa.pipeline import prepare
from sensa.sampling.parameters import at_means
from sensa.sampling.settings import Settings
from sensa.stories.loading import load

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT.parent / "shared" / "cases" / "fault_trees"
ROUNDS = 5


def median_ms(job: Callable[[], object]) -> float:
    """The median time of a job by the clock, in milliseconds."""
    taken = []
    for _ in range(ROUNDS):
        before = time.perf_counter()
        job()
        taken.append(time.perf_counter() - before)
    return float(np.median(taken)) * 1e3


def bayesian_network(gates: Gates, p: Floats) -> tuple[Any, list[int]]:
    """A node for each gate; wide gates in steps of two arguments, since tables grow as 2^arguments."""
    import pyagrum

    net = pyagrum.BayesNet()
    nodes: list[int] = []

    def table(name: str, args: list[int], holds: Callable[[list[int]], float]) -> int:
        node = net.add(pyagrum.LabelizedVariable(name, "", 2))
        for arg in args:
            net.addArc(arg, node)
        names = [net.variable(arg).name() for arg in args]
        for row in range(1 << len(args)):
            bits = [row >> i & 1 for i in range(len(args))]
            chance = holds(bits)
            net.cpt(node)[dict(zip(names, bits, strict=True))] = [1 - chance, chance]
        return int(node)

    for gate in range(gates.size):
        args = [
            nodes[arg]
            for arg in dict.fromkeys(gates.args[gates.start[gate] : gates.start[gate + 1]].tolist())
        ]
        op, k = int(gates.op[gate]), int(gates.k[gate])
        if op in (Op.COIN, Op.TRUE, Op.FALSE):
            chance = float(p[k]) if op == Op.COIN else float(op == Op.TRUE)
            node = net.add(pyagrum.LabelizedVariable(f"g{gate}", "", 2))
            net.cpt(node).fillWith([1 - chance, chance])
            nodes.append(node)
        elif op == Op.NOT:
            nodes.append(table(f"g{gate}", args, lambda bits: float(not bits[0])))
        elif op in (Op.AND, Op.OR):
            so_far, both = args[0], partial(at_least, 2 if op == Op.AND else 1)
            for i, arg in enumerate(args[1:]):
                so_far = table(f"g{gate}.{i}", [so_far, arg], both)
            nodes.append(so_far if len(args) > 1 else table(f"g{gate}", args, partial(at_least, 1)))
        else:
            nodes.append(table(f"g{gate}", args, partial(at_least, k)))
    return net, nodes


def build_and_answer(circuit: Circuit, p: Floats) -> Floats:
    """The roots' probabilities, from the circuit on."""
    return compile_exact(circuit).probabilities(p)


def at_least(k: int, bits: list[int]) -> float:
    """Whether at least `k` bits are set, as a probability."""
    return float(sum(bits) >= k)


def beside_pyagrum() -> None:
    """Print the library stories here and as Bayesian networks in pyAgrum."""
    try:
        import pyagrum
    except ImportError:
        print("pyAgrum is not installed.\n")
        return
    head = "story | gates and coins | pyAgrum, ms | ours, ms | of that answering, ms"
    print(f"| {head} | pyAgrum / ours | pyAgrum / answering | difference |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for file in sorted((ROOT / "stories" / "library").glob("*.toml")):
        circuit = prepare(load(str(file)), Settings()).circuit
        p = at_means(circuit).p
        if circuit.gates.size > 2_000:
            continue
        net, nodes = bayesian_network(circuit.gates, p[0])
        roots = [root.gate for root in circuit.roots]
        theirs: list[float] = []

        def infer(net=net, nodes=nodes, roots=roots, theirs=theirs) -> None:  # type: ignore[no-untyped-def]
            inference = pyagrum.LazyPropagation(net)
            for root in roots:
                inference.addTarget(nodes[root])
            inference.makeInference()
            theirs[:] = [inference.posterior(nodes[root])[1] for root in roots]

        engine = compile_exact(circuit)
        ours = engine.probabilities(p)[0]
        own = median_ms(partial(build_and_answer, circuit, p))
        again = median_ms(partial(engine.probabilities, p))
        other = median_ms(infer)
        apart = np.abs(ours - np.array(theirs)).max()
        cells = (
            f"{file.stem} | {circuit.gates.size}",
            f"{other:.1f} | {own:.2f} | {again:.2f}",
            f"{other / own:.1f} | {other / again:.0f} | {apart:.0e}",
        )
        print(f"| {' | '.join(cells)} |")


def scram(file: Path, *options: str) -> tuple[float, float]:
    """CPU seconds of the process, and the top probability that it reports."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.xml"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            ["scram", "--bdd", *options, str(file), "-o", str(out)], check=True, capture_output=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        products = next(ElementTree.parse(out).iter("sum-of-products"), None)
        top = float(products.get("probability", "nan")) if products is not None else float("nan")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, top


def beside_scram(folder: Path) -> None:
    """Print the table of fault trees beside SCRAM, if both are there."""
    if shutil.which("scram") is None or not folder.exists():
        print("\nSCRAM or the fault trees are not there.")
        return

    print(
        "\n| fault tree | SCRAM, CPU s | ours, CPU s | SCRAM / ours | relative difference |"
        " and cut sets, CPU s | SCRAM / both | cut sets | as published |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---|")
    sums = [0.0, 0.0, 0.0]
    for name, published in json.loads((folder / "answers.json").read_text()).items():
        file = folder / f"{name}.xml"

        def ours(file: Path = file) -> float:
            tree = read_fault_tree(file)
            engine = compile_gates(tree.gates, np.array([tree.top], np.int32), coins=tree.events)
            return float(engine.probabilities(tree.probabilities[None])[0, 0])

        taken = []
        for _ in range(3):
            before = time.process_time()
            top = ours()
            taken.append(time.process_time() - before)
        own = float(np.median(taken))
        times = [scram(file, "--probability", "1") for _ in range(3)]
        other = float(np.median([seconds for seconds, _ in times]))
        before = time.process_time()
        sets = cut_sets_of(file)
        both = own + time.process_time() - before
        sums = [sums[0] + other, sums[1] + own, sums[2] + both]
        apart = abs(times[0][1] / top - 1)
        same = "yes" if sets == published["minimal_cut_sets"] else "NO"
        print(
            f"| {name} | {other:.3f} | {own:.3f} | {other / own:.2f} | {apart:.0e} | {both:.3f} |"
            f" {other / both:.2f} | {sets:,} | {same} |",
            flush=True,
        )
    print(f"\nSums: SCRAM {sums[0]:.2f} s, ours {sums[1]:.2f} s, with cut sets {sums[2]:.2f} s.")


def cut_sets_of(file: Path) -> int:
    """How many minimal cut sets a tree has; where events can undo the top, minimal p-cuts."""
    tree = read_fault_tree(file)
    if (tree.gates.op == Op.NOT).any():
        return cut_sets(tree.gates, tree.top, [True] * len(tree.events)).count()
    return minimal_sets(tree.gates, tree.top, len(tree.events)).count()


if __name__ == "__main__":
    beside_pyagrum()
    beside_scram(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
