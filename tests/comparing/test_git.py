"""What a stranger's repository plants for git to run: each thing is planted, and none of it runs."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sensa.comparing.git import git
from sensa.comparing.history import HistoryError, version

STORY = Path("plans") / "story.toml"


def plain(where: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    settings = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", "-C", str(where), *settings, *arguments], capture_output=True, check=check)


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with a story that was renamed, so that every call of ours is made."""
    top = tmp_path / "top"
    (top / "plans").mkdir(parents=True)
    plain(top, "init", "-q", "-b", "main")
    (top / "plans" / "old.toml").write_text("first\n" * 20)
    plain(top, "add", "-A")
    plain(top, "commit", "-q", "-m", "one")
    plain(top, "checkout", "-q", "-b", "work")
    plain(top, "mv", "plans/old.toml", str(STORY))
    return top


@pytest.fixture
def planted(tmp_path: Path) -> tuple[Path, Path]:
    """A program that leaves a mark, and the mark."""
    program, mark = tmp_path / "planted", tmp_path / "mark"
    program.write_text(f"#!/bin/sh\necho ran >> '{mark}'\nexit 1\n")
    program.chmod(0o755)
    return program, mark


def configured(top: Path, setting: str, program: Path) -> None:
    plain(top, "config", setting, str(program))


def fetching(top: Path, program: Path) -> None:
    """A clone that fetches what it misses by a program of its own, and misses the story's blob."""
    blob = plain(top, "rev-parse", "main:plans/old.toml").stdout.decode().strip()
    (top / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    for setting, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", str(top)),
        ("remote.origin.uploadpack", str(program)),
    ):
        plain(top, "config", setting, value)


def fetching_over_ssh(top: Path, program: Path) -> None:
    fetching(top, program)
    plain(top, "config", "remote.origin.url", "ssh://host/place")
    plain(top, "config", "core.sshCommand", str(program))


def textconv(top: Path, program: Path) -> None:
    (top / ".git" / "info").mkdir(exist_ok=True)
    (top / ".git" / "info" / "attributes").write_text("*.toml diff=planted filter=planted\n")
    for setting in (
        "diff.planted.textconv",
        "diff.planted.command",
        "filter.planted.clean",
        "filter.planted.smudge",
    ):
        configured(top, setting, program)


def included(top: Path, program: Path) -> None:
    other = top / "settings"
    other.write_text(
        f"[core]\n\tfsmonitor = {program}\n\tpager = {program}\n[diff]\n\texternal = {program}\n"
    )
    configured(top, "include.path", other)


PLANTS: dict[str, Callable[[Path, Path], None]] = {
    "fsmonitor": lambda top, program: configured(top, "core.fsmonitor", program),
    "external diff": lambda top, program: configured(top, "diff.external", program),
    "pager": lambda top, program: configured(top, "core.pager", program),
    "alias": lambda top, program: configured(top, "alias.rev-parse", Path(f"!{program}")),
    "upload pack": fetching,
    "ssh": fetching_over_ssh,
    "text conversion and filters": textconv,
    "included": included,
}


@pytest.mark.parametrize("plant", PLANTS)
def test_nothing_that_a_repository_names_is_run(plant: str, top: Path, planted: tuple[Path, Path]) -> None:
    program, mark = planted
    PLANTS[plant](top, program)
    try:
        assert version(str(top / STORY), "main").text == "first\n" * 20
    except HistoryError:
        assert "upload" in plant or plant == "ssh"  # the blob is not there, and is not fetched
    assert not mark.exists()


def test_hooks_are_off(top: Path, planted: tuple[Path, Path]) -> None:
    program, mark = planted
    for hook in ("post-index-change", "reference-transaction", "post-checkout", "pre-auto-gc"):
        (top / ".git" / "hooks" / hook).write_bytes(program.read_bytes())
        (top / ".git" / "hooks" / hook).chmod(0o755)
    version(str(top / STORY), "main")
    assert not mark.exists()


@pytest.mark.parametrize(("plant", "words"), [
    ("fsmonitor", ("status",)),
    ("upload pack", ("cat-file", "blob", "main:plans/old.toml")),
])  # fmt: skip
def test_the_plants_are_real(
    plant: str, words: tuple[str, ...], top: Path, planted: tuple[Path, Path]
) -> None:
    """Git as it is runs them: the tests above would see it."""
    program, mark = planted
    PLANTS[plant](top, program)
    plain(top, *words, check=False)
    assert mark.exists()


def test_a_bare_repository_inside_a_checkout_is_no_repository(top: Path, planted: tuple[Path, Path]) -> None:
    """A folder of a pull request with a `HEAD`, `objects` and a `config` of the stranger's."""
    program, mark = planted
    inner = top / "inner"
    plain(top, "init", "-q", "--bare", str(inner))
    plain(inner, "config", "core.bare", "false")
    plain(inner, "config", "core.worktree", str(inner))
    configured(inner, "core.fsmonitor", program)
    (inner / "story.toml").write_text("new\n")
    mark.unlink(missing_ok=True)
    assert version(str(inner / "story.toml"), "main").text is None  # of the outer one, which never had it
    assert not mark.exists()


def test_git_of_the_working_directory_is_not_run(
    top: Path, planted: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    program, mark = planted
    (top / "git").write_bytes(program.read_bytes())
    (top / "git").chmod(0o755)
    monkeypatch.chdir(top)
    monkeypatch.setenv("PATH", os.pathsep.join((".", "", os.environ["PATH"])))
    assert version(str(top / STORY), "main").text == "first\n" * 20
    assert not mark.exists()


OF_A_HOOK = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF",
    "GIT_CONFIG_PARAMETERS", "GIT_PROXY_COMMAND",
)  # fmt: skip


@pytest.mark.parametrize("variable", OF_A_HOOK)
def test_variables_of_a_hook_are_not_passed_on(
    variable: str, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "/nowhere")
    assert git(top, "rev-parse", "--git-dir").stdout == b".git\n"
    assert version(str(top / STORY), "main").text == "first\n" * 20


@pytest.mark.parametrize("reference", ["--upload-pack=x", "-c", "--output=x", "a..b", ":/one", "x y", ""])
def test_a_reference_is_never_an_option(reference: str, top: Path) -> None:
    with pytest.raises(HistoryError):
        version(str(top / STORY), reference)


def test_settings_of_the_environment_are_the_users(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `safe.directory` of a job whose checkout belongs to another; ours come after them."""
    for name, value in (("COUNT", "2"), ("KEY_0", "a.b"), ("VALUE_0", "c"), ("KEY_1", "core.fsmonitor")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    monkeypatch.setenv("GIT_CONFIG_VALUE_1", "true")
    assert git(top, "config", "a.b").stdout == b"c\n"
    assert git(top, "config", "core.fsmonitor").stdout == b"false\n"
