"""The end of the time that was given, and what it leaves undone."""

import signal
from datetime import date
from time import monotonic, sleep
from typing import Literal

import pytest
from pydantic import create_model

from sensa.interrupts import TimeUp, limited
from sensa.properties.judging import judge
from sensa.running import load, prepare
from sensa.stories.reading import parse
from tests.compiling.test_graph import ASSUMPTION, story


def test_time_that_is_up_interrupts_whatever_is_going_on() -> None:
    def endless() -> None:
        while True:
            pass

    start = monotonic()
    with limited(0.1), pytest.raises(TimeUp):
        endless()
    assert 0.1 <= monotonic() - start < 1.0


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
    assert (late.status, late.reason, late.complete) == ("undecided", "the time was up", False)
    assert first.status == "pass"  # 0.2
