"""Workers in other processes: the same results in the same order, whatever happens to them."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sensa import processors
from sensa.distributed import calls
from sensa.distributed.processes import Processes
from sensa.distributed.remote import MAX_LOST, Call, Remote
from sensa.engines.protocol import Draws
from sensa.portfolios.dimensions import of_number
from sensa.portfolios.plan import Options, Plan, plan
from sensa.portfolios.running import run
from sensa.sampling.executor import Executor, Piece
from sensa.sampling.settings import Settings
from sensa.sampling.workers import WorkersLost
from tests.short_stories import beta, story

A = "assumptions.a.credence"
TWO = story(beta("a", 8, 2) + beta("b", 6, 4), "not a and not b", "not b")
PIECES = [Piece(0, start, 1) for start in range(40)]


@pytest.fixture(autouse=True)
def _all_processors() -> Iterator[None]:
    """What a call decides for a worker is not for this process."""
    yield
    processors._given.clear()


@dataclass
class Fake(Remote):
    """Workers in this process, which compute when they are waited for, the last call first; some are lost."""

    loses: tuple[int, ...] = ()  # the calls, by their number
    sent: int = 0

    def send(self, call: Call) -> Any:
        self.sent += 1
        return [self.sent - 1, call, None]

    def wait(self, futures: Collection[Any]) -> Collection[Any]:
        last = list(futures)[-1]
        number, call, _ = last
        if number not in self.loses:
            last[2] = calls.call(call.work, call.arguments, self.expected)
        return [last]

    def is_lost(self, future: Any) -> bool:
        return future[2] is None

    def result(self, done: Call) -> Any:
        return done.future[2]


def squared(piece: Piece, draws: Draws) -> tuple[int, Draws]:
    return piece.start**2, draws


EXPECTED = [(piece, (piece.start**2, Draws(0, piece.start, 1))) for piece in PIECES]


@pytest.mark.parametrize("least", [0.0, 10.0])
@pytest.mark.parametrize("most", [1, 3])
@pytest.mark.parametrize("loses", [(), (0,), (1, 2, 3, 5, 8)])
def test_order_and_results_depend_neither_on_grouping_nor_on_losses(
    least: float, most: int, loses: tuple[int, ...]
) -> None:
    workers = Fake(most, least, loses=loses)
    assert list(Executor(workers=workers).map(squared, PIECES)) == EXPECTED
    assert (workers.sent < 20) == (least > 0)  # short blocks go together
    assert workers.lost == sum(number < workers.sent for number in loses)


def test_workers_that_are_always_lost_end_the_run() -> None:
    workers = Fake(2, loses=tuple(range(10_000)))
    with pytest.raises(WorkersLost, match=f"lost {MAX_LOST} times without finishing a block"):
        list(Executor(workers=workers).map(squared, PIECES))


def test_other_versions_are_refused() -> None:
    workers = Fake(2, expected={**calls.versions(), "numpy": "1.0"})
    with pytest.raises(
        WorkersLost, match=r"a worker has other versions: `numpy` is `.*` there and `1\.0` here"
    ):
        list(Executor(workers=workers).map(squared, PIECES))


def test_work_is_unpickled_once() -> None:
    """And forgotten after some others."""
    work = calls.Work.of(squared)
    calls._kept.clear()
    for _ in range(3):
        calls.call(work, (PIECES[3], Draws()), calls.versions())
    assert list(calls._kept) == [work.key]
    for number in range(calls.MAX_KEPT):
        calls.call(calls.Work.of(number.__add__), (1,), calls.versions())
    assert work.key not in calls._kept


def slowly(piece: Piece, draws: Draws) -> int:
    """Leaves the number of its process, and waits to be killed at the first try of piece 20."""
    folder = Path(os.environ["SENSA_TEST_FOLDER"])
    first = not list(folder.glob(f"{piece.start}-*"))
    (folder / f"{piece.start}-{os.getpid()}").touch()
    time.sleep(60.0 if first and piece.start == 20 else 0.05)
    return piece.start


@pytest.fixture
def grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.toml").write_text(TWO)
    dimension = of_number(A, np.linspace(0, 1.25, 60))  # some of them are wrong
    return plan(["two.toml", "missing.toml"], (dimension,), Options(Settings(points=64)))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
def test_processes_one_of_which_is_killed(
    grid: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same results as in this process, of a portfolio too, to the last bit."""
    monkeypatch.setenv("SENSA_TEST_FOLDER", str(tmp_path))

    def kill() -> None:
        while not (found := list(tmp_path.glob("20-*"))):
            time.sleep(0.01)
        os.kill(int(found[0].name.partition("-")[2]), signal.SIGKILL)

    with Processes(2) as workers:
        killer = threading.Thread(target=kill)
        killer.start()
        found = [result for _, result in Executor(workers=workers).map(slowly, PIECES)]
        killer.join()
        assert found == list(range(40))
        assert workers.lost >= 1
        assert run(grid, workers=workers).identical(run(grid))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
