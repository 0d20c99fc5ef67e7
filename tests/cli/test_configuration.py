"""`[tool.sensa]`: where it is looked for, what it may say, and what beats it."""

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import Result

from sensa.cli import check, configuration, diff, explain, plot, run, waive
from sensa.cli.configuration import ConfigurationError
from tests.cli.conftest import Room

Call = Callable[..., Result]
HEAD = "[project]\nname = 'x'\n\n[tool.sensa]\n"


def told(folder: Path, text: str) -> str:
    (folder / "pyproject.toml").write_text(HEAD + text, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        configuration.configuration(folder)
    return str(caught.value)


def test_the_table_holds_what_the_commands_take() -> None:
    commands = {
        "run": run.run,
        "check": check.check,
        "diff": diff.diff,
        "explain": explain.explain,
        "plot": plot.plot,
        "waive": waive.waive,
    }
    assert set(commands) == set(configuration.COMMANDS)
    for name, command in commands.items():
        options = {option.replace("_", "-") for option in inspect.signature(command).parameters}
        assert configuration.COMMANDS[name] == options & (set(configuration.KEYS) - {"stories"})


def test_formats_are_those_of_the_commands() -> None:
    for name, command in (("run", run.run), ("explain", explain.explain), ("check", check.check)):
        taken = get_args(get_args(inspect.signature(command).parameters["format"].annotation)[0])
        assert all(configuration.KEYS["format"].right(word) for word in taken)
        assert configuration.FORMATS_OF[name] == taken


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("engin = 'exact'\n", "5:1: tool.sensa.engin: unknown key `engin` (did you mean `engine`?)"),
        ("fail_on = 'error'\n", "5:1: tool.sensa.fail_on: unknown key `fail_on` (did you mean `fail-on`?)"),
        ("colour = 1\n", "5:1: tool.sensa.colour: unknown key `colour` (known keys: engine, seed, "),
        ("seed = true\n", "5:1: tool.sensa.seed: expected a whole number from 0, got `true`"),
        ("\nseed = -1\n", "6:1: tool.sensa.seed: expected a whole number from 0, got `-1`"),
        ("seed = 1.0\n", "expected a whole number from 0, got `1`"),
        ("points = 8\n", "expected a whole number from 16, got `8`"),
        ("engine = 'fast'\n", "expected `auto`, `exact`, `elimination` or `montecarlo`, got `fast`"),
        ("precision = 'close'\n", "expected a number between 0 and 1 such as 1e-4, or a share such as"),
        ("precision = 2\n", "tool.sensa.precision: expected a number between 0 and 1"),
        ("quiet = 'yes'\n", "expected true or false, got `yes`"),
        ("stories = 'a.toml'\n", "such as `stories/**/*.toml`, got `a.toml`"),
        ("stories = []\n", ", got `[]`"),
        ("alpha = 0.0\n", "expected a number from 1e-9 to 0.5, got `0`"),
        ("seconds = nan\n", "expected a number from 0, got `nan`"),
        ("seed = \n", "not TOML: "),
        ("format = 'text'\nformat = 'json'\n", "not TOML: "),
    ],
)
def test_what_is_wrong_comes_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    message = told(tmp_path, text)
    assert "pyproject.toml:" in message
    assert said in message


def test_a_table_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool]\nsensa = 3\n")
    with pytest.raises(ConfigurationError, match=r"2:1: tool\.sensa: expected a table, got `3`"):
        configuration.configuration(tmp_path)


@pytest.mark.parametrize("text", ["[tool.other]\nx = 1\n", "x = 'sensa'\n", "broken [", ""])
def test_files_that_say_nothing_of_sensa_are_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert configuration.configuration(tmp_path).values == {}


def test_the_nearest_is_meant_up_to_the_root_of_the_repository(tmp_path: Path) -> None:
    inner = tmp_path / "repository" / "plans" / "deep"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(HEAD + "seed = 1\n")
    assert configuration.configuration(inner).values == {}, "outside of a repository nothing above counts"
    (tmp_path / "repository" / ".git").mkdir()
    assert configuration.configuration(inner).values == {}, "nor what is above the repository"
    (tmp_path / "repository" / "pyproject.toml").write_text(HEAD + "seed = 2\n")
    (inner / "pyproject.toml").write_text("[project]\nname = 'no word of us'\n")
    assert configuration.configuration(inner).values == {"seed": 2}
    (inner.parent / "pyproject.toml").write_text(HEAD + "seed = 3\n")
    assert configuration.configuration(inner).values == {"seed": 3}


