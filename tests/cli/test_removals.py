"""Stories that a pull request deletes or moves away, in a repository for real."""

import json
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sensa.cli import app
from tests.comparing import repositories
from tests.comparing.stories import PLAIN

OTHER = PLAIN.replace("Two ways", "Another").replace("credence = 0.8", "credence = 0.4")


git = partial(repositories.git, Path())  # in the working directory


def sensa(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments, "--quiet", "--no-cache"], prog_name="sensa")


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two stories and a file that is none on `main`; a branch that has changed nothing yet."""
    made = tmp_path / "top"
    (made / "plans" / "deep").mkdir(parents=True)
    monkeypatch.chdir(made)
    git("init", "-q", "-b", "main")
    Path("plans/kept.toml").write_text(PLAIN)
    Path("plans/deep/other.toml").write_text(OTHER)
    Path("plans/settings.toml").write_text("[tool]\nx = 1\n")
    Path("plans/wrong.toml").write_text(PLAIN.replace("[goal]", "[gaol]"))
    git("add", "-A")
    git("commit", "-q", "-m", "base")
    git("checkout", "-q", "-b", "work")
    return made


def commit(what: str = "head") -> None:
    git("add", "-A")
    git("commit", "-q", "-m", what)


def base() -> str:
    return f"main ({git('rev-parse', 'main')[:8]})"


def told(*arguments: str) -> tuple[int, list[str]]:
    """The exit code, and what is said of stories that are gone."""
    result = sensa(*arguments, "--against", "main", "--format", "json")
    reviews = json.loads(result.stdout)["stories"]
    problems = [problem for review in reviews for problem in review["problems"]]
    return result.exit_code, [p["message"] for p in problems if p["code"] == "story-removed"]


def test_a_story_that_was_deleted_is_named(top: Path) -> None:
    Path("plans/deep/other.toml").unlink()
    said = f"`plans/deep/other.toml` is gone: it was a story at {base()}"
    for step in (lambda: None, lambda: git("add", "-A"), commit):
        step()
        assert told("plans/kept.toml") == (0, [said])
    result = sensa("plans/kept.toml", "--against", "merge-base")
    assert result.exit_code == 0
    assert f"plans/deep/other.toml:1:1: {said} [warning: story-removed]" in result.stdout
    assert "is gone" not in sensa("plans/kept.toml").stdout


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("never", 0), ("inactive", 1), ("warning", 1)])
def test_it_fails_where_what_is_lost_counts(top: Path, fail_on: str, code: int) -> None:
    git("rm", "-q", "plans/deep/other.toml")
    result = sensa("plans/kept.toml", "--against", "main", "--fail-on", fail_on, "--format", "json")
    kept, other = json.loads(result.stdout)["stories"]
    assert (kept["file"], other["file"]) == ("plans/kept.toml", "plans/deep/other.toml")
    assert (other["state"], other["exit_code"]) == ("failed" if code else "passed", code)
    assert result.exit_code == max(kept["exit_code"], code)


def test_a_renamed_story_is_no_removal(top: Path) -> None:
    """Whether git knows of it or not: with the same content it is the same story."""
    Path("plans/deep/other.toml").rename("plans/renamed.toml")
    for step in (lambda: None, lambda: git("add", "-A"), commit):
        step()
        assert told("plans/kept.toml", "plans/renamed.toml") == (0, [])
    Path("plans/renamed.toml").write_text(OTHER.replace("credence = 0.4", "credence = 0.5"))
    commit()
    assert told("plans/kept.toml", "plans/renamed.toml") == (0, [])


def test_a_story_that_was_moved_out_of_what_is_checked_is_named(top: Path) -> None:
    Path("attic").mkdir()
    git("mv", "plans/deep/other.toml", "attic/other.toml")
    said = "`plans/deep/other.toml` is `attic/other.toml` now, which is not checked: it was a story at "
    assert told("plans/kept.toml") == (0, [said + base()])
    assert told("plans/kept.toml", "attic/other.toml") == (0, [])


def test_a_story_that_is_rewritten_under_another_name_is_named(top: Path) -> None:
    """Git sees no rename behind so much padding, and the new story may hold itself to less."""
    Path("plans/deep/other.toml").unlink()
    padded = OTHER + "".join(f"# {n:x}{n * 7919:x} padding\n" for n in range(1200))
    Path("plans/new.toml").write_text(padded)
    commit()
    assert told("plans/new.toml") == (0, [f"`plans/deep/other.toml` is gone: it was a story at {base()}"])


def test_what_was_no_story_is_not_missed(top: Path) -> None:
    git("rm", "-q", "plans/settings.toml", "plans/wrong.toml")
    assert told("plans/kept.toml") == (0, [])


def test_a_story_that_is_checked_by_its_old_name_is_wrong_and_no_more(top: Path) -> None:
    git("rm", "-q", "plans/deep/other.toml")
    assert told("plans/kept.toml", "plans/deep/other.toml") == (2, [])


def test_names_are_from_the_working_directory(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("rm", "-q", "plans/kept.toml")
    monkeypatch.chdir(top / "plans" / "deep")
    assert told("other.toml") == (0, [f"`../kept.toml` is gone: it was a story at {base()}"])


def test_a_base_that_cannot_be_had_is_told_once_for_each_story(top: Path) -> None:
    git("rm", "-q", "plans/deep/other.toml")
    result = sensa("plans/kept.toml", "--against", "nowhere")
    assert result.exit_code == 2
    assert result.stderr.count("there is no `nowhere` here") == 1


def test_what_cannot_be_told_is_never_green(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensa.comparing.history._changed_names", lambda *arguments: None)
    result = sensa("plans/kept.toml", "--against", "main")
    assert result.exit_code == 2
    assert "cannot be determined" in result.stderr


def test_the_comment_does_not_say_that_it_passes(top: Path) -> None:
    git("rm", "-q", "plans/deep/other.toml")
    arguments = ("plans/kept.toml", "--against", "main", "--format", "markdown")
    comment = sensa(*arguments).stdout
    assert "## ✓ 1 of 1 stories pass" in comment
    assert "| – is no longer checked | <code>plans/deep/other.toml</code> |" in comment
    assert "## Another: – is no longer checked" in comment
    assert "&#96;plans/deep/other.toml&#96; is gone: it was a story at main" in comment
    comment = sensa(*arguments, "--fail-on", "inactive").stdout
    assert "## ✗ 1 of 2 stories pass" in comment
    assert "## Another: ✗ fails" in comment


def test_what_a_submodule_took_the_place_of_is_named(top: Path, tmp_path: Path) -> None:
    """Only stories of the submodule are checked; those of the repository around it are gone."""
    made = tmp_path / "made"
    made.mkdir()
    (made / "kept.toml").write_text(PLAIN)
    git("-C", str(made), "init", "-q", "-b", "main")
    git("-C", str(made), "add", "-A")
    git("-C", str(made), "commit", "-q", "-m", "theirs")
    git("rm", "-q", "-r", "plans")
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(made), "plans")
    commit()
    code, messages = told("plans/kept.toml", "--fail-on", "inactive")
    assert code == 1
    assert messages == [f"`plans/deep/other.toml` is gone: it was a story at {base()}"]
