"""A story from standard input: `-` wherever a command reads one, and refused where there must be a file."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sensa.cli import app
from tests.short_stories import ASSUMPTION, story

TEXT = story(ASSUMPTION.format(name="a", credence=0.75), "not a")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A directory with a file of that name, which is not read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-").write_text("format = 1\n")
    yield
    assert (tmp_path / "-").read_text() == "format = 1\n"


def called(*words: str, text: str = TEXT) -> Result:
    return CliRunner().invoke(app, list(words), input=text, prog_name="sensa")


def test_run_reads_it() -> None:
    """P(bad) = P(not a) = 1 - 0.75."""
    result = called("run", "-", "--quiet")
    assert result.exit_code == 0, result.output
    assert "25 % probability of catastrophe" in result.stdout
    wrong = called("run", "-", text=TEXT.replace("credence", "credance"))
    assert wrong.exit_code == 2
    assert "assumptions.a.credance: unknown key" in wrong.stderr
    assert "\n1 error in -\n" in wrong.stderr


def test_a_sweep_reads_it() -> None:
    """P(bad) = 1 - a, in this process and in another."""
    for further in ((), ("--scheduler", "processes", "--workers", "1")):
        result = called(
            "run", "-", "--sweep", "assumptions.a.credence=0.25,0.5", "--format", "json", *further
        )
        assert result.exit_code == 0, result.output
        cells = json.loads(result.stdout)["cells"]
        assert [(cell["story"], cell["mean"]["catastrophic"]) for cell in cells] == [("-", 0.75), ("-", 0.5)]


def test_explain_and_show_read_it() -> None:
    result = called("explain", "-", "a", "--quiet")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("assumption a\n  -:")
    for stage in ("story", "graph", "circuit"):
        result = called("show", "-", "--stage", stage)
        assert result.exit_code == 0, result.output
        assert "a" in result.stdout


def test_diff_reads_either_story_or_both() -> None:
    Path("before.toml").write_text(TEXT.replace("0.75", "0.5"))
    for words in (("before.toml", "-"), ("-", "before.toml")):
        result = called("diff", *words, "--quiet")
        assert result.exit_code == 0, result.output
        assert "25 pts" in result.stdout
    same = called("diff", "-", "-", "--quiet")
    assert "No difference" in same.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("diff", "-"), "standard input has no commit; name the file"),
        (("explain", "-", "a", "--against", "main"), "standard input has no commit; name the file"),
        (
            ("waive", "-", "p", "--reason", "r", "--expires", "2999-01-01"),
            "a waiver is written into its story; name the file",
        ),
    ],
)
def test_what_needs_a_file_says_so(words: tuple[str, ...], said: str) -> None:
    text = TEXT + '[properties.p]\nrequire = "P(bad) <= 0.5"\n'
    result = called(*words, text=text)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())
