"""A story from git, in repositories made for the purpose, shallow ones and hostile names among them."""

import subprocess
import sys
from pathlib import Path

import pytest

from sensa.comparing.history import HistoryError, missing, version
from tests.comparing.repositories import git

STORY = Path("plans") / "story.toml"


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
    with pytest.raises(HistoryError, match="is not a valid name of a commit"):
        version(str(repository / STORY), name)
    assert not (repository / "made").exists()


def test_no_repository_no_reference_no_file(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="is not in a git repository"):
        version(str(tmp_path / "story.toml"), None)
    with pytest.raises(HistoryError, match=r"there is no `nowhere` here$"):
        version(str(repository / STORY), "nowhere")
    with pytest.raises(HistoryError, match="is not a file"):
        version(str(repository / "plans"), "main")


def test_a_link_is_no_story(repository: Path) -> None:
    (repository / "link.toml").symlink_to("/etc/passwd")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "link")
    (repository / "link.toml").unlink()
    (repository / "link.toml").write_text("plain\n")
    with pytest.raises(HistoryError, match="is not a file"):
        version(str(repository / "link.toml"), "HEAD")


def test_a_renamed_file_is_found_under_its_old_name(repository: Path) -> None:
    (repository / STORY).write_text("line\n" * 50)
    git(repository, "commit", "-q", "-a", "-m", "longer")
    git(repository, "mv", str(STORY), "moved.toml")
    (repository / "moved.toml").write_text("line\n" * 50 + "more\n")
    git(repository, "add", "-A")
    found = version(str(repository / "moved.toml"), "HEAD")
    assert (found.text, found.path) == ("line\n" * 50, "plans/story.toml")
    assert "there `plans/story.toml`" in found.name
    git(repository, "commit", "-q", "-m", "moved")
    assert version(str(repository / "moved.toml"), "HEAD~1").path == "plans/story.toml"


def gone(top: Path, reference: str | None = "main", ending: str = "") -> dict[str, str | None]:
    """What is missing since a commit: by the name it had, the name it has."""
    found = missing(top, reference, ending)
    return {
        one.place.relative_to(top).as_posix(): one.now and one.now.relative_to(top).as_posix()
        for one in found
    }


def test_what_is_missing_since_a_commit(repository: Path) -> None:
    """Committed, staged or neither; a file that was never there is not missed."""
    assert gone(repository) == {}
    (repository / STORY).unlink()
    (repository / "plans" / "new.toml").unlink()
    assert gone(repository) == {"plans/story.toml": None}
    assert gone(repository, "HEAD") == {"plans/new.toml": None, "plans/story.toml": None}
    git(repository, "add", "-A")
    assert gone(repository) == {"plans/story.toml": None}
    git(repository, "commit", "-q", "-m", "three")
    assert gone(repository) == gone(repository, None) == {"plans/story.toml": None}
    assert gone(repository, "HEAD") == {}
    assert gone(repository, ending=".md") == {}
    (found,) = missing(repository, "main", ".toml")
    assert found.text == "first\n"
    assert found.name.startswith("main (")


