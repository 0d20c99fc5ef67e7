"""How portfolios, sweeps and sampled worlds grow, and what workers and a store cost.

Run `python benchmarks/bench_scale.py [--quick] [--dask]`. Each row of the first table is a `sensa run` of its
own, with its time by the clock, its processor time and its peak memory. In the second, threads, processes
and, with `--dask` (which needs the extra `distributed`), two workers of a cluster on this machine sample the
same worlds of the cat classifier in turns; the start of the workers is not counted.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bench_portfolio

ROOT = Path(__file__).parents[1]
STORY = ROOT / "stories" / "library" / "cat_classifier.toml"
SENSA = [sys.executable, "-m", "sensa"]
PATHS = ("assumptions.cues_cannot_plan.credence", "events.plans.chance")
WORLDS = """
import sys, time
from hashlib import sha256
import sensa
from dataclasses import replace
from sensa.distributed.processes import Processes

def main():
    file, worlds, kind, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    precise = sensa.Precision(1e-9)
    settings = sensa.Settings(engine="montecarlo", precision=precise, samples=worlds)
    session = sensa.prepare(sensa.load(file), settings)
    few = sensa.prepare(session.story, replace(settings, samples=1 << 20))
    with make(kind, count) as workers:
        few = replace(few, workers=workers)
        few.totals  # starts the workers, and compiles
        start = time.perf_counter()
        totals = replace(session, workers=workers).totals
        print(time.perf_counter() - start, totals.worlds.count, sha256(totals.by_root.tobytes()).hexdigest())

def make(kind, count):
    from contextlib import nullcontext
    if kind == "threads":
        from sensa import processors
        processors.use(count)
        return nullcontext()
    if kind == "processes":
        return Processes(count)
    from sensa.distributed.dask_workers import DaskWorkers
    return DaskWorkers(kind)

if __name__ == "__main__":
    main()
"""


def measured(command: list[str]) -> tuple[float, float, float]:
    """Seconds by the clock and of the processor, and MB at most, of a command."""
    before = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} ended with {status}")
    return time.perf_counter() - before, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def row(what: str, command: list[str]) -> None:
    """Print a row of the table."""
    clock, processor, memory = measured(command)
    print(f"| {what} | {clock:,.1f} | {processor:,.1f} | {memory:,.0f} |", flush=True)


def growing(folder: Path, scale: int) -> None:
    """Portfolios and sweeps of growing size, with and without a store."""
    print("| run | seconds | of the processor | MB |\n|---|---:|---:|---:|")
    bench_portfolio.write(folder, 1000 // scale)
    points = ["--points", "1024", "--quiet"]
    for count, pattern in ((10, "s0000?"), (100, "s000*"), (1000, "*")):
        if count * scale <= 1000:
            row(f"{count:,} small stories", [*SENSA, "run", f"{folder}/{pattern}.toml", *points])
    stored = [*SENSA, "run", f"{folder}/s000*.toml", *points, "--store", f"{folder}/store"]
    row("100 small stories, kept in a store", stored)
    row("the same, resumed when all is done", [*stored, "--resume"])
    for count in (100, 1000 // scale):
        sweep = [part for path in PATHS for part in ("--sweep", f"{path}=0:1:{count}")]
        row(f"{count**2:,} variants, means only", [*SENSA, "run", str(STORY), *sweep, "--means-only"])


def worlds(script: Path, count: int, kind: str, workers: int) -> tuple[float, str]:
    """The seconds that some workers take for worlds, without their start, and the result."""
    command = [sys.executable, str(script), str(STORY), str(count), kind, str(workers)]
    seconds, _, found = subprocess.check_output(command, text=True).split()
    return float(seconds), found


def by_workers(folder: Path, count: int, rounds: int, cluster: str | None) -> None:
    """Sampled worlds by one and by two workers, in turns."""
    script = folder / "worlds.py"
    script.write_text(WORLDS)
    ways = [("threads", 1), ("threads", 2), ("processes", 1), ("processes", 2)]
    ways += [] if cluster is None else [(cluster, 2)]
    taken: dict[tuple[str, int], list[float]] = {way: [] for way in ways}
    results = set()
    for _ in range(rounds):
        for way in ways:
            seconds, found = worlds(script, count, *way)
            taken[way].append(seconds)
            results.add(found)
    print(f"\n| {count:,} worlds | seconds, each round |\n|---|---|")
    for (kind, workers), rounds_taken in taken.items():
        name = "Dask workers" if "://" in kind else kind
        print(f"| {workers} {name} | {', '.join(f'{one:.1f}' for one in rounds_taken)} |")
    print(f"\n{len(results)} result to the last bit" if len(results) == 1 else "\nthe results differ")


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--dask", action="store_true")
    parser.add_argument("--worlds", type=int, default=1 << 33, help="some 40 s on one core")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        growing(Path(name), 10 if asked.quick else 1)
        if not asked.dask:
            by_workers(Path(name), asked.worlds, asked.rounds, None)
            return
        from distributed import LocalCluster

        with LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster:
            by_workers(Path(name), asked.worlds, asked.rounds, cluster.scheduler_address)


if __name__ == "__main__":
    main()
