"""How long `sensa check` takes for many stories in one call, and for one that it remembers.

Run `python benchmarks/bench_check.py`. Every figure is the median of fresh processes, taken in turn so that a
busy moment meets all of them; the ratios carry over to other machines, the seconds do not. The 200 stories
are the library's, in turn, each with a comment of its own, checked without what was remembered.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIBRARY = sorted((Path(__file__).parents[1] / "stories" / "library").glob("*.toml"))
SENSA = [sys.executable, "-m", "sensa"]
STORIES = 200
MANY, REMEMBERED = 10.0, 2.0  # the targets: of one story, and of `sensa --version`


def seconds(arguments: list[str], folder: Path) -> float:
    """One fresh process, from start to end."""
    environment = {**os.environ, "SENSA_CACHE": str(folder / "cache")}
    start = time.perf_counter()
    done = subprocess.run(
        [*SENSA, *arguments],
        cwd=folder / "work",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    taken = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments[:4])} ended with {done.returncode}: {done.stderr}")
    return taken


def medians(commands: dict[str, list[str]], rounds: int, folder: Path) -> dict[str, float]:
    """Medians by name, after one round that nobody counts."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for round_ in range(rounds + 1):
        for name, arguments in commands.items():
            spent = seconds(arguments, folder)
            if round_:
                taken[name].append(spent)
    return {name: statistics.median(values) for name, values in taken.items()}


def main() -> None:
    """Prints the table; exits with 1 where a ratio misses its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=3, help="of the long commands; the short get ten times that"
    )
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("cache", "work"):  # a cache in the working directory is not believed
            (folder / part).mkdir(mode=0o700)
        files = []
        for number in range(STORIES):
            story = LIBRARY[number % len(LIBRARY)]
            files.append(f"{story.stem}_{number}.toml")
            (folder / "work" / files[-1]).write_text(
                f"{story.read_text('utf-8')}\n# copy {number}\n", "utf-8"
            )
        quick = {"sensa --version": ["--version"], "sensa check, remembered": ["check", files[0]]}
        had = medians(quick, 10 * rounds, folder)
        long = {
            "sensa check, one story": ["check", "--no-cache", files[0]],
            f"sensa check, {STORIES} stories": ["check", "--no-cache", *files],
        }
        had |= medians(long, rounds, folder)
    print("| process | seconds (median) |\n|---|---|")
    for command, value in had.items():
        print(f"| `{command}` | {value:.2f} |")
    version, remembered, one, many = had.values()
    again, grown = remembered / version, many / one
    print(f"\nRemembered, it takes {again:.2f} times `sensa --version` (target: at most {REMEMBERED:g});")
    print(f"{STORIES} stories take {grown:.2f} times one (target: at most {MANY:g}).")
    raise SystemExit(again > REMEMBERED or grown > MANY)


if __name__ == "__main__":
    main()
