import io
import sys

import pytest

from sensa.cli import progress
from sensa.cli.progress import Pace, ShownProgress, duration


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


def test_a_log_has_a_line_now_and_then_with_rate_and_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two of 100 cells a second: after 30 s there are 60, and 20 s are left; the next line is not due yet."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with ShownProgress(wanted=True, of=100, things="cells") as shown:
        for second in range(41):
            now[0] = float(second)
            shown("cells", second / 50)
    assert capsys.readouterr().err == "60 of 100 cells, 2 a second, 20 s left\n"
    with ShownProgress(wanted=False, of=100, things="cells") as shown:
        now[0] = 99.0
        shown("cells", 0.5)
    with ShownProgress(wanted=True) as shown:
        now[0] = 199.0
        shown("cells", 0.5)
    assert capsys.readouterr().err == ""
    with ShownProgress(wanted=True, logged=True) as shown:
        now[0] = 299.0
        shown("sampling_worlds", 0.5)
    assert capsys.readouterr().err == "sampling worlds: 50 %\n"


def test_a_rate_is_that_of_the_last_minute_and_of_one_task() -> None:
    """What came from a store at once is forgotten after a minute."""
    pace = Pace()
    pace.add("cells", 0.0, 0.0)
    assert pace.rate == 0.0
    for second in range(1, 200):
        pace.add("cells", float(second), 0.5 + second / 1000)
    assert pace.rate == pytest.approx(1 / 1000)
    pace.add("other", 200.0, 0.0)
    assert pace.rate == 0.0
    for step in range(100_000):
        pace.add("other", 200.0 + step / 10_000, step / 1e6)
    assert len(pace._seen) < 200
    assert pace.rate == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (273_600, "3 d 4 h"),
    ],
)
def test_a_duration_is_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert duration(seconds) == said
