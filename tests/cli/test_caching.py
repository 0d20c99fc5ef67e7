"""The cache: what it keeps, what it must never keep, and what it makes of whatever lies in its place."""

import errno
import hmac
import json
import os
import random
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sensa.cli import caching
from sensa.reviewing.review import Review
from tests.reports import reviews

NAME = "0" * 64
DONE = replace(reviews.review(), message="")
INCOMPLETE = replace(DONE.judgement, verdicts=(reviews.verdict("undecided", complete=False),))


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's settings, with the secret."""
    folder = tmp_path / "settings"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    monkeypatch.chdir("/")
    return folder / "sensa"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "cache"


def signed(review: Review, settings: Path, name: str = NAME) -> bytes:
    """An entry as we would write it, whatever it holds."""
    body = json.dumps({"review": caching.review_document(review)}).encode()
    secret = (settings / caching.SECRET).read_bytes()
    return hmac.digest(secret, name.encode() + b"\n" + body, "sha256").hex().encode() + b"\n" + body


def entry(place: Path) -> Path:
    return place / f"{NAME}.json"


def test_what_is_kept_is_found(place: Path) -> None:
    assert caching.found(NAME, place) is None
    caching.keep(NAME, DONE, place)
    assert caching.found(NAME, place) == DONE
    assert caching.found("1" * 64, place) is None
    assert caching.found(NAME, None) is None


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_place_that_group_or_others_write_to_is_not_believed(place: Path, mode: int) -> None:
    caching.keep(NAME, DONE, place)
    assert caching.found(NAME, place) is not None
    place.chmod(mode)
    assert caching.found(NAME, place) is None


def test_nobody_else_looks_in_or_is_believed(place: Path) -> None:
    caching.keep(NAME, DONE, place)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE(entry(place).stat().st_mode) == 0o600
    place.chmod(0o777)
    assert caching.found(NAME, place) is None
    entry(place).unlink()
    caching.keep(NAME, DONE, place)
    assert os.listdir(place) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "error", "exit_code": 4},
        {"state": "interrupted", "exit_code": 130},
        {"state": "wrong", "exit_code": 2},
        {"state": "undecided", "exit_code": 3, "message": "beyond the budget"},
        {"state": "undecided", "exit_code": 3, "judgement": INCOMPLETE},
        {"state": "failed", "exit_code": 1, "before": INCOMPLETE},
        {"state": "failed", "exit_code": 1, "comparison": replace(reviews.COMPARISON, attribution="sampled")},
        {"state": "failed", "exit_code": 1, "comparison": replace(reviews.COMPARISON, note="no time left")},
        {"state": "passed", "exit_code": 1},
        {"state": "failed", "exit_code": 0},
    ],
)
def test_what_hangs_on_the_moment_is_never_kept(place: Path, settings: Path, changes: dict[str, Any]) -> None:
    review = replace(DONE, **changes)
    caching.keep(NAME, review, place)
    assert not entry(place).exists()
    caching.keep(NAME, DONE, place)
    entry(place).write_bytes(signed(review, settings))
    assert caching.found(NAME, place) is None, "nor believed where it stands there"


def _torn(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _resigned(data: bytes) -> bytes:
    """Signed with a secret that is not the user's."""
    body = data.partition(b"\n")[2]
    return hmac.digest(b"0" * 32, NAME.encode() + b"\n" + body, "sha256").hex().encode() + b"\n" + body


@pytest.mark.parametrize(
    "spoil",
    [
        _torn,
        lambda _: b"",
        lambda _: b"\xff\xfe",
        lambda _: b"null",
        lambda _: b"[1, 2]",
        lambda _: b"[" * 100_000,
        lambda data: data + b"}",
        lambda data: data.replace(b"{", b" " * (caching.MAX_ENTRY_BYTES + 1) + b"{", 1),
        lambda data: data.replace(b'"verdicts"', b'"verdict"'),
        lambda data: data.partition(b"\n")[2],
        lambda data: data.replace(b'"passed"', b'"failed"').replace(b"0", b"1"),
        _resigned,
    ],
)
def test_torn_and_foreign_entries_are_made_anew(place: Path, spoil: Callable[[bytes], bytes]) -> None:
    caching.keep(NAME, DONE, place)
    entry(place).write_bytes(spoil(entry(place).read_bytes()))
    assert caching.found(NAME, place) is None
    caching.keep(NAME, DONE, place)
    assert caching.found(NAME, place) == DONE


def altered(data: bytes, chance: random.Random) -> bytes:
    """An entry that somebody changed: bytes flipped, cut out, put in, or cut off."""
    at, length = chance.randrange(len(data)), chance.randrange(1, 40)
    match chance.randrange(4):
        case 0:
            flipped = bytes(byte ^ chance.randrange(1, 256) for byte in data[at : at + length])
            return data[:at] + flipped + data[at + length :]
        case 1:
            return data[:at] + data[at + length :]
        case 2:
            return data[:at] + chance.randbytes(length) + data[at:]
    return data[:at]


@pytest.mark.parametrize("count", [200, pytest.param(5000, marks=pytest.mark.slow)])
def test_no_altered_entry_is_believed(place: Path, count: int) -> None:
    caching.keep(NAME, DONE, place)
    data, chance = entry(place).read_bytes(), random.Random(0)
    for _ in range(count):
        spoiled = altered(data, chance)
        entry(place).write_bytes(spoiled)
        assert caching.found(NAME, place) is None, spoiled
    entry(place).write_bytes(data)
    assert caching.found(NAME, place) == DONE


def test_an_entry_is_not_believed_under_another_name(place: Path) -> None:
    other = "1" * 64
    caching.keep(NAME, DONE, place)
    (place / f"{other}.json").write_bytes(entry(place).read_bytes())
    assert caching.found(other, place) is None


def test_nothing_is_believed_or_kept_without_the_secret(place: Path, settings: Path) -> None:
    caching.keep(NAME, DONE, place)
    secret = settings / caching.SECRET
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.stat().st_mode) == 0o700
    data = secret.read_bytes()
    for spoil in (lambda: secret.chmod(0o644), lambda: secret.write_bytes(b"short"), secret.unlink):
        secret.write_bytes(data)
        secret.chmod(0o600)
        assert caching.found(NAME, place) == DONE
        spoil()
        assert caching.found(NAME, place) is None
    caching.keep(NAME, DONE, place)  # with a new one
    assert caching.found(NAME, place) == DONE
    settings.chmod(0o777)
    assert caching.found(NAME, place) is None


