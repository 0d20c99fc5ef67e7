"""`sensa run --store DIR --resume`: what was killed goes on, and gives what it would have given."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import Result

from sensa.engines.protocol import FIRST_DRAWS, Draws
from sensa.portfolios.cells import Cells, Found
from sensa.portfolios.plan import Task
from tests.forks import started
from tests.short_stories import beta, story

Call = Callable[..., Result]
A, B = "assumptions.a.credence", "assumptions.b.credence"
TWO = story(beta("a", 8, 2) + beta("b", 6, 4), "not a and not b", "not b")
SENSA = [sys.executable, "-m", "sensa"]
SWEEP = [
    "run",
    "two.toml",
    "--sweep",
    f"{A}=0.1:0.9:20",
    "--sweep",
    f"{B}=0.1:0.9:8",
    "--points",
    "64",
]  # 20 blocks
SAMPLED = ["run", "two.toml", "--engine", "montecarlo", "--precision", "4e-5", "--analyses", "kinds"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits are those of POSIX")


@pytest.fixture
def run(sensa_at: Call, tmp_path: Path) -> Call:
    (tmp_path / "two.toml").write_text(TWO)
    return sensa_at


def blocks(store: Path) -> int:
    """How many blocks are done."""
    with suppress(FileNotFoundError):
        return (store / "done.log").read_bytes().count(b"\n")
    return 0


def killed(arguments: list[str], number: int, ripe: Callable[[], bool]) -> int:
    """Start a run, send it a signal once it is ripe, and give its exit code."""
    process = subprocess.Popen([*SENSA, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not ripe():
        time.sleep(0.002)
    process.send_signal(number)
    return process.wait()


def test_a_run_is_resumed_and_refused_where_it_differs(run: Call, tmp_path: Path) -> None:
    whole = run(*SWEEP, "--output", "csv=whole.csv")
    assert whole.exit_code == 0, whole
    assert run(*SWEEP, "--store", "runs").exit_code == 0
    again = run(*SWEEP, "--store", "runs")
    assert again.exit_code == 2
    assert "runs: has blocks of a run already; `--resume` goes on with it" in again.stderr
    resumed = run(*SWEEP, "--store", "runs", "--resume", "--output", "csv=resumed.csv")
    assert resumed.stdout == whole.stdout
    assert Path("resumed.csv").read_bytes() == Path("whole.csv").read_bytes()
    for further, said in (
        (["--seed", "1"], "`seed` was `0`, is `1`"),
        (["--sweep", "assumptions.a.credence=0.5"], "swept twice"),
        (["--engine", "exact"], "`engine` was `auto`, is `exact`"),
    ):
        refused = run(*SWEEP, *further, "--store", "runs", "--resume")
        assert refused.exit_code == 2
        assert said in " ".join(refused.stderr.split())
    Path("two.toml").write_text(TWO.replace("[8, 2]", "[8, 3]"))
    refused = run(*SWEEP, "--store", "runs", "--resume")
    assert "story `two.toml` has changed" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["two.toml", "--resume"], "name the directory of the run: `--store DIR`"),
        (["two.toml", "two.toml", "--store", "runs"], "one story, or with `--portfolio` several"),
        (["two.toml", "--portfolio", "--store", "."], "is not a store of blocks; it is left as it is"),
        (["two.toml", "--portfolio", "--store", "no/where"], "no/where: no such file or directory"),
        (["two.toml", "--portfolio", "--store", "two.toml"], "two.toml: is not a directory"),
        (
            ["two.toml", "--portfolio", "--store", "runs", "--output", "csv=runs/run.json"],
            "runs/run.json: is in the store",
        ),
        (["two.toml", "--store", "runs", "--output", "html=runs/a.html"], "runs/a.html: is in the store"),
    ],
)
def test_wrong_usage(run: Call, arguments: list[str], said: str) -> None:
    result = run("run", *arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert Path("two.toml").read_text() == TWO


def test_a_damaged_block_is_reported_and_computed_again(run: Call) -> None:
    whole = run(*SWEEP, "--store", "runs")
    chunk = Path("runs/blocks.zarr/cells/3.0.0")
    data = bytearray(chunk.read_bytes())
    data[100] ^= 4
    chunk.write_bytes(data)
    again = run(*SWEEP, "--store", "runs", "--resume")
    assert again.stdout == whole.stdout
    assert again.stderr == "1 damaged block in runs was computed again\n"
    assert run(*SWEEP, "--store", "runs", "--resume").stderr == ""


@posix
def test_a_killed_run_goes_on(run: Call, tmp_path: Path) -> None:
    """`kill -9` after the third block; the rest gives the same bytes."""
    run(*SWEEP, "--output", "csv=whole.csv")
    store = tmp_path / "runs"
    code = killed([*SWEEP, "--store", "runs", "--quiet"], signal.SIGKILL, lambda: blocks(store) >= 3)
    assert code == -signal.SIGKILL
    before = blocks(store)
    assert 3 <= before < 20
    resumed = run(*SWEEP, "--store", "runs", "--resume", "--output", "csv=resumed.csv")
    assert resumed.exit_code == 0
    assert blocks(store) == 20  # nothing was computed twice, but the block in work
    assert Path("resumed.csv").read_bytes() == Path("whole.csv").read_bytes()


def interrupted_after(monkeypatch: pytest.MonkeyPatch, blocks: int) -> None:
    """An interrupt in the block after so many."""
    whole = Cells.__call__

    def call(cells: Cells, task: Task, draws: Draws = FIRST_DRAWS) -> Found:
        if task.index >= blocks:
            raise KeyboardInterrupt
        return whole(cells, task, draws)

    monkeypatch.setattr(Cells, "__call__", call)


def test_an_interrupted_sweep_says_what_is_done_and_how_to_go_on(
    run: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("out.csv").write_text("of another run")
    with monkeypatch.context() as patched:
        interrupted_after(patched, 2)
        done = run(*SWEEP, "--store", "runs", "--output", "csv=out.csv")
        assert done.exit_code == 130
        assert done.stderr.splitlines() == [
            "interrupted: 2 blocks are kept, and `--resume` goes on",
            "what is done is being written; a second interrupt leaves that out",
        ]
        assert Path("out.csv").read_text().count(",answered,") == 16
        done = run(*SWEEP)
        said = "interrupted: 16 of 160 cells are done; with `--store DIR` they would be kept"
        assert done.stderr.splitlines() == [said]
        interrupted_after(patched, 0)
        Path("out.csv").write_text("of another run")
        done = run(*SWEEP, "--output", "csv=out.csv")
        assert done.exit_code == 130
        assert Path("out.csv").read_text() == "of another run"  # nothing is no reason to replace it
    assert run(*SWEEP, "--store", "runs", "--resume").stdout == run(*SWEEP).stdout


@posix
def test_a_full_disk_keeps_what_is_done(run: Call, tmp_path: Path) -> None:
    """A limit of 3,000 bytes for each file, which the log of blocks reaches after some of them."""
    import resource

    run(*SWEEP, "--output", "csv=whole.csv")
    done = subprocess.run(
        [*SENSA, *SWEEP, "--store", "runs"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000)),
    )
    kept = blocks(tmp_path / "runs")
    assert done.returncode == 2
    assert 3 <= kept < 20
    assert f"runs: file too large; {kept} blocks are kept, and `--resume` goes on" in done.stderr
    run(*SWEEP, "--store", "runs", "--resume", "--output", "csv=resumed.csv")
    assert Path("resumed.csv").read_bytes() == Path("whole.csv").read_bytes()


def killed_after(seconds: float, number: int, arguments: list[str], folder: Path) -> int:
    """Start a run, send it a signal after so many seconds, and give its exit code."""
    process = started("sensa", *arguments, folder=folder, out=folder / "out.json")
    process.join(seconds)
    if process.is_alive():
        os.kill(process.pid, number)  # type: ignore[arg-type]
    process.join()
    return process.exitcode  # type: ignore[return-value]


@posix
@pytest.mark.slow  # starts 21 processes
@pytest.mark.parametrize(
    ("arguments", "scheduler"),
    [(SWEEP, []), (SAMPLED, []), (SWEEP, ["--scheduler", "processes", "--workers", "2"])],
    ids=["sweep", "sampled", "processes"],
)
def test_runs_that_are_killed_at_any_moment_go_on(
    run: Call, tmp_path: Path, arguments: list[str], scheduler: list[str]
) -> None:
    """Twenty times, by Ctrl-C, SIGTERM and `kill -9` at random moments: nothing that was done is lost.

    The moments are within the time that a whole run takes here. When a store is complete, another is begun.
    Every resumed result is the same to the last byte, so no seed can raise a false alarm.
    """
    draw = random.Random(int.from_bytes(os.urandom(4), "little"))
    arguments = [*arguments, "--format", "json"]
    whole = run(*arguments).stdout
    begin = time.monotonic()
    assert killed_after(600, signal.SIGKILL, [*arguments, *scheduler, "--store", "all"], tmp_path) == 0
    longest = time.monotonic() - begin
    begun = 0
    for number in range(20):
        kept = ["--store", f"runs{begun}", "--resume"]
        before = blocks(tmp_path / kept[1])
        kind = draw.choice([signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
        code = killed_after(draw.uniform(0, longest), kind, [*arguments, *scheduler, *kept], tmp_path)
        assert code in (0, 130, -signal.SIGKILL, -signal.SIGINT, -signal.SIGTERM)
        assert blocks(tmp_path / kept[1]) >= before
        if code == 0:
            assert (tmp_path / "out.json").read_text() == whole
        if code == 0 or number % 5 == 4:
            assert run(*arguments, *kept).stdout == whole
            begun += 1


@posix
@pytest.mark.slow  # mounts, where that is permitted
def test_a_small_file_system_that_is_full(run: Call, tmp_path: Path) -> None:
    mount = tmp_path / "small"
    mount.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(mount)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("mounts are not permitted")
    try:
        whole = run(*SWEEP, "--format", "json").stdout
        full = run(*SWEEP, "--store", "small/runs")
        assert full.exit_code == 2
        assert "no space left on device" in full.stderr
        subprocess.run(["mount", "-o", "remount,size=4m", str(mount)], check=True)
        assert blocks(mount / "runs") > 0
        assert run(*SWEEP, "--store", "small/runs", "--resume", "--format", "json").stdout == whole
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)


@posix
def test_further_processes_and_a_store_give_the_same(run: Call) -> None:
    """A sampled run of one story, whose blocks two processes compute, and that was kept."""
    few = [*SAMPLED[:-3], "4e-4", *SAMPLED[-2:], "--format", "json"]
    whole = run(*few)
    assert whole.exit_code == 0, whole
    processes = run(*few, "--scheduler", "processes", "--workers", "2", "--store", "runs")
    assert processes.stdout == whole.stdout
    assert run(*few, "--store", "runs", "--resume").stdout == whole.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--scheduler", "slurm"),
            "expected `local`, `processes` or the address of a scheduler, as `tls://host:8786`",
        ),
        (("--scheduler", "tcp://"), "expected `local`, `processes` or the address of a scheduler"),
        (("--scheduler", "tls://host"), "expected `local`, `processes` or the address of a scheduler"),
        (("--workers", "3"), "is for `--scheduler processes`"),
    ],
)
def test_wrong_schedulers(run: Call, arguments: tuple[str, ...], said: str) -> None:
    result = run("run", "two.toml", *arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
