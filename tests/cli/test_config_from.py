"""A pull request that loosens what gates it, in a repository for real: `--config-from` goes by the base."""

import json
import os
import shlex
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sensa.cli import app
from tests.comparing import repositories
from tests.comparing.stories import PLAIN

RULES = '[properties.budget]\nrequire = "P(harm) <= {}"\n'
STRICT = """[tool.sensa]
stories = ["plans/s*.toml"]
properties = "rules.toml"
engine = "exact"
"""
LOOSE = """[tool.sensa]
stories = ["easy.toml"]
properties = "loose.toml"
engine = "montecarlo"
alpha = 0.5
fail-on = "never"
"""


git = partial(repositories.git, Path())  # in the working directory


def commit(what: str) -> None:
    git("add", "-A")
    git("commit", "-q", "-m", what)


def sensa(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--quiet"], prog_name="sensa")


@pytest.fixture
def pull(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The base allows harm of 15 %; on the branch it is (1 - .6) / 2 = 20 %, and every gate is loosened."""
    top = tmp_path / "top"
    (top / "plans").mkdir(parents=True)
    monkeypatch.chdir(top)
    monkeypatch.setenv("SENSA_CACHE", str(tmp_path / "cache"))
    git("init", "-q", "-b", "main")
    Path("plans/story.toml").write_text(PLAIN)
    Path("rules.toml").write_text(RULES.format("0.15"))
    Path("pyproject.toml").write_text(STRICT)
    commit("base")
    git("checkout", "-q", "-b", "work")
    Path("plans/story.toml").write_text(PLAIN.replace("credence = 0.8", "credence = 0.6"))
    Path("easy.toml").write_text(PLAIN)
    Path("loose.toml").write_text(RULES.format("1"))
    Path("rules.toml").write_text(RULES.format("0.9"))
    Path("pyproject.toml").write_text(LOOSE)
    commit("head")
    return top


def verdicts(*arguments: str) -> dict[str, dict[str, str]]:
    """By file, the status of each property."""
    found = json.loads(sensa(*arguments, "--format", "json").stdout)
    judged = {one["file"]: one["judgement"]["verdicts"] for one in found["stories"]}
    return {file: {each["name"]: each["status"] for each in ones} for file, ones in judged.items()}


def test_by_its_own_configuration_it_passes(pull: Path) -> None:
    assert sensa("check").exit_code == 0
    assert verdicts("check") == {"easy.toml": {"budget": "pass"}}


@pytest.mark.parametrize("reference", ["main", "merge-base", "HEAD~1"])
def test_by_the_configuration_of_the_base_it_fails(pull: Path, reference: str) -> None:
    result = sensa("check", "--config-from", reference)
    assert result.exit_code == 1, result.output
    assert verdicts("check", "--config-from", reference) == {"plans/story.toml": {"budget": "fail"}}


def test_below_the_root_too(pull: Path) -> None:
    Path("plans/pyproject.toml").write_text(LOOSE)
    os.chdir("plans")
    assert sensa("check", "--config-from", "main").exit_code == 1
    assert sensa("check", "story.toml", "--config-from", "main").exit_code == 1


def test_diff_goes_by_the_base_too(pull: Path) -> None:
    assert sensa("diff", "plans/story.toml").exit_code == 0
    assert sensa("diff", "plans/story.toml", "--config-from", "main").exit_code == 1


def test_run_goes_by_the_base_too(pull: Path) -> None:
    named = ("run", "plans/story.toml", "--analyses", "outcomes")
    assert sensa(*named).exit_code == 0
    result = sensa(*named, "--config-from", "main")
    assert result.exit_code == 1, result.output
    assert "Meet budget" in result.stdout
    assert sensa(*named, "--properties", "rules.toml", "--config-from", "main").exit_code == 1
    wrong = sensa(*named, "--properties", "loose.toml", "--config-from", "main")
    assert wrong.exit_code == 2
    assert "there is no file of properties `loose.toml` at main (" in wrong.stderr


def test_explain_goes_by_the_base_too(pull: Path) -> None:
    named = ("explain", "plans/story.toml", "budget")
    assert "budget: P(harm) <= 1\n" in sensa(*named).stdout
    assert "budget: P(harm) <= 0.15\n" in sensa(*named, "--config-from", "main").stdout
    assert sensa(*named, "--config-from", "nowhere").exit_code == 2


@pytest.mark.parametrize("story", ["plans/story.toml", "a plan of $(ours).toml"])
@pytest.mark.parametrize("options", [(), ("--config-from", "main"), ("--properties", "rules.toml")])
def test_what_is_to_be_replayed_can_be(pull: Path, story: str, options: tuple[str, ...]) -> None:
    """With `narrow` violated P(harm) is 1/2, beyond every limit but that of the change's own rules."""
    for where in ("main", "work"):
        git("checkout", "-q", where)
        Path("rules.toml").write_text(RULES.format("0.4") + "forall = { violate = { max = 1 } }\n")
        commit("a rule over cases")
    Path(story).write_text(PLAIN)
    lines = sensa("check", story, "--fail-on", "error", *(options or ("--properties", "rules.toml"))).stdout
    (line,) = (line for line in lines.splitlines() if "replay: " in line)
    program, *words = shlex.split(line.partition("replay: ")[2])
    assert program == "sensa"
    assert words[:2] == ["explain", story]
    assert words[3:5] == ["--properties", "rules.toml"]
    assert ("--config-from" in words) == (options[:1] == ("--config-from",))
    result = sensa(*words)
    assert result.exit_code == 0, result.output
    assert "narrow violated (0.5 > 0.4)" in result.stdout


def test_the_variable_is_as_the_flag(pull: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENSA_CONFIG_FROM", "main")
    assert sensa("check").exit_code == 1


def test_a_flag_beats_the_configuration_of_the_base(pull: Path) -> None:
    assert sensa("check", "--config-from", "main", "--fail-on", "never").exit_code == 0


def test_rules_named_by_a_flag_are_those_of_the_base(pull: Path) -> None:
    named = ("plans/story.toml", "--properties", "rules.toml", "--fail-on", "error", "--engine", "exact")
    assert sensa("check", *named).exit_code == 0
    assert sensa("check", *named, "--config-from", "main").exit_code == 1


def test_rules_outside_of_the_repository_are_taken_as_they_are(pull: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES.format("0.5"))
    for rules, code in (("../rules.toml", 0), (str(tmp_path / "rules.toml"), 0), ("rules.toml", 1)):
        named = ("plans/story.toml", "--properties", rules, "--config-from", "main")
        assert sensa("check", *named).exit_code == code


@pytest.mark.parametrize("name", ["rules.toml", "pyproject.toml"])
def test_a_link_in_the_place_of_a_file_is_not_followed(pull: Path, name: str) -> None:
    """The base has a lax file for another purpose; a link to it, or to one outside, changes nothing."""
    git("checkout", "-q", "main")
    Path("lax.toml").write_text(RULES.format("1") if name == "rules.toml" else LOOSE)
    commit("another")
    git("checkout", "-q", "work")
    for target in ("lax.toml", "../outside.toml"):
        Path(name).unlink()
        Path(name).symlink_to(target)
        assert sensa("check", "--config-from", "main").exit_code == 1


def test_a_repository_inside_is_not_asked(pull: Path) -> None:
    """As a submodule that the change brings along, whose own main branch allows all."""
    git("checkout", "-q", "main")
    Path("own").mkdir()
    Path("own/rules.toml").write_text(RULES.format("0.15"))
    Path("pyproject.toml").write_text(STRICT.replace("rules.toml", "own/rules.toml"))
    commit("rules of their own")
    git("checkout", "-q", "work")
    git("init", "-q", "-b", "main", "own")
    Path("own/rules.toml").write_text(RULES.format("1"))
    git("-C", "own", "add", "-A")
    git("-C", "own", "commit", "-q", "-m", "loose")
    assert sensa("check", "--config-from", "main").exit_code == 1


def test_against_the_base_loosened_rules_are_named(pull: Path) -> None:
    """P(harm) is 20 %: the rules of the base fail, those of the change pass, and that is said."""
    named = ("check", "plans/story.toml", "--properties", "rules.toml", "--fail-on", "inactive")
    assert sensa(*named).exit_code == 0
    result = sensa(*named, "--against", "main")
    assert result.exit_code == 1
    assert "`budget` was loosened: it required `P(harm) <= 0.15` at main (" in result.stdout
    assert "which fails now" in result.stdout
    Path("rules.toml").write_text(RULES.format("0.9").replace("budget", "other"))
    assert "`budget` is gone: it required `P(harm) <= 0.15`" in sensa(*named, "--against", "main").stdout


def test_an_answer_by_other_rules_is_not_used(pull: Path) -> None:
    """What was remembered by the rules of one commit is no answer by those of the next."""
    assert sensa("check", "--config-from", "main").exit_code == 1
    git("branch", "-q", "-f", "main", "work")
    assert sensa("check", "--config-from", "main").exit_code == 0


def test_what_cannot_be_had_from_a_commit(pull: Path) -> None:
    result = sensa("check", "--config-from", "nowhere")
    assert result.exit_code == 2
    assert "sensa: there is no `nowhere` here" in result.stderr
    result = sensa("check", "plans/story.toml", "--properties", "loose.toml", "--config-from", "main")
    assert result.exit_code == 2
    assert "there is no file of properties `loose.toml` at main (" in result.stderr
    git("checkout", "-q", "main")
    Path("pyproject.toml").write_text(STRICT + "alpha = 7\n")
    commit("wrong")
    result = sensa("check", "--config-from", "main")
    assert result.exit_code == 2
    assert "tool.sensa.alpha: expected a number from 1e-9 to 0.5, got `7`" in result.stderr
    git("rm", "-q", "pyproject.toml")
    git("commit", "-q", "-m", "none")
    result = sensa("check", "--config-from", "main")
    assert result.exit_code == 2
    assert "no story given" in result.output


def test_outside_of_any_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = sensa("check", "story.toml", "--config-from", "main")
    assert result.exit_code == 2
    assert "is not in a git repository" in result.stderr
