"""What comes at once, in processes of its own: no numeric stack; and what becomes of streams that end."""

import json
import os
import shlex
import subprocess
import sys
import tomllib
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sensa.cli import app
from tests.short_stories import ASSUMPTION, story

SENSA = [sys.executable, "-c", "from sensa.__main__ import main; main()"]
HEAVY = ("numba", "xarray", "numpy", "scipy", "pandas", "matplotlib", "SALib", "hypothesis", "dask.array")
LISTING = f"""
import sys
from sensa.__main__ import main
try:
    main()
except SystemExit as left:
    assert not left.code, left.code
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""


@dataclass(frozen=True)
class Checked:
    """A directory with `story.toml`, whose check is remembered in a cache: it takes no numeric stack."""

    folder: Path
    environment: dict[str, str]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    folder = tmp_path_factory.mktemp("checked")
    (folder / "story.toml").write_text(story(ASSUMPTION.format(name="a", credence=0.8), "not a"))
    cache = {name: str(tmp_path_factory.mktemp("own")) for name in ("SENSA_CACHE", "XDG_CONFIG_HOME")}
    with chdir(folder):
        assert CliRunner().invoke(app, ["check", "story.toml"], env=cache).exit_code == 0
    return Checked(folder, {**os.environ, **cache})


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["run", "--help"],
        ["plot", "--help"],
        ["--version"],
        ["schema"],
        ["new"],
        ["--show-completion", "bash"],
    ],
    ids=" ".join,
)
def test_what_needs_no_numbers_imports_none(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LISTING, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={
            "SHELL": "/bin/bash",
            "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
            "PATH": "/bin:/usr/bin",
        },
    )
    assert done.stderr == "[]\n"


NO_TOML = '[story]\ntitle = "t'
WRONG_NUMBER = story(ASSUMPTION.format(name="a", credence=1.8), "not a")
UNKNOWN_NAME = story(ASSUMPTION.format(name="a", credence=0.8), "not b")


@pytest.mark.parametrize(
    ("arguments", "text", "said"),
    [
        ("check --no-cache story.toml", NO_TOML, "not TOML"),
        ("check --no-cache story.toml", WRONG_NUMBER, "1.8"),
        ("check --no-cache story.toml", UNKNOWN_NAME, "`b`"),
        ("run story.toml", UNKNOWN_NAME, "`b`"),
        ("run story.toml --format json", NO_TOML, "not TOML"),
        ("diff story.toml story.toml", UNKNOWN_NAME, "`b`"),
        ("explain story.toml a", WRONG_NUMBER, "1.8"),
        ("show story.toml --stage graph", UNKNOWN_NAME, "`b`"),
    ],
)
def test_what_is_wrong_with_a_story_is_said_without_numbers(
    arguments: str, text: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "story.toml").write_text(text)
    listing = LISTING.replace("assert not left.code, left.code", "assert left.code == 2, left.code")
    done = subprocess.run(
        [sys.executable, "-c", listing, *arguments.split()],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
    )
    assert done.stderr.splitlines()[-1] == "[]"
    assert said in done.stdout + done.stderr


@pytest.mark.parametrize("engine", ["auto", "elimination"])
def test_a_small_story_loads_no_compiler(engine: str, tmp_path: Path) -> None:
    """Importing it costs a small run a fifth of its time, and Dask, which xarray imports, a third."""
    events = "[events.e]\nchance = 0.5\n[events.f]\nchance = 0.5\n"
    text = ASSUMPTION.format(name="a", credence="{ beta = [2, 3] }") + events
    (tmp_path / "story.toml").write_text(story(text, "not a and (e or not f)", "e and f"))
    command = [sys.executable, "-c", LISTING, "run", "--engine", engine, "story.toml"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
    loaded = done.stderr.splitlines()[-1]
    assert "xarray" in loaded
    assert "numba" not in loaded
    assert "dask" not in loaded


def test_exiting_looks_for_no_cycles() -> None:
    """Among the objects of a run that takes a fifth of its time."""
    code = "try:\n    main()\nexcept SystemExit:\n    pass\nprint(gc.get_freeze_count() > 1000)"
    command = [sys.executable, "-c", f"import gc\nfrom sensa.__main__ import main\n{code}", "--version"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "True"


def test_completion_imports_nothing_heavy() -> None:
    environment = {"_SENSA_COMPLETE": "complete_bash", "COMP_WORDS": "sensa ru", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", LISTING], check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout == "run\n"
    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    "arguments", ["schema", "--help", "--version", "new", "check story.toml", "show story.toml"]
)
def test_a_reader_that_leaves_is_told_by_the_code_alone(arguments: str, checked: Checked) -> None:
    """`sensa schema | head -0`, with the code that shells give to what the end of a pipe has ended."""
    with subprocess.Popen(
        [*SENSA, *arguments.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=checked.folder,
        env=checked.environment,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaint = process.stderr.read()
    assert (process.returncode, complaint) == (141, b"")


def test_what_was_found_counts_more_than_a_reader_that_left(tmp_path: Path) -> None:
    file = tmp_path / "story.toml"
    file.write_text("")
    with subprocess.Popen(
        [*SENSA, "check", str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.wait()
    assert process.returncode == 2


CLOSED = "sensa: standard output: is closed\n"
FULL = "standard output: no space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        ("schema >/dev/full", 2, f"sensa: schema: {FULL}"),
        ("--help >/dev/full", 2, f"sensa: {FULL}"),
        ("--version >/dev/full", 2, f"sensa: {FULL}"),
        ("check story.toml >/dev/full", 2, f"sensa: {FULL}"),
        ("schema >&-", 2, CLOSED),
        ("--help >&-", 2, CLOSED),
        ("check story.toml >&-", 2, CLOSED),
        ("check story.toml >/dev/null 2>&-", 0, ""),
        ("check nothing.toml 2>/dev/full", 2, ""),
        ("check nothing.toml >/dev/null 2>&-", 2, ""),
    ],
)
def test_streams_that_are_full_or_closed(arguments: str, code: int, complaint: str, checked: Checked) -> None:
    done = subprocess.run(
        f"{shlex.join(SENSA)} {arguments}",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        cwd=checked.folder,
        env=checked.environment,
    )
    assert (done.returncode, done.stderr) == (code, complaint)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("format", ["text", pytest.param("json", marks=pytest.mark.slow)])
def test_results_are_written_before_they_are_printed(format: str, tmp_path: Path) -> None:
    text = story(ASSUMPTION.format(name="a", credence=0.8), "not a")
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(text)
    outputs = "--output json=out.json --output nc={name}.nc"
    done = subprocess.run(
        f"{shlex.join(SENSA)} run *.toml --analyses outcomes --format {format} {outputs} >/dev/full",
        shell=True, capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, f"sensa: {FULL}")
    assert len(json.loads((tmp_path / "out.json").read_text())["stories"]) == 2
    assert {path.name for path in tmp_path.glob("*.nc")} == {"one.nc", "two.nc"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    "command",
    [
        "waive one.toml safe --reason r --expires 2027-01-31 --today 2027-01-01",
        "sign one.toml a --by Ana --today 2027-01-01",
    ],
)
def test_a_changed_story_is_said_to_be_changed(command: str, tmp_path: Path) -> None:
    """The change is whole and stays; what cannot be printed is that it was made."""
    place = tmp_path / "one.toml"
    text = story(ASSUMPTION.format(name="a", credence=0.8), "not a")
    text += '\n[properties.safe]\nrequire = "P(catastrophic) <= 0.1"\n'
    place.write_text(text)
    done = subprocess.run(
        f"{shlex.join(SENSA)} {command} >/dev/full",
        shell=True, capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    lost = f"is changed as asked, but this cannot be printed: {FULL}"
    assert (done.returncode, done.stderr.endswith(f"sensa: one.toml: {lost}")) == (2, True), done.stderr
    assert tomllib.loads(place.read_text()) != tomllib.loads(text)
    assert "2027-01" in place.read_text()


def test_a_stream_that_carries_ascii_only() -> None:
    code = "from sensa.cli.terminal import out\nout('▲ 37 % é\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, env={"PYTHONIOENCODING": "ascii"}
    )
    assert done.stdout == b"! 37 % \\xe9\n"


ENDING = """
import os, signal
from sensa.cli.failing import guarded
with guarded():
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        print("cleaned up")
"""


def test_a_request_to_end_unwinds_as_an_interrupt_does() -> None:
    wrapped = f"try:\n    exec({ENDING!r})\nexcept typer.Exit as left:\n    sys.exit(left.exit_code)"
    code = f"import sys, typer\n{wrapped}"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.stdout == "cleaned up\n"
    assert done.stderr == "interrupted\n"
    assert done.returncode == 130


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits on files there")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["schema"], ["--help"]], ids=" ".join)
def test_half_of_what_was_to_be_printed_is_not_all_well(
    arguments: list[str], unbuffered: str, tmp_path: Path
) -> None:
    """A disk that takes the first KiB and no more: a write gives the part written, the next an error."""
    import resource

    with open(tmp_path / "out", "wb") as out:
        done = subprocess.run(
            [*SENSA, *arguments],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024)),
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.endswith("standard output: file too large\n")
