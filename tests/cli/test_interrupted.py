"""Signals at any moment, from the first import to the last write: a code, no traceback, only whole files."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest

from sensa import store
from tests.reports.result.held_to_schema import held_to_schema
from tests.short_stories import ASSUMPTION, story

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# What the interpreter does with a signal before it comes to the first line of ours is its own.
CHILD = """
import os, sys
from sensa import __main__ as entry
entry.interruptible()
os.write(int(sys.argv.pop(1)), b"x")
entry.main()
"""
KINDS: dict[str, str] = {"out.nc": "nc", "out.zarr": "zarr"}
OUTPUTS = ("--format", "json", "--output", "json=out.json")
COMMANDS = {
    "run": ("run", "story.toml", *OUTPUTS, *(f"--output={kind}={name}" for name, kind in KINDS.items())),
    "check": ("check", "story.toml", "--no-cache", *OUTPUTS),
    "new": ("new", "fresh.toml"),
}
STORY = story(ASSUMPTION.format(name="a", credence="{ low = 0.2, high = 0.6 }"), "not a")
STORY += '\n[properties.p]\nrequire = "P(bad) <= 0.9"\n'


@dataclass(frozen=True)
class Ended:
    """How a command ended, and after how many seconds."""

    code: int
    stdout: str
    stderr: str
    seconds: float


def heard() -> None:
    """In the child: signals do what they do in a terminal, also if the tests run in a shell's background."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)


def ended(command: tuple[str, ...], folder: Path, after: float | None = None, number: int = 0) -> Ended:
    """A command in a process of its own, with a signal sent so many seconds after its first line."""
    (folder / "story.toml").write_text(STORY)
    mine, its = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(its), *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        pass_fds=[its],
        preexec_fn=heard,  # noqa: PLW1509 - there are no threads
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(its)
    assert os.read(mine, 1) == b"x"
    os.close(mine)
    start = time.monotonic()
    if after is not None:
        time.sleep(after)
        process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    return Ended(process.returncode, stdout, stderr, time.monotonic() - start)


def held(done: Ended, number: int, folder: Path) -> None:
    """An interrupted command says so by its code, and leaves nothing that is not whole."""
    assert done.code in (0, 130, -number), done
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    if done.code == 130:
        assert "interrupted" in done.stderr
    elif "fresh.toml" not in done.stderr:  # it had said everything, and the interpreter was at its end
        assert done.stdout
    if done.stdout:
        whole(done.stdout)
    for path in folder.iterdir():
        assert not path.name.startswith("."), "something was left aside"
        if path.name in KINDS:
            assert store.read(path).attrs["story"]
        elif path.suffix == ".json":
            whole(path.read_text())
        elif path.name == "fresh.toml":
            assert path.read_text().endswith("\n")


def whole(text: str) -> None:
    """A document of a run or of reviews, with its stories in it."""
    document = json.loads(text)
    if document["format"].startswith("sensa-run"):
        held_to_schema(document)
    assert document["stories"]


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """How long the commands take when nothing stops them; so small a story takes no compiled code."""
    found = {}
    for name, command in COMMANDS.items():
        done = ended(command, tmp_path_factory.mktemp(name))
        assert done.code == 0
        found[name] = done.seconds
    return found


def killed_at_random(name: str, rounds: int, seconds: float, tmp_path: Path) -> None:
    chance = random.Random(f"{name} {rounds}")
    for turn in range(rounds):
        folder = tmp_path / str(turn if chance.random() < 0.5 else "the same")
        folder.mkdir(exist_ok=True)
        (folder / "fresh.toml").unlink(missing_ok=True)
        number = chance.choice(SIGNALS)
        done = ended(COMMANDS[name], folder, chance.uniform(0, 1.1) * seconds, number)
        held(done, number, folder)


@pytest.mark.parametrize(("name", "rounds"), [("run", 1), ("check", 2), ("new", 1)])
def test_signals_at_any_moment(name: str, rounds: int, lasting: dict[str, float], tmp_path: Path) -> None:
    killed_at_random(name, rounds, lasting[name], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rounds"), [("run", 60), ("check", 60), ("new", 60)])
def test_signals_at_many_moments(name: str, rounds: int, lasting: dict[str, float], tmp_path: Path) -> None:
    killed_at_random(name, rounds, lasting[name], tmp_path)


def test_before_the_first_import_an_interrupt_is_no_traceback(tmp_path: Path) -> None:
    for number in SIGNALS:
        tries = (ended(("--help",), tmp_path, 0.0, number) for _ in range(20))
        done = next(done for done in tries if done.code != 0)  # on a busy machine it may end first
        assert (done.code, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_what_the_process_was_told_to_ignore_is_ignored(tmp_path: Path) -> None:
    """As under `nohup`."""
    code = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    code += "import os; from sensa.__main__ import interruptible; interruptible()\n"
    code += "os.kill(os.getpid(), signal.SIGHUP); print('still here')"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "still here\n"


def test_a_run_that_is_interrupted_before_it_has_anything_says_so() -> None:
    from sensa.cli.failing import failure
    from sensa.reports.result.json import run_document, unanswered_story

    failed = failure(KeyboardInterrupt())
    one = unanswered_story(
        "a.toml", status=failed.status, message=failed.message, exit_code=failed.code, problems=()
    )
    held_to_schema(run_document([one], failed.code))
    with pytest.raises(jsonschema.ValidationError):
        held_to_schema(run_document([{**one, "exit_code": 0}], failed.code))
