"""What writers leave beside their targets: nothing, or what the next one removes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sensa import aside, store
from tests.small_results import names_in, small

NAMES = {"nc": "result.nc", "zarr": "result.zarr"}
KILLED = """
import os, pathlib, signal, sys
from sensa import store
from tests.test_store import small

target, kind, call, count = sys.argv[1:]
module, name = {"os": os, "path": pathlib.Path}[call.split(".")[0]], call.split(".")[1]
real, calls = getattr(module, name), []

def killing(*arguments):
    # Parts of a Zarr store are renamed within it; what counts is beside the target.
    if pathlib.Path(arguments[1]).parent == pathlib.Path(target).parent:
        calls.append(arguments)
        if len(calls) == int(count):
            os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments)

setattr(module, name, killing)
store.write(small("new"), target, kind)
"""


def killed(target: Path, kind: str, call: str, count: int) -> None:
    """A writer in a process of its own, killed as it makes a call for the count-th time."""
    arguments = [sys.executable, "-c", KILLED, str(target), kind, call, str(count)]
    done = subprocess.run(arguments, check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("kind", "call", "count", "left"),
    [
        ("nc", "os.replace", 1, "old"),
        ("zarr", "path.rename", 1, "old"),
        ("zarr", "path.rename", 2, None),  # the old one stepped aside, and the new one is not in place
    ],
)
def test_what_a_killed_writer_leaves_goes_with_the_next(
    kind: str, call: str, count: int, left: str | None, tmp_path: Path
) -> None:
    target = tmp_path / NAMES[kind]
    store.write(small("old"), target, kind)
    killed(target, kind, call, count)
    assert len(names_in(tmp_path)) == 2
    assert target.exists() == (left is not None)
    store.require_writable(target, kind)  # what a run asks before it starts
    assert names_in(tmp_path) == [target.name]
    assert store.read(target).attrs["story"] == "old"
    store.write(small("new"), target, kind)
    assert names_in(tmp_path) == [target.name]
    assert store.read(target).attrs["story"] == "new"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no locks")
@pytest.mark.parametrize("kind", NAMES)
def test_an_interrupt_as_it_is_locked_leaves_nothing(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def interrupted(lock: int, how: int) -> None:
        flock(lock, how)
        if how == fcntl.LOCK_EX:
            raise KeyboardInterrupt

    flock = fcntl.flock
    monkeypatch.setattr("fcntl.flock", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.write(small("new"), tmp_path / NAMES[kind], kind)
    assert names_in(tmp_path) == []


def test_what_is_being_written_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "result.nc"
    with aside.aside(target) as new:
        store.write_bytes(b"other", target)
        assert new.exists()
        new.unlink()
    assert names_in(tmp_path) == ["result.nc"]


def test_only_names_of_ours_are_removed(tmp_path: Path) -> None:
    theirs = [
        ".result.nc.sensa-part",
        ".result.nc.abcdefgh.part",
        ".other.nc.abcdefgh.sensa-part",
        "result.nc.abcdefgh.sensa-part",
    ]
    for name in [*theirs, ".result.nc.abcdefgh.sensa-part"]:
        (tmp_path / name).write_bytes(b"")
    (tmp_path / ".result.nc.12345678.sensa-part").symlink_to(tmp_path / "result.nc.abcdefgh.sensa-part")
    store.write_bytes(b"x", tmp_path / "result.nc")
    assert names_in(tmp_path) == sorted(["result.nc", *theirs])


def test_without_locks_what_is_old_is_left_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", refused)
    young, old = (tmp_path / f".x.{name}.sensa-part" for name in ("youngone", "oldoldol"))
    young.write_bytes(b"")
    old.write_bytes(b"")
    os.utime(old, (0, 0))
    store.write_bytes(b"x", tmp_path / "x")
    assert names_in(tmp_path) == [young.name, "x"]


@pytest.mark.parametrize("name", ["é" * 127, "𝄞" * 63, "n" * 255])
def test_the_longest_names_can_be_written(name: str, tmp_path: Path) -> None:
    store.write_bytes(b"x", tmp_path / name)
    assert names_in(tmp_path) == [name]
