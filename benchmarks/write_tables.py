"""Run the benchmarks and put what they print into `benchmarks/README.md`, each between its own markers.

`python benchmarks/write_tables.py` runs all of them (some minutes); name some to run those alone.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
README = HERE / "README.md"
SCRIPTS = (
    "bench_start_up",
    "bench_check",
    "bench_plugin",
    "growth_stories",
    "growth",
    "bench_fault_trees",
    "bench_points",
    "bench_worlds",
    "bench_peers",
    "bench_indices",
    "bench_rare",
    "bench_variants",
    "bench_what_if",
    "bench_portfolio",
    "bench_scale",
)


def printed(script: str) -> str:
    """What a benchmark prints; its exit code says whether a target was met, and does not matter here."""
    run = subprocess.run(
        [sys.executable, str(HERE / f"{script}.py")], check=False, stdout=subprocess.PIPE, text=True
    )
    if not run.stdout.strip():
        raise SystemExit(f"{script} printed nothing")
    return run.stdout.rstrip() + "\n"


def machine() -> str:
    """What the figures were measured on."""
    load = os.getloadavg()[0]
    cores = os.cpu_count()
    return f"{platform.machine()}, {cores} cores, Python {platform.python_version()}, load {load:.1f}"


def put(script: str, table: str) -> None:
    """Replace what stands between the markers of a benchmark."""
    text = README.read_text()
    begin, end = f"<!-- {script} -->\n", f"<!-- end of {script} -->\n"
    head, rest = text.split(begin)
    README.write_text(f"{head}{begin}{table}\n*{machine()}*\n{end}{rest.split(end)[1]}")


def main() -> None:
    """Run what was named, or everything."""
    for script in sys.argv[1:] or SCRIPTS:
        print(script, flush=True)
        put(script, printed(script))


if __name__ == "__main__":
    main()
