"""Which tests take the processor's time: of the ordinary suite by room and by test, on two cores.

python benchmarks/suite_times.py [PYTEST ARGUMENT...]
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLACE = "SUITE_TIMES"  # where workers write theirs
SLOWEST = 20


def spent() -> float:
    """Seconds of processor time of this process and of those that it has waited for."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


class Meter:
    """A plugin of pytest, in each worker."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Called by pytest for each test with its fixtures: measure it."""
        before = spent()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = spent() - before

    def pytest_sessionfinish(self) -> None:
        """Called by pytest at the end: write what was measured."""
        place = Path(os.environ[PLACE], f"{os.getpid()}.json")
        place.write_text(json.dumps(self.seconds), "utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Called by pytest, of which this file is then a plugin."""
    config.pluginmanager.register(Meter())


def room(test: str) -> str:
    """The folder of a test in `tests/`, or "" for those directly in it."""
    folder = Path(test.split("::", maxsplit=1)[0]).parts[1:-1]
    return folder[0] if folder else ""


def main() -> None:
    """Run the suite, and print what took how long."""
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "pytest", "-n", "2", "-p", "suite_times", *sys.argv[1:]]
        paths = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONPATH": paths, PLACE: place}
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
        seconds: dict[str, float] = {}
        for file in Path(place).iterdir():
            seconds |= json.loads(file.read_text("utf-8"))
    rooms, tests = defaultdict[str, float](float), defaultdict[str, float](float)
    for test, took in seconds.items():
        rooms[room(test)] += took
        tests[test.split("[")[0]] += took
    print(f"{len(seconds)} tests, {sum(seconds.values()):.0f} s of processor time")
    for times, most in ((rooms, len(rooms)), (tests, SLOWEST)):
        print()
        for name, took in sorted(times.items(), key=lambda item: -item[1])[:most]:
            print(f"{took:7.1f} s  {name or '(tests of the whole)'}")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
