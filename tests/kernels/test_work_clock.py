"""The clock of time limits stands still while code is compiled."""

import pytest

from sensa.kernels import work_clock


def test_the_clock_stands_still_while_code_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_clock, "monotonic", iter([10.0, 11.0, 14.0, 15.0]).__next__)
    monkeypatch.setattr(work_clock, "_stops", work_clock._Stops())
    assert work_clock.clock() == 10.0
    with work_clock.compiling():  # from 11 to 14
        assert work_clock.clock() == 11.0
        with pytest.raises(ValueError, match="no code"), work_clock.compiling():  # one for another
            raise ValueError("no code")
        assert work_clock.clock() == 11.0
    assert work_clock.clock() == 12.0
