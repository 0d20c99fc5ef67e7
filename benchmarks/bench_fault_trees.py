"""The Aralia fault trees through the exact engine: size, time and error against the published answers.

`python benchmarks/bench_fault_trees.py FOLDER` with the trees and `answers.json` in FOLDER. Times are CPU
seconds of this process, medians of several runs, compiled code loaded beforehand (its loading is given at
the end); SCRAM's are those of the answers, one run of its own process on another machine: read them as
an order of magnitude. The sweep is over `SAMPLES` values of all basic events. A second table has the minimal
cut sets of all trees there, `*.xml` with or without an answer; with `--scram PROGRAM` beside SCRAM's,
by the number of members, as far as that program gets.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import thread_time

import numpy as np
from open_psa import FaultTree, read_fault_tree
from scram import sets_by_size

from sensa.engines.cut_sets.minimal_cut_sets import cut_sets
from sensa.engines.exact.engine import ExactEngine, compile_gates
from sensa.engines.protocol import EngineRefusal

PUBLISHED = {  # minimal cut sets, where a tree is not coherent minimal p-cuts; jbd9601's is corrected
    "baobab1": 46_188, "baobab2": 4_805, "baobab3": 24_386, "cea9601": 130_281_976, "chinese": 392,
    "das9201": 14_217, "das9202": 27_778, "das9203": 16_200, "das9204": 16_704, "das9205": 17_280,
    "das9206": 19_518, "das9207": 25_988, "das9208": 8_060, "das9209": 82_000_000_000, "das9601": 4_259,
    "das9701": 26_299_506, "edf9201": 579_720, "edf9202": 130_112, "edf9203": 20_807_446,
    "edf9204": 32_580_630, "edf9205": 21_308, "edf9206": 385_825_320, "edfpa14b": 105_955_422,
    "edfpa14o": 105_927_244, "edfpa14p": 415_500, "edfpa14q": 105_950_670, "edfpa14r": 380_412,
    "edfpa15b": 2_910_473, "edfpa15o": 2_906_753, "edfpa15p": 27_870, "edfpa15q": 2_910_473,
    "edfpa15r": 26_549, "elf9601": 151_348, "ftr10": 305, "isp9601": 276_785, "isp9602": 5_197_647,
    "isp9603": 3_434, "isp9604": 746_574, "isp9605": 5_630, "isp9606": 1_776, "isp9607": 150_436,
    "jbd9601": 14_007,
}  # fmt: skip
MOST_MEMBERS = 20  # of the sets that were counted for that table: SCRAM's default
LIMITS = (4, 6, 8, 10, 12, 16, 100)  # members of SCRAM's sets: the last that it can do
SCRAM_SECONDS = 120.0
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


def cut_set_row(file: Path, scram: str | None) -> str:
    """A line of the table of minimal cut sets: the seconds of one run, its diagram included."""
    tree, name = read_fault_tree(file), file.stem
    begin = thread_time()
    sizes: list[int] = []
    try:
        found = cut_sets(tree.gates, tree.top, [True] * len(tree.events))
        sizes = found.by_size()
    except EngineRefusal as refusal:
        cells = [f"{refusal}".split("; use")[0], "", "", ""]
    else:
        smallest = next(size for size, number in enumerate(sizes) if number)
        cells = [f"{sum(sizes):,}", f"{smallest}", f"{len(sizes) - 1}", f"{found.families.size():,}"]
    cells = [name, _published(name, sizes), *cells, f"{thread_time() - begin:.2f}"]
    return f"| {' | '.join([*cells, *(_beside(file, scram, sizes) if scram else [])])} |"


def _published(name: str, sizes: list[int]) -> str:
    if name not in PUBLISHED:
        return ""
    some = sizes[MOST_MEMBERS + 1 :] and sum(sizes[: MOST_MEMBERS + 1]) == PUBLISHED[name]
    return f"{PUBLISHED[name]:,}" + (f", those of at most {MOST_MEMBERS}" if some else "")


def _beside(file: Path, scram: str, sizes: list[int]) -> list[str]:
    """Up to how many members SCRAM counts, how many sets, its seconds, and whether it counts as we do."""
    cells, failed = ["none", "", "", ""], 0
    for limit in LIMITS:
        theirs = sets_by_size(scram, file, limit, SCRAM_SECONDS)
        if theirs is None:
            failed += 1
            if failed > 1:  # it never ends for nus9601 and 4, but counts to 8
                break
            continue
        counts, seconds = theirs
        ours = (sizes + [0] * limit)[: limit + 1]
        same = "same" if ours == counts else f"different: {counts}"
        complete = bool(sizes) and len(sizes) - 1 <= limit
        cells = [
            "all" if complete else f"{limit}",
            f"{sum(counts):,}",
            f"{seconds:.1f}",
            same if sizes else "",
        ]
        if complete:
            break
    return cells


def print_cut_sets(folder: Path, scram: str | None) -> None:
    """Print the table of minimal cut sets."""
    columns = ["tree", "published", "minimal cut sets", "smallest", "largest", "nodes of the family", "s"]
    if scram:
        columns += ["SCRAM: to members", "sets", "s", "by number of members"]
    print(f"\n| {' | '.join(columns)} |")
    print("|---" * len(columns) + "|")
    for file in sorted(folder.glob("*.xml")):
        print(cut_set_row(file, scram), flush=True)


def print_probabilities(folder: Path) -> None:
    """Print the table of top probabilities."""
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


def main(folder: Path, scram: str | None) -> None:
    """Print the tables of fault trees."""
    if (folder / "answers.json").exists():
        print_probabilities(folder)
    print_cut_sets(folder, scram)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--scram", help="SCRAM's program")
    asked = parser.parse_args()
    main(asked.folder, asked.scram)
