import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import tomli
from typer.testing import CliRunner, Result

from sensa.cli import app
from sensa.cli.new import without_expected_results
from sensa.stories.schema.vocabulary import GoalClass
from tests.cli.conftest import Room, problem

Call = Callable[..., Result]
GOALS = list(GoalClass.__args__)  # type: ignore[attr-defined]


def test_check_says_what_is_wrong_and_counts(sensa_at: Call, room: Room) -> None:
    warning = problem("bad.toml", "warning", "open-challenge")
    room.problems["bad.toml"] = (problem(), problem(), warning)
    result = sensa_at("check", "bad.toml")
    line = "bad.toml:34:9: events.e.when: unknown name `x` (did you mean `y`?)"
    assert result.stdout.splitlines() == [
        line,
        line,
        f"{line} [warning: open-challenge]",
        "2 errors, 1 warning in bad.toml",
    ]
    assert result.exit_code == 2


def test_check_of_good_and_doubtful_stories(sensa_at: Call, room: Room) -> None:
    room.problems["doubtful.toml"] = (problem("doubtful.toml", "warning"),)
    assert sensa_at("check", "good.toml").stdout == "nothing wrong in good.toml\n"
    assert sensa_at("check", "good.toml", "doubtful.toml").exit_code == 0
    assert sensa_at("check", "doubtful.toml", "--fail-on", "warning").exit_code == 1
    assert sensa_at("check", "good.toml", "--fail-on", "warning").exit_code == 0
    room.problems["bad.toml"] = (problem(),)
    assert sensa_at("check", "bad.toml", "doubtful.toml", "--fail-on", "warning").exit_code == 2


def test_check_for_machines(sensa_at: Call, room: Room) -> None:
    room.problems["bad.toml"] = (problem(), problem("bad.toml", "warning"))
    room.raises["ours.toml"] = ZeroDivisionError()
    result = sensa_at("check", "bad.toml", "ours.toml", "--format", "json")
    document = json.loads(result.stdout)
    assert document["format"] == "sensa-review/1"
    assert document["exit_code"] == result.exit_code == 4
    first, second = document["stories"]
    assert [one["severity"] for one in first["problems"]] == ["error", "warning"]
    assert first["problems"][0]["fix"] == "did you mean `y`?"
    assert (second["state"], second["exit_code"]) == ("error", 4)


@pytest.mark.parametrize("goal", GOALS)
def test_new_prints_a_story_of_each_class(sensa_at: Call, goal: str) -> None:
    result = sensa_at("new", "--goal", goal)
    assert result.exit_code == 0
    story = tomli.loads(result.stdout)
    assert goal in story["goal"]["class"]
    assert "expect" not in story
    assert "By hand" not in result.stdout
    assert result.stdout.startswith("# Started from ")


def test_new_without_a_goal_is_the_commented_story(sensa_at: Call) -> None:
    text = sensa_at("new").stdout
    assert "@" not in text
    assert tomli.loads(text)["story"]["title"] == "My training story"


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("sensa new --goal m", ["myopic-agent"]),
        ("sensa run --method mo", ["morris"]),
        ("sensa run --analyses mod", ["model_space", "modes"]),
        ("sensa run --analyses modes,mod", ["modes,model_space"]),
    ],
)
def test_names_are_completed(monkeypatch: pytest.MonkeyPatch, words: str, completed: list[str]) -> None:
    monkeypatch.setenv("_SENSA_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", "3")
    result = CliRunner().invoke(app, prog_name="sensa")
    assert result.stdout.split() == completed


@pytest.mark.parametrize(
    "story", ["[expect]\na = 1\n", "# so\n[expect]\na = 1\n\n[[allow]]\nx = 1\n", "[a]\n"]
)
def test_expected_results_are_left_out_with_their_derivation(story: str) -> None:
    kept = without_expected_results(f"# first\n\n{story}")
    assert kept == "# first\n" + {"[e": "", "# ": "\n[[allow]]\nx = 1\n", "[a": "\n[a]\n"}[story[:2]]


def test_new_never_overwrites(sensa_at: Call, tmp_path: Path) -> None:
    assert sensa_at("new", "story.toml").exit_code == 0
    text = (tmp_path / "story.toml").read_text()
    result = sensa_at("new", "story.toml", "--goal", "simulator")
    assert result.exit_code == 2
    assert "already exists, and is left as it is" in result.stderr
    assert (tmp_path / "story.toml").read_text() == text


def test_new_says_what_it_cannot_do(sensa_at: Call) -> None:
    result = sensa_at("new", "--goal", "simulato")
    assert result.exit_code == 2
    assert "did you mean `simulator`?" in result.stderr
    result = sensa_at("new", "missing/story.toml")
    assert result.exit_code == 2
    assert "no such file or directory" in result.stderr


def test_schema_is_one_and_holds_for_a_new_story(sensa_at: Call) -> None:
    schema = json.loads(sensa_at("schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    holds = jsonschema.Draft202012Validator(schema).is_valid
    fresh = tomli.loads(sensa_at("new").stdout)
    assert holds(fresh)
    assert not holds({**fresh, "format": 1})


def test_show_gives_every_value_with_its_place(sensa_at: Call) -> None:
    sensa_at("new", "story.toml")
    lines = sensa_at("show", "story.toml").stdout.splitlines()
    assert '3:10    format = "training-story/1"' in lines
    assert any(line.endswith("assumptions.simplest_is_meant.given[0].credence.low = 0.2") for line in lines)


def test_show_draws_only_graphs(sensa_at: Call) -> None:
    result = sensa_at("show", "story.toml", "--format", "dot")
    assert result.exit_code == 2
    assert "only the graph can be drawn" in result.stderr


def test_show_of_a_wrong_story(sensa_at: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("format = 1\n")
    result = sensa_at("show", "bad.toml")
    assert result.exit_code == 2
    assert "bad.toml:1:10: format:" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["run", "report", "check", "plot", "show", "new", "schema"])
def test_every_help_has_an_example(sensa_at: Call, command: str) -> None:
    result = sensa_at(command, "--help")
    assert result.exit_code == 0
    assert f"`sensa {command}" in " ".join(result.stdout.split())
    assert "Example" in result.stdout


def test_version(sensa_at: Call) -> None:
    result = sensa_at("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("sensa ")
