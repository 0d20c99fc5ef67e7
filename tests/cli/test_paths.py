"""Paths that lead nowhere or to what is no file: exit code 2, a sentence that says why, nothing written."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sensa import store
from sensa.cli import app
from sensa.comparing.history import HistoryError, version
from sensa.private import refusal
from tests.short_stories import ASSUMPTION, story

LINKS, LONG, NUL = "too many levels of symbolic links", "file name too long", "embedded null byte"
NO_WAY = {"loop": LINKS, "loop/x": LINKS, "into": LINKS, "n" * 300: LONG, "p/" * 3000 + "x": LONG}
NOWHERE = NO_WAY | {"zero\0": NUL}
UNUSABLE = {
    "folder": "is a directory",
    "pipe": "is not an ordinary file; it is left as it is",
    "/dev/full": "is not an ordinary file; it is left as it is",
    "missing/x": "there is no directory",
    "story.toml/x": "there is no directory",
}
Call = Callable[..., Result]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """A directory with a story and what is hard to write to; nothing in it may change."""
    (tmp_path / "story.toml").write_text(story(ASSUMPTION.format(name="a", credence=0.8), "not a"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "into").symlink_to("loop/x")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    before, text = sorted(os.listdir()), Path("story.toml").read_text()
    yield lambda *arguments: CliRunner().invoke(app, arguments)
    assert sorted(os.listdir()) == before
    assert os.listdir("folder") == []
    assert Path("story.toml").read_text() == text


@pytest.mark.parametrize("kind", ["json", "nc", "zarr"])
def test_a_run_refuses_an_output_that_cannot_be_written(here: Call, kind: str) -> None:
    for path, why in (NOWHERE | UNUSABLE).items():
        done = here("run", "story.toml", "--output", f"{kind}={path}")
        assert (done.exit_code, done.stdout) == (2, "")
        present = kind == "zarr" and not why.startswith("there") and path in UNUSABLE
        expected = "exists and is not a Zarr store" if present else why
        assert done.stderr.startswith("sensa: ")
        assert expected in done.stderr
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("kind", ["json", "md", "sarif", "junit"])
def test_a_check_says_which_output_it_could_not_write(here: Call, kind: str) -> None:
    for path, why in (NOWHERE | UNUSABLE).items():
        done = here("check", "story.toml", "--output", f"{kind}={path}")
        assert done.exit_code == 2
        assert why in done.stderr
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "command",
    [
        ("run", "{}"),
        ("check", "{}"),
        ("check", "{}", "--output", "json=loop"),
        ("check", "story.toml", "--properties", "{}"),
        ("check", "{}", "--against", "HEAD"),
        ("diff", "{}", "story.toml"),
        ("diff", "story.toml", "{}"),
        ("explain", "{}", "a"),
        ("show", "{}"),
        ("waive", "{}", "p", "--reason", "x", "--expires", "2099-01-01"),
        ("new", "{}"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_read_is_the_users_to_put_right(here: Call, command: tuple[str, ...]) -> None:
    for path, why in NOWHERE.items():
        done = here(*(part.format(path) for part in command))
        assert done.exit_code == 2
        assert why in done.stderr + done.stdout
        assert "error of ours" not in done.stderr


@pytest.mark.parametrize("command", ["run", "check"])
def test_what_is_read_is_never_written_over(here: Call, command: str) -> None:
    Path("linked").symlink_to("story.toml")
    for path in ("story.toml", "linked", "folder/../story.toml"):
        done = here(command, "story.toml", "--output", f"json={path}")
        assert done.exit_code == 2
        assert "is an input file, and is not overwritten" in done.stderr
    done = here(command, "story.toml", "--properties", "rules.toml", "--output", "json=rules.toml")
    assert done.exit_code == 2
    assert "is an input file, and is not overwritten" in done.stderr
    Path("pyproject.toml").write_text("[tool.sensa]\nseed = 1\n")
    done = here(command, "story.toml", "--output", "json=pyproject.toml")
    assert done.exit_code == 2
    assert "is an input file, and is not overwritten" in done.stderr
    assert Path("pyproject.toml").read_text() == "[tool.sensa]\nseed = 1\n"
    Path("pyproject.toml").unlink()
    Path("linked").unlink()


def test_new_leaves_nothing_that_is_not_whole(here: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def encode(self) -> bytes:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("sensa.cli.new.starting_story", lambda goal: Full())
    done = here("new", "fresh.toml")
    assert (done.exit_code, done.stderr) == (2, "sensa: fresh.toml: no space left on device\n")


@pytest.mark.parametrize("path", NOWHERE)
def test_modules_raise_errors_of_their_own(here: Call, path: str) -> None:
    with pytest.raises(store.StoreError):
        store.write_bytes(b"", path)
    with pytest.raises(HistoryError):
        version(path, None)


def test_a_cache_at_a_circle_of_links_is_no_error(here: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in NO_WAY:
        monkeypatch.setenv("SENSA_CACHE", os.path.abspath(path))
        assert here("check", "story.toml").exit_code == 0
    monkeypatch.setenv("HOME", os.path.abspath("loop"))
    assert refusal(Path("/somewhere/else")) is None


@pytest.mark.parametrize("format", ["text", "markdown", "junit"])
def test_no_name_or_title_begins_a_line_as_a_command_of_a_runner(
    here: Call, tmp_path: Path, format: str
) -> None:
    name = "::error::\u202eit.toml"
    text = story(ASSUMPTION.format(name="a", credence=0.8), "not a")
    text = text.replace('title = "t"', 'title = "::warning::t"')
    assert "::warning" in text
    (tmp_path / name).write_text(text, "utf-8")
    runs = [here("check", name, "--no-cache", "--format", format), here("run", name, "--quiet")]
    for done in runs:
        lines = done.output.splitlines()
        assert lines
        assert not [line for line in lines if line.lstrip().startswith("::") or "##[" in line]
        assert format == "junit" or "\u202e" not in done.output  # XML keeps the words
    (tmp_path / name).unlink()


@pytest.mark.parametrize("output", ["run json=new/", "run nc=new/", "check json=new/", "check md=folder/"])
def test_a_file_is_not_named_as_a_directory_is(here: Call, output: str) -> None:
    command, place = output.split()
    done = here(command, "story.toml", "--output", place)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{place}: expected a file, got a directory" in " ".join(done.stderr.split())


def test_name_in_the_path_of_a_review_is_the_story_s(here: Call) -> None:
    """As for results; one file for several stories has no one's name."""
    done = here("check", "story.toml", "--output", "json=of_{name}.json")
    assert done.exit_code == 0, done.output
    Path("of_story.json").unlink()  # which is there
    done = here("check", "story.toml", "story.toml", "--output", "json=of_{name}.json")
    assert done.exit_code == 2
    assert "one file holds all stories; leave {name} out of its path" in " ".join(done.output.split())


@pytest.mark.parametrize(
    "command",
    [
        "import pipe --from bif", "report pipe", "run pipe", "check pipe",
        "check story.toml --properties pipe",
        "diff story.toml pipe", "plot pipe tornado -o x.svg", "export pipe --to bif", "sign pipe a --by Ana",
        "elicit pipe -o x.csv", "elicit story.toml --answers A=pipe",
        "elicit story.toml -o x.csv --seeds pipe",
        "run story.toml --variants pipe",
    ],
)  # fmt: skip
def test_a_named_pipe_is_not_waited_for(here: Call, command: str) -> None:
    done = here(*command.split())
    assert done.exit_code == 2
    assert "pipe:" in done.output
    assert "is not an ordinary file" in done.output


def test_a_link_to_what_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was to be taken for a misspelling of itself."""
    monkeypatch.chdir(tmp_path)
    Path("linked.toml").symlink_to("gone.toml")
    done = CliRunner().invoke(app, ["run", "linked.toml"])
    assert done.exit_code == 2
    assert "linked.toml:1:1: is a link to `gone.toml`, which does not exist\n" in done.stderr
