"""Many small stories: `sensa run 'stories/*.toml'`, a Python loop over `sensa.run`, and a command for each.

Run `python benchmarks/bench_portfolio.py [--stories 1000]`. The stories are written to a temporary directory:
six assumptions, an event and three outcomes, of 10 structures, all with numbers of their own. The one command
and the loop run in processes of their own, in turns; so do commands for single stories, a sample whose time
is multiplied. All compute how the stories end, with intervals, from `--points` parameter values. The peak
memory of the one command is given for a tenth of the stories too. Exits with 1 if it grows by more than 10 %,
or if the one command is not the quickest.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HEAD = """format = "training-story/1"
[story]
title = "Story {number}"
[goal]
class = ["other"]
specification = "s"
desirability = "d"
[rationale]
class = ["other"]
constraints = ["c"]
nudges = ["n"]
"""
ASSUMPTION = (
    '[assumptions.a{i}]\nclaim = "c"\npart = "goal.desirability"\ncredence = {{ beta = [{a}, {b}] }}\n'
)
EVENT = '[events.e]\nwhen = "not a0 or not a1"\nchance = {{ beta = [1, {b}] }}\nmode = "unmodelled"\n'
ENDS = (
    '[outcomes.bad]\nkind = "catastrophic"\nwhen = "e and not ({bad})"\n'
    '[outcomes.poor]\nkind = "fail_safe"\nwhen = "not (a2 and a3)"\n'
    '[outcomes.good]\nkind = "success"\notherwise = true\n'
)
CONDITIONS = [
    f"a{i} {word} a{j}" for i, j in ((2, 3), (3, 4), (4, 5), (2, 5), (3, 5)) for word in ("and", "or")
]
LOOP = """
import sys
import sensa
for file in open(sys.argv[1]).read().split():
    sensa.run(file, points=int(sys.argv[2]), analyses=["outcomes", "kinds", "failing_safely"])
"""
SENSA = [sys.executable, "-m", "sensa"]


def write(folder: Path, count: int) -> list[str]:
    """The stories, each in a file."""
    random = np.random.default_rng(0)
    files = []
    for number in range(count):
        values = random.integers(2, 99, 13)
        parts = [ASSUMPTION.format(i=i, a=values[2 * i], b=values[2 * i + 1]) for i in range(6)]
        text = HEAD.format(number=number) + "".join(parts) + EVENT.format(b=values[12])
        files.append(str(folder / f"s{number:05}.toml"))
        Path(files[-1]).write_text(text + ENDS.format(bad=CONDITIONS[number % len(CONDITIONS)]))
    return files


def measured(command: list[str]) -> tuple[float, float]:
    """The seconds a command takes, and its peak memory in MB."""
    before = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} ended with {status}")
    return time.perf_counter() - before, usage.ru_maxrss / 1024


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stories", type=int, default=1000)
    parser.add_argument("--points", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sample", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = write(folder, asked.stories)
        listed = folder / "files.txt"
        listed.write_text("\n".join(files))
        points = ["--points", str(asked.points)]
        one, loop, each = [], [], []
        memory = 0.0
        for _ in range(asked.rounds):
            seconds, memory = measured([*SENSA, "run", f"{name}/*.toml", *points, "--quiet"])
            one.append(seconds)
            loop.append(measured([sys.executable, "-c", LOOP, str(listed), str(asked.points)])[0])
            each += [
                measured([*SENSA, "run", file, *points, "--analyses", "kinds,failing_safely"])[0]
                for file in files[: asked.sample]
            ]
        few = measured([*SENSA, "run", f"{name}/s000*.toml", *points, "--quiet"])[1]
    times = {
        "one command": statistics.median(one),
        "a Python loop over `sensa.run`": statistics.median(loop),
        f"a command for each (from {len(each)} calls)": statistics.median(each) * asked.stories,
    }
    print("| way | seconds | times the one command |\n|---|---|---|")
    for way, seconds in times.items():
        print(f"| {way} | {seconds:,.1f} | {seconds / times['one command']:.1f} |")
    print(f"\npeak memory: {memory:.0f} MB for {asked.stories:,} stories, {few:.0f} MB for 100")
    raise SystemExit(memory > 1.1 * few or min(times, key=times.__getitem__) != "one command")


if __name__ == "__main__":
    main()