def test_what_is_missing_has_its_new_name(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    git(repository, "mv", str(STORY), "moved.toml")
    assert gone(repository) == {"plans/story.toml": "moved.toml"}
    (repository / "moved.toml").unlink()
    assert gone(repository) == {"plans/story.toml": None}


def test_what_is_not_looked_at_is_not_missed(repository: Path) -> None:
    """A sparse checkout has the file in its index; one that is only untracked now is still there."""
    git(repository, "update-index", "--skip-worktree", str(STORY))
    (repository / STORY).unlink()
    assert gone(repository) == {}
    git(repository, "update-index", "--no-skip-worktree", str(STORY))
    assert gone(repository) == {"plans/story.toml": None}
    git(repository, "checkout", "-q", "--", str(STORY))
    git(repository, "rm", "-q", "--cached", str(STORY))
    assert gone(repository) == {}


def test_a_folder_in_the_place_of_a_file_is_no_such_file(repository: Path) -> None:
    (repository / STORY).unlink()
    (repository / STORY).mkdir()
    (repository / STORY / "x").write_text("x")
    git(repository, "add", "-A")
    assert gone(repository) == {"plans/story.toml": None}


def test_what_can_be_no_text_is_not_missed(repository: Path) -> None:
    """Links, bytes and what is too large; names are of any characters."""
    (repository / "link.toml").symlink_to("plans/story.toml")
    (repository / "bytes.toml").write_bytes(b"\xff")
    (repository / "large.toml").write_text("#" * ((1 << 20) + 1))
    (repository / "é\n*.toml").write_text("odd\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "three")
    for name in ("link.toml", "bytes.toml", "large.toml", "é\n*.toml"):
        (repository / name).unlink()
    assert gone(repository, "HEAD") == {"é\n*.toml": None}


def test_what_cannot_be_told_is_no_answer(repository: Path) -> None:
    (repository / ".git" / "index").write_bytes(b"broken")
    with pytest.raises(HistoryError, match=r"what `.*` has lost since main \(.*\) cannot be determined"):
        gone(repository)


def test_the_repository_is_that_of_the_file(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a hook of another repository, which sets GIT_DIR."""
    other = tmp_path / "other"
    git(tmp_path, "init", "-q", str(other))
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert version(str(repository / STORY), "main").text == "first\n"


def test_a_path_is_no_pattern(repository: Path) -> None:
    """`plans/*.toml`, and git's magic words, are names as any."""
    for name in ("*.toml", ":(glob)story.toml", "-n"):
        assert version(str(repository / "plans" / name), "main").text is None


def test_a_link_to_a_file_elsewhere_is_read_where_it_is(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.toml").write_text("secret")
    (repository / "plans" / "link.toml").symlink_to(tmp_path / "secret.toml")
    with pytest.raises(HistoryError, match="is not in a git repository"):
        version(str(repository / "plans" / "link.toml"), "main")


def test_what_is_no_text(repository: Path) -> None:
    (repository / STORY).write_bytes(b"\xff\xfe")
    git(repository, "commit", "-q", "-a", "-m", "bytes")
    with pytest.raises(HistoryError, match="not UTF-8"):
        version(str(repository / STORY), "HEAD")


def test_git_that_is_not_there_or_waits(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = str(repository / STORY)
    monkeypatch.setattr("sensa.comparing.git.MAX_SECONDS", 1e-6)
    with pytest.raises(HistoryError, match="git took more than"):
        version(file, None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(HistoryError, match="git is not installed"):
        version(file, None)


def test_a_range_or_a_search_is_no_commit(repository: Path) -> None:
    for name in ("main..work", ":/one", "main...work"):
        with pytest.raises(HistoryError):
            version(str(repository / STORY), name)
    assert version(str(repository / STORY), "HEAD~1").text == "first\n"


AMBIGUOUS = "names several branches, tags or commits here"


@pytest.mark.parametrize("kind", ["tag", "branch"])
def test_a_tag_or_branch_does_not_stand_for_the_base(repository: Path, tmp_path: Path, kind: str) -> None:
    """Git takes a tag `origin/main` before the branch `main` of `origin`; whoever may push could make one."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repository), str(clone))
    assert version(str(clone / STORY), "origin/main").text == "first\n"
    git(clone, kind, "origin/main", "origin/work")
    with pytest.raises(HistoryError, match=rf"`origin/main` {AMBIGUOUS}"):
        version(str(clone / STORY), "origin/main")
    assert version(str(clone / STORY), "refs/remotes/origin/main").text == "first\n"


def test_a_tag_does_not_stand_for_a_short_hash(repository: Path) -> None:
    commit = git(repository, "rev-parse", "main").strip()
    git(repository, "tag", commit[:8], "work")
    with pytest.raises(HistoryError, match=AMBIGUOUS):
        version(str(repository / STORY), commit[:8])
    git(repository, "update-ref", f"refs/tags/{commit}", "work")
    assert version(str(repository / STORY), commit).text == "first\n"


def test_a_repository_does_not_turn_off_that_names_are_told_apart(repository: Path) -> None:
    git(repository, "config", "core.warnAmbiguousRefs", "false")
    git(repository, "tag", "main", "work")
    with pytest.raises(HistoryError, match=AMBIGUOUS):
        version(str(repository / STORY), "main")


def test_a_link_is_compared_with_what_had_its_name(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    (repository / "plans" / "easy.toml").write_text("easy\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "easy")
    (repository / STORY).unlink()
    (repository / STORY).symlink_to("easy.toml")
    assert version(str(repository / STORY), "main").text == "first\n"
    git(repository, "commit", "-q", "-a", "-m", "a link at the base too")
    assert version(str(repository / STORY), "main").text == "easy\n"


def test_a_submodule_is_compared_with_what_had_its_name(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the reference or the name is unknown in the repository around it, its own history counts."""
    other = tmp_path / "other"
    git(tmp_path, "init", "-q", "-b", "main", str(other))
    for name in ("story.toml", "more.toml"):
        (other / name).write_text("theirs\n")
    git(other, "add", "-A")
    git(other, "commit", "-q", "-m", "one")
    git(other, "tag", "only-there")
    git(repository, "rm", "-q", "-r", "plans")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "plans")
    monkeypatch.chdir(repository)
    assert version(str(STORY), "main").text == "first\n"
    assert version(str(STORY.with_name("more.toml")), "main").text == "theirs\n"
    assert version(str(STORY), "only-there").text == "theirs\n"
    monkeypatch.chdir(repository / "plans")
    assert version("story.toml", "main").text == "theirs\n"


def test_importing_it_is_cheap() -> None:
    heavy = "{'numpy', 'pydantic', 'xarray'}"
    code = f"import sys, sensa.comparing.history\nprint(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
