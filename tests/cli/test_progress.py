import io
import sys

import pytest

from sensa.cli import progress
from sensa.cli.progress import ShownProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, *, wanted: bool, patience: float) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "MIN_SHOWN_SECONDS", patience)
    with ShownProgress(wanted=wanted) as shown:
        shown("sobol_credence", 0.25)
        shown("pairs", 2.0)
    return stream.getvalue()


def test_progress_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert "pairs" in written(Terminal(), monkeypatch, wanted=True, patience=0.0)
    assert written(Terminal(), monkeypatch, wanted=False, patience=0.0) == ""
    assert written(io.StringIO(), monkeypatch, wanted=True, patience=0.0) == ""


def test_what_is_done_soon_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(Terminal(), monkeypatch, wanted=True, patience=60.0) == ""
