"""What the pytest plugin costs a suite that has no stories: `pytest --collect-only` with and without it.

Run `python benchmarks/bench_plugin.py`. The suite has 200 tests in 20 files, and TOML that is no story. Runs
with and without the plugin alternate in fresh processes, so that a busy moment meets both, and so does which
comes first; the figures are the medians of the paired differences. No other plugin is loaded.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROUNDS = 40
TARGET = 30.0  # ms
FILES, TESTS = 20, 10


def suite(folder: Path) -> None:
    """Tests that have nothing to do with stories."""
    (folder / "pyproject.toml").write_text('[project]\nname = "other"\nversion = "1"\n')
    (folder / "data.toml").write_text("a = 1\n")
    for file in range(FILES):
        tests = "".join(f"def test_{n}(): assert {n} == {n}\n" for n in range(TESTS))
        (folder / f"test_{file}.py").write_text(tests)


def spent(folder: Path, *more: str) -> tuple[float, float]:
    """Seconds of one run by the clock, and of the processor."""
    here = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": os.pathsep.join(paths())}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *more]
    subprocess.run(command, cwd=folder, env=here, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def paths() -> list[str]:
    """Where the plugin and the package are, as for an installation."""
    import sensa

    return [str(ROOT / "plugins"), str(Path(str(sensa.__file__)).parents[1])]


def main() -> None:
    """Prints the table; exits with 1 where the plugin takes more than its share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        suite(folder)
        without, with_ = [], []
        for round_ in range(rounds + 1):
            plugin = ("-p", "pytest_sensa")
            if round_ % 2:
                more, less = spent(folder, *plugin), spent(folder)
            else:
                less, more = spent(folder), spent(folder, *plugin)
            if round_:  # the first fills the caches
                without.append(less)
                with_.append(more)
    print(f"| `pytest --collect-only` | ms (median of {rounds}) | CPU ms |\n|---|---:|---:|")
    for title, taken in (("without the plugin", without), ("with it", with_)):
        wall, cpu = (1000 * statistics.median(each) for each in zip(*taken, strict=True))
        print(f"| {title} | {wall:.0f} | {cpu:.0f} |")
    pairs = list(zip(without, with_, strict=True))
    wall, cpu = (statistics.median(1000 * (b[i] - a[i]) for a, b in pairs) for i in (0, 1))
    print(
        f"\nMedian of the paired differences: {cpu:+.1f} ms of the processor, {wall:+.1f} ms by the clock"
        f" (target: at most {TARGET:g} ms more of the processor)."
    )
    sys.exit(cpu > TARGET)


if __name__ == "__main__":
    main()
