"""The Aralia fault trees through the exact engine: size, time and error against the published answers.

`python benchmarks/bench_fault_trees.py FOLDER` with the trees and `answers.json` in FOLDER. Times are CPU
seconds of this process, medians of several runs, compiled code loaded beforehand (its loading is given at
the end); SCRAM's are those of the answers, one run of its own process on another machine: read them as
an order of magnitude. The sweep is over `SAMPLES` values of all basic events. A second table has the minimal
cut sets of all trees there, `*.xml` with or without an answer.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import thread_time

import numpy as np
from open_psa import FaultTree, read_fault_tree

from sensa.engines.cut_sets.minimal_cut_sets import cut_sets
from sensa.engines.exact.engine import ExactEngine, compile_gates
from sensa.engines.protocol import EngineRefusal

PUBLISHED = {  # minimal cut sets, where a tree is not coherent minimal p-cuts
    "baobab1": 46_188, "baobab2": 4_805, "baobab3": 24_386, "cea9601": 130_281_976, "chinese": 392,
    "das9201": 14_217, "das9202": 27_778, "das9203": 16_200, "das9204": 16_704, "das9205": 17_280,
    "das9206": 19_518, "das9207": 25_988, "das9208": 8_060, "das9601": 4_259, "das9701": 26_299_506,
    "edf9201": 579_720, "edf9202": 130_112, "edf9205": 21_308,
    "edfpa15p": 27_870, "elf9601": 151_348, "ftr10": 305, "isp9603": 3_434,
    "isp9605": 5_630, "isp9607": 150_436, "jbd9601": 14_007,
}  # fmt: skip
REPEATS = 5
SAMPLES = 10_000
FOLDER = Path(__file__).parents[2] / "shared" / "cases" / "fault_trees"
COLUMNS = (
    "tree",
    "gates",
    "events",
    "nodes",
    "modules",
    "order",
    "build, s",
    "SCRAM, s",
    "forward, ns a node and sample",
    "gradients, ratio to forward",
    "10,000 samples, s",
    "top probability",
    "relative error",
)


def cpu(job: Callable[[], object]) -> float:
    """Median CPU seconds of a job."""
    times = []
    for _ in range(REPEATS):
        begin = thread_time()
        job()
        times.append(thread_time() - begin)
    return median(times)


def engine_of(tree: FaultTree) -> ExactEngine:
    """The diagrams of a fault tree's top event."""
    return compile_gates(tree.gates, np.array([tree.top], np.int32), tree.labels, coins=tree.events)


def row(name: str, tree: FaultTree, answer: dict[str, float]) -> tuple[str, float, float]:
    """A line of the table, and the seconds of the build and of the samples."""
    engine = engine_of(tree)
    build = cpu(lambda: engine_of(tree))
    top = float(engine.probabilities(tree.probabilities[None])[0, 0])
    p = np.random.default_rng(0).lognormal(0.0, 0.5, (SAMPLES, len(tree.events))) * tree.probabilities
    p = np.asfortranarray(np.minimum(p, 1.0))  # coin by coin, as parameters give them
    forward = cpu(lambda: engine.probabilities(p))
    few = p[:1024]
    both, alone = cpu(lambda: engine.gradients(few)), cpu(lambda: engine.probabilities(few))
    cells = (
        name,
        f"{tree.gates.size:,}",
        f"{len(tree.events):,}",
        f"{engine.size:,}",
        f"{engine.modules}",
        engine.order,
        f"{build:.3f}",
        f"{answer['scram_cpu_seconds']:.3f}",
        f"{forward / SAMPLES / engine.size * 1e9:.2f}",
        f"{both / alone:.1f}",
        f"{forward:.3f}",
        f"{top:.10g}",
        f"{abs(top / answer['probability'] - 1):.0e}",
    )
    return f"| {' | '.join(cells)} |", build, forward


def cut_set_row(name: str, tree: FaultTree) -> str:
    """A line of the table of minimal cut sets: the seconds of one run, its diagram included."""
    begin = thread_time()
    try:
        found = cut_sets(tree.gates, tree.top, [True] * len(tree.events))
        sizes = found.by_size()
    except EngineRefusal as refusal:
        cells = [f"{refusal}".split("; use")[0], "", "", ""]
    else:
        smallest = next(size for size, number in enumerate(sizes) if number)
        cells = [f"{sum(sizes):,}", f"{smallest}", f"{len(sizes) - 1}", f"{found.families.size():,}"]
    published = f"{PUBLISHED[name]:,}" if name in PUBLISHED else ""
    return f"| {' | '.join([name, published, *cells, f'{thread_time() - begin:.2f}'])} |"


def print_cut_sets(folder: Path) -> None:
    """Print the table of minimal cut sets."""
    print("\n| tree | published | minimal cut sets | smallest | largest | nodes of the family | s |")
    print("|---" * 7 + "|")
    for file in sorted(folder.glob("*.xml")):
        print(cut_set_row(file.stem, read_fault_tree(file)), flush=True)


def main(folder: Path) -> None:
    """Print the tables of fault trees."""
    begin = thread_time()

    warm = engine_of(read_fault_tree(folder / "isp9603.xml"))
    warm.gradients(np.full((64, warm.diagram.coins), 0.1))
    warm.probabilities(np.full((64, warm.diagram.coins), 0.1))
    loading = thread_time() - begin
    print(f"| {' | '.join(COLUMNS)} |")
    print("|---" * len(COLUMNS) + "|")
    builds, sweeps, others = 0.0, 0.0, 0.0
    for name, answer in json.loads((folder / "answers.json").read_text()).items():
        line, build, forward = row(name, read_fault_tree(folder / f"{name}.xml"), answer)
        builds, sweeps, others = builds + build, sweeps + forward, others + answer["scram_cpu_seconds"]
        print(line, flush=True)
    print(f"\nSums: build {builds:.2f} s, SCRAM {others:.2f} s, 10,000 samples {sweeps:.2f} s.")
    print(f"Loading compiled code, once in a process: {loading:.2f} s.")
    print_cut_sets(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
