"""`sensa check` of many stories by several processes: as by one."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from sensa import processors
from sensa.cli import many_checks
from sensa.cli.check_story import Wanted, wanted_by
from sensa.cli.exit_codes import Code
from sensa.cli.many_checks import Checks
from sensa.sampling.executor import Executor
from sensa.sampling.workers import WorkersLost
from tests.short_stories import ASSUMPTION, story

GOOD = story(ASSUMPTION.format(name="a", credence=0.9), "not a")
LIMITED = GOOD + '[properties.p]\nclaim = "c"\nrequire = "P(bad) <= 0.05"\n'
WRONG = GOOD.replace("not a", "not b")
STORIES = {"first": GOOD, "fails": LIMITED, "wrong": WRONG, "broken": GOOD, "last": LIMITED, "none": "="}
OPTIONS = {
    "today": None, "fail_on": "error", "properties": None, "seed": 0, "engine": "auto", "alpha": 1e-3,
    "seconds": 60.0, "against": None, "config_from": None,
}  # fmt: skip
# Patched in this process, and so in those that are forked from it.
HEAD = """
import json, os, signal, sys, time
from typer.testing import CliRunner
from sensa import processors
from sensa.cli import app, check_story, many_checks

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
many_checks.MIN_STORIES_DONE = many_checks.MIN_SECONDS_LEFT = 0
processors.use(2)
made, parent = check_story._made, os.getpid()
"""
SAME = """
def failing(file, wanted):
    if file == "broken.toml":
        raise OverflowError("of ours")
    return made(file, wanted)

check_story._made = failing
found = []
for count in (1, 2):
    processors.use(count)
    for format in ("text", "json"):
        done = CliRunner().invoke(app, ["check", "--no-cache", "--format", format, *sys.argv[1:]])
        found.append([done.exit_code, done.stdout, done.stderr])
print(json.dumps(found))
"""
KILLED = """
def killed(file, wanted):
    if os.getpid() != parent and file == "wrong.toml":
        os.kill(os.getpid(), signal.SIGKILL)
    return made(file, wanted)

if __name__ == "__main__":
    check_story._made = killed
    app(["check", "--no-cache", *sys.argv[1:]], prog_name="sensa")
"""
SLOW = """
def slow(file, wanted):
    if file == "last.toml":
        print("slow", file=sys.__stderr__, flush=True)
        time.sleep(60)
    return made(file, wanted)

check_story._made = slow
app(["check", "--no-cache", *sys.argv[1:]], prog_name="sensa")
"""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere processes are not forked")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    for name, text in STORIES.items():
        Path(f"{name}.toml").write_text(text, "utf-8")
    return [f"{name}.toml" for name in STORIES]


def started(body: str, files: Sequence[str]) -> "subprocess.Popen[str]":
    Path("run.py").write_text(HEAD + body, "utf-8")
    command = [sys.executable, "run.py", *files]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_all_is_as_in_one_process(files: list[str]) -> None:
    """What is printed, its order, what is said of failures, and the exit code."""
    said, errors = started(SAME, files).communicate(timeout=60)
    alone, alone_json, shared, shared_json = json.loads(said.splitlines()[-1])
    assert not errors
    assert shared == alone
    assert shared[0] == Code.INTERNAL
    assert "sensa: broken.toml: an internal error, not one of the story: OverflowError: of ours" in shared[2]
    one, other = (json.loads(found[1]) for found in (alone_json, shared_json))
    assert [each["file"] for each in one["stories"]] == files
    assert without_times(one) == without_times(other)
    assert shared_json[::2] == alone_json[::2]


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_times(one) for key, one in value.items() if key != "seconds"}
    return [without_times(one) for one in value] if isinstance(value, list) else value


def test_a_process_that_is_killed_is_replaced(files: list[str]) -> None:
    """By one that starts anew, where nothing kills it."""
    running = started(KILLED, files)
    said, errors = running.communicate(timeout=60)
    assert running.returncode == Code.WRONG, errors
    assert [name for name in STORIES if f"{name}.toml" in said + errors] == list(STORIES)


def test_ctrl_c_ends_all_processes(files: list[str]) -> None:
    """What is done is printed; the story in its turn is the last."""
    running = started(SLOW, files)
    assert running.stderr is not None
    assert running.stderr.readline() == "slow\n"
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text("utf-8").split()
    running.send_signal(signal.SIGINT)
    try:
        said, errors = running.communicate(timeout=20)
    finally:
        running.kill()
    assert running.returncode == Code.INTERRUPTED
    assert errors.endswith("interrupted\n")
    assert "first.toml" in said
    assert children
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def wanted(**options: Any) -> Wanted:
    return wanted_by(OPTIONS | options, endings=False)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processors, and processes as soon as there is more than one story."""
    monkeypatch.setattr(many_checks, "MIN_STORIES_DONE", 0)
    monkeypatch.setattr(many_checks, "MIN_SECONDS_LEFT", 0.0)
    monkeypatch.setattr(processors, "count", lambda: 2)


def test_stories_whose_processes_are_lost_are_undecided(
    files: list[str], shared: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lost(*_: object) -> Iterator[Any]:
        raise WorkersLost("workers were lost 10 times without finishing a block")
        yield

    monkeypatch.setattr(Executor, "map", lost)
    found = list(Checks(wanted(), cached=False, verbose=False).reviews(files))
    assert [one.file for one in found] == files
    assert {(one.state, one.exit_code) for one in found} == {("undecided", Code.UNDECIDED)}
    assert (
        capsys.readouterr().err == "sensa: first.toml: workers were lost 10 times without finishing a block\n"
    )


@pytest.mark.parametrize("odd", ["-", "/dev/stdin", "/proc/self/fd/0", "gone.toml", "pipe"])
def test_what_another_process_may_find_otherwise_is_read_here(
    odd: str, files: list[str], shared: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo("pipe")
    monkeypatch.setattr(Checks, "_by_processes", lambda *_: pytest.fail("by processes"))
    monkeypatch.setattr(Checks, "review", lambda self, file: many_checks.interrupted(file))
    for checks in (
        Checks(wanted(), cached=False, verbose=False).reviews([*files, odd]),
        Checks(wanted(properties=odd), cached=False, verbose=False).reviews(files),
    ):
        assert [one.file for one in checks] == files[:1]


def test_few_stories_are_checked_by_one_process(files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processors, "count", lambda: 2)
    monkeypatch.setattr(Checks, "_by_processes", lambda *_: pytest.fail("by processes"))
    assert len(list(Checks(wanted(), cached=False, verbose=False).reviews(files))) == len(files)
