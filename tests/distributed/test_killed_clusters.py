"""A run on a Dask cluster whose workers, scheduler and client are killed: nothing that was done is lost."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from tests.forks import started
from tests.short_stories import beta, story

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,  # starts clusters
    pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX"),
]
KILLED = ("worker", "scheduler", "client")
SENSA = [sys.executable, "-m", "sensa"]
SWEEP = [
    "run",
    "two.toml",
    "--sweep",
    "assumptions.a.credence=0.1:0.9:20",
    "--sweep",
    "assumptions.b.credence=0.1:0.9:16",
    "--points",
    "64",
    "--format",
    "json",
]
BLOCKS = 40  # of 8 cells each


@contextmanager
def cluster(folder: Path) -> Iterator[dict[str, BaseProcess]]:
    """A scheduler and two workers, each a process of its own; a worker ends with its scheduler."""
    file = folder / "scheduler.json"
    file.unlink(missing_ok=True)
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", "0", *common]
    worker = ["worker", "--nthreads", "1", "--no-nanny", "--death-timeout", "30", *common]
    processes = {"scheduler": started("dask", *scheduler, folder=folder)}
    processes |= {name: started("dask", *worker, folder=folder) for name in ("worker", "another")}
    while not file.exists() or not file.stat().st_size:
        time.sleep(0.05)
    try:
        yield processes
    finally:
        for process in processes.values():
            process.kill()
            process.join()


def done(store: Path) -> int:
    with suppress(FileNotFoundError):
        return (store / "done.log").read_bytes().count(b"\n")
    return 0


def killed(kind: str, folder: Path, store: str, blocks: int) -> int:
    """A run in which one process is killed once there are so many more blocks; the client's exit code."""

    with cluster(folder) as processes:
        address = json.loads((folder / "scheduler.json").read_text())["address"]
        there = ["--scheduler", address, "--store", store, "--resume"]
        before = done(folder / store)
        files = {"out": folder / "out.json", "err": folder / "err.txt"}
        client = processes["client"] = started("sensa", *SWEEP, *there, folder=folder, **files)
        while client.is_alive() and done(folder / store) < before + blocks:
            time.sleep(0.002)
        processes[kind].kill()
        client.join(timeout=120)
        assert client.exitcode is not None, "the client goes on for ever"
        return client.exitcode


def test_at_any_moment(tmp_path: Path) -> None:
    """Twenty-one times, each a third of the kinds, after a random number of further blocks.

    When a store is complete, another is begun. Every result is the same to the last byte, so no seed can
    raise a false alarm.
    """
    (tmp_path / "two.toml").write_text(story(beta("a", 8, 2) + beta("b", 6, 4), "not a and not b", "not b"))
    whole = subprocess.run([*SENSA, *SWEEP], cwd=tmp_path, capture_output=True, check=True).stdout
    draw = random.Random(int.from_bytes(os.urandom(4), "little"))
    kinds = list(KILLED * 7)
    draw.shuffle(kinds)
    begun, happened = 0, dict.fromkeys(KILLED, 0)
    for kind in kinds:
        store = f"runs{begun}"
        before = done(tmp_path / store)
        code = killed(kind, tmp_path, store, draw.randrange(1, 12))
        said = (tmp_path / "err.txt").read_text()
        assert "Traceback" not in said, said
        assert done(tmp_path / store) >= before
        if code == 0:
            assert done(tmp_path / store) == BLOCKS
            assert (tmp_path / "out.json").read_bytes() == whole
            begun += 1
        elif kind == "client":
            assert code == -signal.SIGKILL
        else:  # a worker alone ends no run
            assert (kind, code) == ("scheduler", 3), said
            assert "the scheduler at tcp://127.0.0.1:" in said
            assert "is gone" in said
            assert "kept, and `--resume` goes on" in said
        happened[kind] += 1
    resume = [*SENSA, *SWEEP, "--store", f"runs{begun}", "--resume"]
    assert subprocess.run(resume, cwd=tmp_path, capture_output=True, check=True).stdout == whole
