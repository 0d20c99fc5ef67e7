"""What comes at once, in processes of its own: no numeric stack, and no complaint of a reader that left."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("numba", "xarray", "numpy", "scipy", "pandas", "matplotlib", "SALib", "hypothesis")
LISTING = f"""
import sys
from sensa.cli import app
try:
    app(sys.argv[1:], prog_name="sensa")
except SystemExit as left:
    assert not left.code, left.code
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["run", "--help"], ["--version"], ["schema"], ["new"], ["--show-completion", "bash"]],
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


def test_completion_imports_nothing_heavy() -> None:
    environment = {"_SENSA_COMPLETE": "complete_bash", "COMP_WORDS": "sensa ru", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", LISTING], check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout == "run\n"
    assert done.stderr == "[]\n"


def test_a_reader_that_leaves_is_no_error() -> None:
    """`sensa schema | head -1`; more is written than a pipe holds."""
    code = "from sensa.cli.printing import out\nfor _ in range(3): out('x' * 100_000 + '\\n')\nout('end')"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        complaint = process.stderr.read()
    assert complaint == b""
    assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        ("schema >/dev/full", 2, "sensa: schema: standard output: no space left on device\n"),
        ("schema >&-", 0, ""),
        ("check nothing.toml 2>/dev/full", 2, ""),
        ("check nothing.toml >/dev/null 2>&-", 2, ""),
    ],
)
def test_streams_that_are_full_or_closed(arguments: str, code: int, complaint: str) -> None:
    command = f"{sys.executable} -c 'from sensa.cli import app; app()' {arguments}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (code, complaint)


def test_a_stream_that_carries_ascii_only() -> None:
    code = "from sensa.cli.printing import out\nout('▲ 37 % é\\n')"
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