def test_flags_beat_variables_beat_the_file(sensa_at: Call, room: Room, tmp_path: Path) -> None:
    settings = "seed = 7\npoints = 32\nprecision = 1e-3\nsamples = 8192\nengine = 'exact'\nformat = 'sarif'\n"
    (tmp_path / "pyproject.toml").write_text(HEAD + settings)
    assert sensa_at("run", "good.toml").exit_code == 0
    asked = room.asked[-1]
    assert (asked["seed"], asked["points"], asked["samples"]) == (7, 32, 8192)
    assert asked["engine"] == "exact"
    assert asked["precision"].half_width == 1e-3 if hasattr(asked["precision"], "half_width") else True
    assert sensa_at("run", "good.toml", env={"SENSA_SEED": "8"}).exit_code == 0
    assert room.asked[-1]["seed"] == 8
    assert sensa_at("run", "good.toml", "--seed", "9", env={"SENSA_SEED": "8"}).exit_code == 0
    assert room.asked[-1]["seed"] == 9


def test_a_wrong_configuration_stops_what_reads_it(sensa_at: Call, room: Room, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(HEAD + "sed = 7\n")
    result = sensa_at("run", "good.toml")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        "sensa: pyproject.toml:5:1: tool.sensa.sed: unknown key `sed` (did you mean `seed`?)\n"
    )
    assert sensa_at("schema").exit_code == 0
    assert sensa_at("--help").exit_code == 0


def test_stories_and_rules_are_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    for name in ("plans/b.toml", "plans/deep/a.toml", "plans/deep/no.txt", "one.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    text = 'stories = ["one.toml", "plans/**/*.toml", "plans/*.toml"]\nproperties = "rules.toml"\n'
    (tmp_path / "pyproject.toml").write_text(HEAD + text)
    monkeypatch.chdir(tmp_path / "plans" / "deep")
    found = configuration.configuration()
    assert found.stories() == [os.path.join("..", "..", "one.toml"), os.path.join("..", "b.toml"), "a.toml"]
    assert found.defaults("check") == {"properties": os.path.join("..", "..", "rules.toml")}
    (tmp_path / "one.toml").unlink()
    with pytest.raises(ConfigurationError, match=r"tool\.sensa\.stories: `one\.toml` matches no file"):
        found.stories()


def test_a_file_that_cannot_be_read_is_no_pass(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(HEAD.encode() + b"x = '\xff'\n")
    with pytest.raises(ConfigurationError, match="not TOML"):
        configuration.configuration(tmp_path)
    path.write_bytes(HEAD.encode() + b"#" * (1 << 20))
    with pytest.raises(ConfigurationError, match="larger"):
        configuration.configuration(tmp_path)


def test_completion_does_not_hang_on_it(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(HEAD + "sed = 7\n")
    environment = {"_SENSA_COMPLETE": "complete_bash", "COMP_WORDS": "sensa check --fail", "COMP_CWORD": "2"}
    code = "from sensa.cli import app; app(prog_name='sensa')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "--fail-on\n"
    assert done.stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="a directory in use cannot go there")
def test_a_working_directory_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    code = (
        "import os\nfrom sensa.cli import app\nos.rmdir(os.getcwd())\n"
        "app(['check', '/missing/story.toml'], prog_name='sensa')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "gone", capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "no such file" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_link_that_leaves_the_repository_is_not_read(tmp_path: Path) -> None:
    """A pull request may link to a file of the machine's, and errors quote what is wrong in it."""
    outside, top = tmp_path / "outside.toml", tmp_path / "top"
    outside.write_text(HEAD + "hunter2 = 1\n")
    top.mkdir()
    (top / ".git").mkdir()
    (top / "pyproject.toml").symlink_to(outside)
    with pytest.raises(ConfigurationError) as caught:
        configuration.configuration(top)
    assert str(caught.value).endswith("pyproject.toml: is a link to a file outside of its repository")


def test_a_link_within_the_repository_is_read(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "shared.toml").write_text(HEAD + "seed = 7\n")
    (tmp_path / "pyproject.toml").symlink_to("shared.toml")
    assert configuration.configuration(tmp_path).values == {"seed": 7}


@pytest.mark.parametrize("path", [
    "../outside.toml", "/outside.toml", "/**/*.toml", "../*.toml", "plans/../../outside.toml",
    "*/../../outside.toml", "**/../*.toml",
])  # fmt: skip
@pytest.mark.parametrize("key", ["stories", "properties"])
def test_a_configuration_names_nothing_outside_of_its_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, path: str
) -> None:
    """A pull request would have files of the machine quoted, or the machine searched for stories."""
    top = tmp_path / "top"
    (top / "plans").mkdir(parents=True)
    (tmp_path / "outside.toml").write_text("hunter2 = 1\n")
    monkeypatch.chdir(top)
    value = json.dumps([path] if key == "stories" else path)
    (top / "pyproject.toml").write_text(f"{HEAD}{key} = {value}\n")
    found = configuration.configuration()
    if not path.startswith(("/", "*")):  # without a repository there is nothing to leave
        assert found.stories() if key == "stories" else found.defaults("check")
    (top / ".git").mkdir()
    with pytest.raises(ConfigurationError) as caught:
        found.stories() if key == "stories" else found.defaults("check")
    assert str(caught.value) == (
        f"pyproject.toml: tool.sensa.{key}: `{path}` leaves the repository; name it on the command line"
    )
