"""A result whose reading never ends, or ends the process, is an error with a message."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from sensa import reading_apart
from sensa.reading_apart import require_readable
from sensa.store import StoreError, write
from tests.short_stories import ASSUMPTION, result, story

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "r.nc"
    write(result(story(ASSUMPTION.format(name="a", credence=0.75), "not a"), "outcomes"), place, "nc")
    return place


@pytest.fixture(autouse=True)
def forked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The children made; other tests may have some of their own."""
    made: list[int] = []
    fork = os.fork

    def noted() -> int:
        child = fork()
        made.append(child)
        return child

    monkeypatch.setattr(os, "fork", noted)
    return made


def waited_for(forked: list[int]) -> bool:
    """Whether the only child has ended and been waited for."""
    (child,) = forked
    try:
        os.waitpid(child, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


def test_a_whole_file_is_readable(file: Path, forked: list[int]) -> None:
    require_readable(file)
    assert waited_for(forked)


def test_reading_that_never_ends_is_ended(
    file: Path, forked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_apart, "read", lambda path: time.sleep(1000))
    with pytest.raises(StoreError, match=r"r\.nc: could not be read in 0\.2 s; damaged, or very large"):
        require_readable(file, seconds=0.2)
    assert waited_for(forked)


def test_reading_that_ends_the_process_is_an_error(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_apart, "read", lambda path: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(StoreError, match="does not hold a readable result; damaged, or cut short"):
        require_readable(file)


def test_a_reason_is_passed_on_and_nothing_else_is_said(
    file: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(path: Path) -> None:
        os.write(2, b"Exception ignored in a library\n")
        raise StoreError(f"{path}: no such thing: \N{GREEK SMALL LETTER PI}")

    monkeypatch.setattr(reading_apart, "read", refuse)
    with pytest.raises(StoreError, match="no such thing: \N{GREEK SMALL LETTER PI}"):
        require_readable(file)
    assert capfd.readouterr() == ("", "")


def test_an_interrupt_ends_both_processes(
    file: Path, forked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_apart, "read", lambda path: time.sleep(1000))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a background job
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            require_readable(file, seconds=20.0)
        timer.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert waited_for(forked)


def test_what_python_reads_is_read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("forked"))
    tree = result(story(ASSUMPTION.format(name="a", credence=0.75), "not a"), "outcomes")
    write(tree, tmp_path / "r.zarr", "zarr")
    require_readable(tmp_path / "r.zarr")
    require_readable(tmp_path / "none.nc")
