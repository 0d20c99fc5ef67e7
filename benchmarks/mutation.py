"""Which small changes of the code do the tests not notice? A sample of mutants by cosmic-ray, room by room.

    python benchmarks/mutation.py properties --mutants 40 --seed 0

It works on a copy of the tree, one mutant at a time, and prints how many were killed and each that was not,
as a diff. A survivor is a missing test, or code that need not be there, or no change at all.
"""

import argparse
import json
import os
import random
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

ROOT = Path(__file__).parents[1]
STORIES = "tests/test_exact_is_naive.py"
ROOMS = {  # what is changed, and the tests that should notice, the quick ones first
    "properties": (
        ("sensitivity/properties",),
        "tests/stories/properties/test_requirements.py tests/properties",
    ),
    "exact": (
        ("sensitivity/engines/exact", "sensitivity/engines/cache.py", "sensitivity/engines/choice.py"),
        f"tests/engines/test_cache.py {STORIES} tests/engines/exact tests/engines/test_exact_limits.py"
        " tests/engines/test_exact_oracles.py tests/analyses/test_analyses.py",
    ),
    "cut_sets": (
        ("sensitivity/engines/cut_sets",),
        "tests/engines/cut_sets tests/engines/test_montecarlo_minimal_sets.py"
        " tests/engines/test_fault_trees.py",
    ),
    "montecarlo": (
        ("sensitivity/engines/montecarlo",),
        "tests/engines/montecarlo tests/engines/test_montecarlo_gradients.py"
        " tests/engines/test_montecarlo_twins.py tests/engines/test_montecarlo_stories.py",
    ),
    "lowering": (
        ("sensitivity/lowering",),
        f"tests/lowering tests/compiling {STORIES} tests/test_library.py",
    ),
    "reviewing": (
        ("sensitivity/reviewing",),
        "tests/reviewing tests/properties/test_judging_edges.py tests/cli/test_removals.py"
        " tests/cli/test_review_path.py",
    ),
}
SLOWEST = 4.0  # times the processor time of the tests of what is not changed; beyond it counts as killed
STUCK = 1800.0  # seconds after which a mutant that waits for something counts as killed
CONFIG = """[cosmic-ray]
module-path = {code}
timeout = {timeout}
excluded-modules = []
test-command = "sh -c 'ulimit -t {limit} && exec {command}'"
[cosmic-ray.distributor]
name = "local"
"""
FOR_TYPES = ("BitOr", "RemoveDecorator")  # `X | None`, and decorators whose loss breaks imports: noise


def copied(root: Path, place: Path) -> None:
    """The tree laid out as an editable install sees it."""
    ignored = shutil.ignore_patterns(
        ".git", ".venv", ".dev", "__pycache__", ".*_cache", ".hypothesis", "site"
    )
    shutil.copytree(root, place, ignore=ignored)
    package = place / ".dev" / "sensa"
    package.mkdir(parents=True)
    for source in (place / "sensitivity").iterdir():
        (package / source.name).symlink_to(source)
    for room in ("kernels", "stories", "reports"):
        (package / room).symlink_to(place / room)


def sampled(session: Path, mutants: int, seed: int) -> int:
    """Leave a random sample of a session's mutants to do; how many there were."""
    with use_db(session, WorkDB.Mode.open) as database:
        items = sorted(database.work_items, key=lambda item: str(item.mutations))
        kept = [
            item for item in items if not any(word in item.mutations[0].operator_name for word in FOR_TYPES)
        ]
        chosen = {item.job_id for item in random.Random(seed).sample(kept, min(mutants, len(kept)))}
        for item in items:
            if item.job_id not in chosen:
                database.set_result(item.job_id, WorkResult(WorkerOutcome.SKIPPED))
        return len(kept)


def report(session: Path, room: str, among: int) -> int:
    """Print the score and the survivors; how many there are."""
    with use_db(session, WorkDB.Mode.open) as database:
        done = [result for _, result in database.results if result.worker_outcome != WorkerOutcome.SKIPPED]
    alive = [result for result in done if result.test_outcome == TestOutcome.SURVIVED]
    for result in alive:
        print(result.diff)
    print(f"{room}: {len(done) - len(alive)} of {len(done)} mutants killed, of {among} that there are")
    return len(alive)


def main() -> int:
    """Draw mutants of a room and print how many the tests kill."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("room", choices=ROOMS)
    parser.add_argument("--mutants", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    code, tests = ROOMS[asked.room]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "tree"
        copied(ROOT, place)
        config, session = Path(folder) / "config.toml", Path(folder) / "session.sqlite"
        environment = os.environ | {"PYTHONPATH": str(place / ".dev")}
        run = lambda *words: subprocess.run(  # noqa: E731
            [sys.executable, "-m", *words], check=True, cwd=place, env=environment
        )
        pytest = ["pytest", "-x", "-q", "-p", "no:cacheprovider", *tests.split()]
        run(*pytest)  # compiles all that mutants share, too
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        limit = int(SLOWEST * (used.ru_utime + used.ru_stime)) + 1
        command = shlex.join([sys.executable, "-m", *pytest])
        config.write_text(CONFIG.format(code=json.dumps(code), timeout=STUCK, limit=limit, command=command))
        run("cosmic_ray.cli", "init", str(config), str(session))
        among = sampled(session, asked.mutants, asked.seed)
        run("cosmic_ray.cli", "exec", str(config), str(session))
        return min(report(session, asked.room, among), 1)


if __name__ == "__main__":
    sys.exit(main())