def test_a_loss_that_the_next_call_notices_is_counted(tmp_path: Path) -> None:
    """Once, although its processes are replaced before anybody asks for a result."""
    with Processes(1) as workers:
        waiting = [workers.submit(ends_once, str(tmp_path / name)) for name in "ab"]
        assert isinstance(waiting[0].future.exception(timeout=60), BrokenProcessPool)
        waiting.append(workers.submit(ends_once, str(tmp_path / "c")))
        results = []
        while waiting:
            done = workers.first_done(waiting)
            waiting.remove(done)
            results.append(workers.result(done))
        assert sorted(results) == ["a", "b", "c"]
        assert workers.lost == 1


def ends_once(path: str) -> str:
    """The first try of `a` ends its process."""
    mine = Path(path)
    if mine.name == "a" and not mine.exists():
        mine.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return mine.name


def asleep(begun: str) -> None:
    Path(begun).touch()
    time.sleep(60.0)


def test_processes_are_left_at_once(tmp_path: Path) -> None:
    """After an interrupt nobody waits for a call that still runs, here for a minute."""
    begun = tmp_path / "begun"
    with Processes(1) as workers:
        workers.submit(asleep, str(begun))
        while not begun.exists():
            time.sleep(0.01)
        start = time.monotonic()
    assert time.monotonic() - start < 30


def clusters() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=50
    ) as cluster:
        yield cluster


@pytest.fixture
def cluster() -> Iterator[Any]:
    pytest.importorskip("distributed")
    yield from clusters()


def working(cluster: Any) -> list[int]:
    """Processes that may be killed: while one starts, a kill would end its nanny too, for good.

    So there are others at work besides.
    """
    there = set(cluster.scheduler.workers)
    at_work = [nanny for nanny in cluster.workers.values() if nanny.pid and nanny.worker_address in there]
    return [nanny.pid for nanny in at_work] if len(at_work) > 1 else []


