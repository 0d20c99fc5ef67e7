"""A story from git, in repositories made for the purpose, shallow ones and hostile names among them."""

import subprocess
from pathlib import Path

import pytest

from sensa.comparing.history import HistoryError, version

STORY = Path("plans") / "story.toml"


def git(where: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", "-C", str(where), *settings, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = tmp_path / "top"
    (top / "plans").mkdir(parents=True)
    git(top, "init", "-q", "-b", "main")
    (top / STORY).write_text("first\n")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "one")
    git(top, "checkout", "-q", "-b", "work")
    (top / STORY).write_text("second\n")
    (top / "plans" / "new.toml").write_text("new\n")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "two")
    return top


def test_by_default_where_the_branch_left_the_main_one(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    (repository / STORY).write_text("meanwhile\n")
    git(repository, "commit", "-q", "-a", "-m", "three")
    git(repository, "checkout", "-q", "work")
    found = version(str(repository / STORY), None)
    assert found.text == "first\n"
    assert found.name.startswith("main (")
    assert version(str(repository / STORY), "main").text == "meanwhile\n"
    assert version(str(repository / STORY), "HEAD").text == "second\n"


def test_a_file_that_was_not_there(repository: Path) -> None:
    assert version(str(repository / "plans" / "new.toml"), "main").text is None


def test_a_shallow_clone_says_what_to_do(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", "--branch", "work", repository.as_uri(), str(clone))
    with pytest.raises(HistoryError, match=r"the clone is shallow.*fetch --unshallow.*fetch-depth: 0"):
        version(str(clone / STORY), "main")
    with pytest.raises(HistoryError, match=r"no main branch|shallow"):
        version(str(clone / STORY), None)


@pytest.mark.parametrize(
    "name", ["--output=made", "-h", "a b", "$(id)", "a;b", "main:plans/story.toml", "", "x" * 300, "a\nb"]
)
def test_a_name_that_is_none_reaches_no_git(repository: Path, name: str) -> None:
    with pytest.raises(HistoryError, match="is no name of a commit"):
        version(str(repository / STORY), name)
    assert not (repository / "made").exists()


def test_no_repository_no_reference_no_file(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="is in no git repository"):
        version(str(tmp_path / "story.toml"), None)
    with pytest.raises(HistoryError, match=r"there is no `nowhere` here$"):
        version(str(repository / STORY), "nowhere")
    with pytest.raises(HistoryError, match="is no file"):
        version(str(repository / "plans"), "main")


def test_a_link_is_no_story(repository: Path) -> None:
    (repository / "link.toml").symlink_to("/etc/passwd")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "link")
    (repository / "link.toml").unlink()
    (repository / "link.toml").write_text("plain\n")
    with pytest.raises(HistoryError, match="is no file"):
        version(str(repository / "link.toml"), "HEAD")