@pytest.mark.parametrize("mark", [".git", "HEAD objects refs"])
def test_a_place_in_a_repository_is_not_believed(tmp_path: Path, mark: str) -> None:
    """A pull request can put entries there, and a secret of its own beside them."""
    place = tmp_path / "checkout" / "cache"
    caching.keep(NAME, DONE, place)
    assert caching.found(NAME, place) == DONE
    for name in mark.split():
        (tmp_path / "checkout" / name).mkdir()
    assert caching.found(NAME, place) is None
    assert caching.refusal(place) == "it lies in a repository"


def test_a_place_that_takes_nothing_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    for place in (file, file / "below"):
        caching.keep(NAME, DONE, place)
        assert caching.found(NAME, place) is None
    (tmp_path / "cache" / f"{NAME}.json").mkdir(parents=True)
    (tmp_path / "cache").chmod(0o700)
    caching.keep(NAME, DONE, tmp_path / "cache")
    assert caching.found(NAME, tmp_path / "cache") is None
    assert list((tmp_path / "cache").glob(".*")) == []

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    caching.keep(NAME, DONE, tmp_path / "other")
    assert os.listdir(tmp_path / "other") == []


def test_it_does_not_grow_without_bound(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{n:064x}" for n in range(6)]
    for age, name in enumerate(names):
        caching.keep(name, DONE, place)
        os.utime(place / f"{name}.json", (1e9 + age, 1e9 + age))
    size = (place / f"{names[0]}.json").stat().st_size
    assert caching.found(names[1], place) == DONE, "used now, so it stays"
    for name, age in ((".old.part", 2 * caching.LEFTOVER_SECONDS), (".new.part", 0.0)):
        (place / name).touch()
        os.utime(place / name, (time.time() - age,) * 2)
    monkeypatch.setattr(caching, "MAX_BYTES", 3 * size)
    caching.prune(place)
    kept = {path.name.removesuffix(".json") for path in place.iterdir()}
    assert kept == {names[1], names[4], names[5], ".new.part"}


def test_the_key_is_all_that_decides() -> None:
    options = {"seed": 0, "today": "2026-11-20"}
    one = caching.key(b"story", options)
    assert one == caching.key(b"story", dict(reversed(options.items())))
    assert len(one) == 64
    assert set(one) <= set("0123456789abcdef")
    others = [(b"story ", options), (b"story", {**options, "seed": 1}), (b"story", {**options, "more": None})]
    assert len({one, *(caching.key(text, more) for text, more in others)}) == 4


def test_the_key_knows_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    before = caching.key(b"story", {})
    with monkeypatch.context() as patch:
        patch.setattr(caching, "__version__", "0.0.0")
        assert caching.key(b"story", {}) != before
    monkeypatch.setattr(caching, "_code", lambda: "other")
    assert caching.key(b"story", {}) != before


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "/home/.cache/sensa"),
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/sensa"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "/home/.cache/sensa"),
        ("darwin", {"XDG_CACHE_HOME": "/xdg"}, "/home/Library/Caches/sensa"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/sensa"),
        ("win32", {}, "/home/AppData/Local/sensa"),
        ("linux", {"SENSA_CACHE": "/mine"}, "/mine"),
    ],
)
def test_the_place_is_the_platforms(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], expected: str
) -> None:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "SENSA_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Path, "home", lambda: Path("/home"))
    monkeypatch.setattr(sys, "platform", platform)
    assert caching.directory() == Path(expected)


AT_ONCE = """
import sys
from pathlib import Path
from sensa.cli import caching
from tests.cli.test_caching import DONE, NAME
place = Path(sys.argv[1])
for _ in range(150):
    caching.keep(NAME, DONE, place)
    assert caching.found(NAME, place) == DONE
    caching.prune(place)
"""


def test_many_at_once_never_see_half_an_entry(place: Path) -> None:
    command = [sys.executable, "-c", AT_ONCE, str(place)]
    root = Path(__file__).parents[2]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=root) for _ in range(3)]
    assert [process.communicate()[1] for process in running] == ["", "", ""]
    assert os.listdir(place) == [f"{NAME}.json"]