@pytest.mark.slow  # starts a cluster
@pytest.mark.filterwarnings("ignore")  # Dask's own, of killed workers
def test_a_cluster_whose_workers_are_killed(
    cluster: Any, grid: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kills at random moments, each after another block is done; bit by bit as in this process.

    Up to twenty: fewer if the work is done before others have started again.
    """
    from sensa.distributed.dask_workers import DaskWorkers

    monkeypatch.chdir(tmp_path)
    long = replace(grid, dimensions=(of_number(A, np.linspace(0, 1.25, 1600)),))
    draw = random.Random(int.from_bytes(os.urandom(4), "little"))
    done, kills, stop = [0], [0], threading.Event()

    def kill() -> None:
        for number in range(20):
            before = done[0]
            while done[0] == before and not stop.is_set():
                time.sleep(0.02)
            time.sleep(draw.uniform(0.0, 0.2))
            while not (processes := working(cluster)) and not stop.is_set():
                time.sleep(0.02)
            if not stop.is_set():
                os.kill(processes[number % len(processes)], signal.SIGKILL)
                kills[0] += 1

    def progress(what: str, share: float) -> None:
        done[0] += 1

    with DaskWorkers(cluster.scheduler_address) as workers:
        assert workers.most == 4
        killer = threading.Thread(target=kill)
        killer.start()
        found = run(long, progress, workers=workers)
        stop.set()
        killer.join()
    assert kills[0] >= 5
    assert found.identical(run(long))


@dataclass
class Unfetched:
    """A future of Dask whose result cannot be fetched."""

    status: str

    def result(self) -> Any:
        raise OSError("connection reset by peer")


def test_a_scheduler_that_is_lost_while_a_result_is_fetched_is_said() -> None:
    """The client may not know it yet. What a call itself has raised is another thing."""
    pytest.importorskip("distributed")
    from sensa.distributed.dask_workers import DaskWorkers

    workers = object.__new__(DaskWorkers)
    workers._gone = "the scheduler is gone"
    call = Call(calls.Work("", b""), ())
    for status, kind in (("finished", WorkersLost), ("cancelled", WorkersLost), ("error", OSError)):
        call.future = Unfetched(status)
        with pytest.raises(kind):
            workers.result(call)


def test_a_cluster_that_has_lost_all_its_workers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, in which others may come; the run would wait for ever."""
    distributed = pytest.importorskip("distributed")
    from sensa.distributed import dask_workers

    looks = [{}, {"tcp://127.0.0.1:5": 1}, {}, {}, {}]  # a worker comes, and is lost again

    class Client:
        as_current = staticmethod(nullcontext)
        nthreads = staticmethod(lambda: looks.pop(0))

    def never(*_: object, **__: object) -> None:
        raise TimeoutError

    now = count(0.0, 20.0)  # two readings a look
    monkeypatch.setattr(distributed, "wait", never)
    monkeypatch.setattr(dask_workers, "monotonic", lambda: next(now))
    workers = object.__new__(dask_workers.DaskWorkers)
    workers._client, workers._deserted = Client(), "no worker"
    with pytest.raises(WorkersLost, match="no worker"):
        workers.wait([])
    assert looks == []


def test_what_is_no_scheduler_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from sensa.distributed import dask_workers

    monkeypatch.setattr(dask_workers, "CONNECT_SECONDS", 0.5)
    with pytest.raises(WorkersLost, match=r"no scheduler at tcp://127.0.0.1:9|Dask is not installed"):
        dask_workers.DaskWorkers("tcp://127.0.0.1:9")
    with pytest.raises(WorkersLost, match=r"tls://127.0.0.1:9: no certificates|Dask is not installed"):
        dask_workers.DaskWorkers("tls://127.0.0.1:9")


@pytest.mark.slow  # Dask's imports, in a process of its own
def test_the_command_line_finds_dask_where_it_is_asked_for(tmp_path: Path) -> None:
    """It hides Dask from xarray until then."""
    pytest.importorskip("distributed")
    (tmp_path / "story.toml").write_text(TWO)
    done = subprocess.run(
        [sys.executable, "-m", "sensa", "run", "story.toml", "--scheduler", "tls://127.0.0.1:9"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 3
    assert "tls://127.0.0.1:9: no certificates" in done.stderr


CALLING = """
import os
from sensa.distributed.processes import Processes

if __name__ == "__main__":
    with Processes(1) as workers:
        call = workers.submit(os.getpid)
        print(workers.result(workers.first_done([call])) != os.getpid(), "PYTHONSAFEPATH" in os.environ)
"""


def test_processes_import_nothing_from_the_working_directory(tmp_path: Path) -> None:
    """Of a stranger's checkout: what a new interpreter imports before it gets the path of this one."""
    own, stranger = tmp_path / "own", tmp_path / "stranger"
    for folder in (own, stranger):
        folder.mkdir()
    (own / "calling.py").write_text(CALLING, "utf-8")
    for name in ("multiprocessing", "pickle", "socket", "selectors"):
        (stranger / f"{name}.py").write_text(f"open({str(tmp_path / name)!r}, 'a').close()\n", "utf-8")
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    done = subprocess.run(
        [sys.executable, own / "calling.py"],
        cwd=stranger,
        env=inherited | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True False\n", "")
    assert {one.name for one in tmp_path.iterdir()} == {"own", "stranger"}
