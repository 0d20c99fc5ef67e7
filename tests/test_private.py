"""Which directories are believed."""

import os
import sys
from pathlib import Path

import pytest

from sensa import private


@pytest.fixture
def place(tmp_path: Path) -> Path:
    made = tmp_path / "cache"
    made.mkdir(mode=0o700)
    return made


def test_one_of_the_users_own_is_believed(place: Path) -> None:
    assert private.refusal(place) is None
    place.chmod(0o755)
    assert private.refusal(place) is None, "others may read"


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes")
@pytest.mark.parametrize("mode", [0o720, 0o702, 0o770, 0o777, 0o1777])
def test_what_group_or_others_may_write_is_not(place: Path, mode: int) -> None:
    place.chmod(mode)
    assert private.refusal(place) == "others may write to it"
    assert not private.ready(place)


def test_nor_what_belongs_to_another(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: place.stat().st_uid + 1)
    assert private.refusal(place) == "it belongs to another user"


@pytest.mark.parametrize("below", ["", "below", "below/that/is/not/there"])
def test_nor_what_lies_in_a_repository(place: Path, below: str) -> None:
    assert private.refusal(place / below) is None
    (place / ".git").touch()  # a file, as of a worktree or a submodule
    assert private.refusal(place / below) == "it lies in a repository"
    (place / ".git").unlink()
    for name in ("HEAD", "objects", "refs"):
        (place / name).touch()
    assert private.refusal(place / below) == "it lies in a repository", "a bare one"


def test_nor_what_a_link_leads_to(place: Path) -> None:
    link = place.parent / "link"
    link.symlink_to(place)
    for path in (link, link / "below", place.parent / "link" / "not" / "there"):
        assert private.refusal(path) == "it is reached through a symbolic link"
    assert private.refusal(place / ".." / "cache") == "its path has `..`"
    assert private.refusal(Path("cache")) == "its path is relative"


def test_nor_what_lies_in_the_working_directory(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a checkout without git; but those who stand in their home have their caches below them."""
    monkeypatch.chdir(place.parent)
    assert private.refusal(place) == "it lies in the working directory"
    monkeypatch.setenv("HOME", str(place.parent / "home"))
    assert private.refusal(place) is None
    monkeypatch.setenv("HOME", "/")
    monkeypatch.chdir(place)
    assert private.refusal(place) == "it lies in the working directory"


def test_one_that_is_made_is_ours(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        assert private.ready(tmp_path / "a" / "b")
    finally:
        os.umask(old)
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["XDG_CACHE_HOME", "XDG_CONFIG_HOME"])
def test_relative_places_are_passed_over(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", "/home/a")
    monkeypatch.setenv(name, ".cache")
    found = private.caches() if name == "XDG_CACHE_HOME" else private.settings()
    assert found == Path("/home/a/.cache" if name == "XDG_CACHE_HOME" else "/home/a/.config")
    monkeypatch.setenv("HOME", "home")
    assert (private.caches() if name == "XDG_CACHE_HOME" else private.settings()) is None
