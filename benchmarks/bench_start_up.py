"""How long the command line takes from nothing to its answer, against importing what any answer needs.

Run `python benchmarks/bench_start_up.py`. Every figure is the median of 7 fresh processes, taken in turn so
that a busy moment meets all of them; the ratios carry over to other machines, the seconds do not.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 7
BASE = "import xarray, scipy.special"
TARGET = 2.0
STORY = Path(__file__).parents[1] / "stories" / "library" / "cat_classifier.toml"


def seconds(command: list[str]) -> float:
    """One fresh process, from start to end."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - start


def measured(commands: dict[str, list[str]], rounds: int) -> dict[str, float]:
    """Medians by name, after one round that nobody counts (it fills the caches)."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for round_ in range(rounds + 1):
        for name, command in commands.items():
            spent = seconds(command)
            if round_:
                taken[name].append(spent)
    return {name: statistics.median(values) for name, values in taken.items()}


def main() -> None:
    """Prints the table; exits with 1 where `sensa run` takes more than its share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("story", nargs="?", default=str(STORY))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    sensa = [sys.executable, "-c", "from sensa.__main__ import main; main()"]
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        f'python -c "{BASE}"': [sys.executable, "-c", BASE],
        "sensa --help": [*sensa, "--help"],
        "sensa --version": [*sensa, "--version"],
        "sensa check": [*sensa, "check", arguments.story],
        "sensa run": [*sensa, "run", arguments.story],
        "sensa run --format json": [*sensa, "run", arguments.story, "--format", "json"],
    }
    medians = measured(commands, arguments.rounds)
    base = medians[f'python -c "{BASE}"']
    print(f"| process | seconds (median of {arguments.rounds}) | times the imports |\n|---|---|---|")
    for name, value in medians.items():
        print(f"| `{name}` | {value:.2f} | {value / base:.2f} |")
    ratio = medians["sensa run"] / base
    print(f"\n`sensa run` takes {ratio:.2f} times the imports; the target is at most {TARGET:g}.")
    sys.exit(ratio > TARGET)


if __name__ == "__main__":
    main()
