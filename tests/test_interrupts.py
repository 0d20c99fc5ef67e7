"""The end of the time that was given, and what it leaves undone."""

import asyncio
import ctypes
import gc
import importlib
import os
import selectors
import signal
import sys
import types
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from time import monotonic, sleep
from types import FrameType
from typing import Literal

import numpy as np
import pytest
from pydantic import create_model

from sensa.interrupts import TimeUp, limited, stopping
from sensa.kernels.program import RealOp
from sensa.pipeline import prepare
from sensa.properties.judge import judge
from sensa.properties.next_try import MORE_TIME
from sensa.stories.loading import load
from sensa.stories.reading import parse
from tests.short_stories import ASSUMPTION, story


def test_time_that_is_up_interrupts_whatever_is_going_on() -> None:
    def endless() -> None:
        while True:
            pass

    start = monotonic()
    with limited(0.1), pytest.raises(TimeUp):
        endless()
    assert 0.1 <= monotonic() - start < 1.0


class Elsewhere(Exception):
    """Raised by a timer that somebody else has set, as that of a test runner."""


@pytest.fixture
def alarm() -> Iterator[float]:
    """Somebody else's timer, due in 0.3 s; and when it was set."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise Elsewhere

    before = signal.signal(signal.SIGALRM, ring)
    start = monotonic()
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    yield start
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    signal.signal(signal.SIGALRM, before)


def test_a_timer_that_somebody_else_has_set_goes_on(alarm: float) -> None:
    with limited(0.1), pytest.raises(TimeUp):
        sleep(10.0)
    with pytest.raises(Elsewhere):
        sleep(10.0)
    assert 0.3 <= monotonic() - alarm < 1.0


def test_an_alarm_that_comes_as_the_body_is_left_is_too_late() -> None:
    """It rings in the first instruction of what leaves the body."""

    def rung(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_name == "__exit__":
            sys.setprofile(None)
            signal.raise_signal(signal.SIGALRM)
            passed.append(frame)

    before, passed = signal.getsignal(signal.SIGALRM), []
    with limited(60.0):
        sys.setprofile(rung)
    assert passed
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before


def test_an_alarm_that_is_put_off_ends_with_the_body() -> None:
    """It is put off while a module is imported, and would ring somebody else's bell afterwards."""
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _: rung.append(number))
    try:
        with limited(60.0):
            frame = types.ModuleType("importlib._bootstrap").__dict__
            exec("import signal; signal.raise_signal(signal.SIGALRM)", frame)
        sleep(0.1)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert not rung


@pytest.mark.usefixtures("alarm")
def test_a_timer_that_is_due_before_rings_first() -> None:
    with pytest.raises(Elsewhere), limited(60.0):
        sleep(10.0)


def test_time_that_is_up_while_a_schema_is_built_is_no_error_of_ours() -> None:
    """Pydantic wraps what is raised while it builds a schema."""
    told = []

    class Late(str):
        def __repr__(self) -> str:
            if not told:
                told.append(self)
                signal.raise_signal(signal.SIGALRM)
            return "late"

    def built() -> None:
        create_model("Built", late=(Literal[Late("late")], ...))
        sleep(10.0)

    with limited(60.0), pytest.raises(TimeUp):
        built()


def test_properties_that_no_time_is_left_for_are_undecided() -> None:
    text = story(ASSUMPTION.format(name="a", credence=0.8), "not a")
    for name in "pq":
        text += f'\n[properties.{name}]\nrequire = "P(bad) <= 0.5"\n'
    model = prepare(load(parse(text)))
    first, late = judge(model, today=date(2027, 1, 1), seconds=0.0).verdicts
    assert (late.status, late.reason, late.complete) == ("undecided", f"the time was up; {MORE_TIME}", False)
    assert first.status == "pass"  # 0.2


def _in_a_callback(folder: Path) -> None:
    @ctypes.CFUNCTYPE(None)
    def called_back() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        sum(range(1000))  # the handler runs here, and what it raised would end with the callback

    called_back()


def _in_one_of_llvm(folder: Path) -> None:
    @ctypes.CFUNCTYPE(None)
    def _raw_object_cache_notify() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        sum(range(1000))

    _raw_object_cache_notify()


def _in_a_finaliser(folder: Path) -> None:
    class Last:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            sum(range(1000))

    last = Last()
    del last


def _in_an_import(folder: Path) -> None:
    (folder / "half_made.py").write_text("import os\nos.kill(os.getpid(), 15)\nsum(range(1000))\nwhole = 1\n")
    sys.path.insert(0, str(folder))
    try:
        assert importlib.import_module("half_made").whole == 1
    finally:
        sys.path.remove(str(folder))


def _in_a_comparison(folder: Path) -> None:
    """As numpy asks an enumeration for `__array_ufunc__`, which runs Python's own code before 3.12."""

    def called(frame: FrameType, event: str, _: object) -> None:
        if frame.f_code.co_name == "__getattr__" and event == "call":
            sys.setprofile(None)
            os.kill(os.getpid(), signal.SIGTERM)

    sys.setprofile(called)
    try:
        assert (np.arange(3) == RealOp.CONST).sum() == 1
    finally:
        sys.setprofile(None)


PLACES = [_in_a_callback, _in_one_of_llvm, _in_a_finaliser, _in_an_import]
if sys.version_info < (3, 12):
    PLACES.append(_in_a_comparison)


@pytest.mark.parametrize("place", PLACES)
def test_a_signal_is_heard_wherever_it_arrives(place: Callable[[Path], None], tmp_path: Path) -> None:
    """Python drops what is raised in callbacks and finalisers, and an import would be left half made."""
    passed = []

    def body() -> None:
        place(tmp_path)
        passed.append(place)
        sleep(60)  # a wait for something: it ends at once

    start = monotonic()
    with pytest.raises(KeyboardInterrupt), stopping("SIGTERM"):
        body()
    assert passed, "it is raised after the callback, not in it"
    assert monotonic() - start < 30


def test_an_event_loop_is_made_whole_before_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half made, it cannot be closed, which Python says at length as it is forgotten."""

    class Signalling(selectors.DefaultSelector):
        def __init__(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            super().__init__()

    swallowed: list[object] = []
    monkeypatch.setattr(selectors, "DefaultSelector", Signalling)
    monkeypatch.setattr(sys, "unraisablehook", swallowed.append)
    loops = []

    def made() -> None:
        loops.append(asyncio.SelectorEventLoop())
        sleep(5.0)

    with pytest.raises(KeyboardInterrupt), stopping("SIGTERM"):
        made()
    loops.pop().close()
    gc.collect()
    assert swallowed == []
