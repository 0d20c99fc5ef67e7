"""The processor time of `sensa run -q` on every story of the library: warm over the imports, and cold.

Run `python benchmarks/bench_cold_start.py [STORY …]`. Cold is a run with no compiled code in the cache.
Figures are the least of `--rounds` processes, in turns; the ratios carry over to other machines, the seconds
do not. All have one thread of BLAS: idle ones spin, which would count as the imports' time and not as ours.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import bench_start_up

ROUNDS = 3
WARM_TARGET, COLD_TARGET = 2.0, 3.0  # times the imports; seconds
LIBRARY = bench_start_up.STORY.parent
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


def processor_seconds(command: list[str], **environment: str) -> float:
    """User and system time of one fresh process."""
    environment = {**os.environ, **ONE_THREAD, **environment}
    before = os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    after = os.times()
    return sum(after[i] - before[i] for i in (2, 3))


def main() -> None:
    """Prints the table; exits with 1 where a story misses a target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stories", nargs="*", type=Path, default=sorted(LIBRARY.glob("*.toml")))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    imports: list[float] = []
    rows = []
    for story in arguments.stories:
        run = [sys.executable, "-m", "sensa", "run", "--quiet", str(story)]
        processor_seconds(run)  # fills the cache
        warm, cold = [], []
        for _ in range(arguments.rounds):
            imports.append(processor_seconds([sys.executable, "-c", bench_start_up.BASE]))
            warm.append(processor_seconds(run))
            with tempfile.TemporaryDirectory() as empty:
                cold.append(processor_seconds(run, NUMBA_CACHE_DIR=empty))
        rows.append((story.stem, min(warm), min(cold)))
    base = min(imports)
    print(f"The imports take {base:.2f} s.\n")
    print("| story | warm, s | times the imports | cold, s |\n|---|---|---|---|")
    for name, warm_seconds, cold_seconds in sorted(rows, key=lambda row: -row[1]):
        print(f"| {name} | {warm_seconds:.2f} | {warm_seconds / base:.2f} | {cold_seconds:.2f} |")
    met = all(warm <= WARM_TARGET * base and cold <= COLD_TARGET for _, warm, cold in rows)
    print(f"\nThe targets are at most {WARM_TARGET:g} times the imports warm, and {COLD_TARGET:g} s cold.")
    sys.exit(not met)


if __name__ == "__main__":
    main()
