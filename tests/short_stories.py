"""Stories of a few lines, for tests: a head, assumptions, three outcomes; and sessions of them."""

import xarray as xr

from sensa.pipeline import analyse, prepare
from sensa.sampling.settings import Progress, Settings, no_progress
from sensa.session import Session
from sensa.stories.loading import load
from sensa.stories.reading import parse

HEAD = """format = "training-story/1"
[story]
title = "t"
[goal]
class = ["other"]
specification = "s"
desirability = "d"
[rationale]
class = ["other"]
constraints = ["c"]
nudges = ["n"]
"""
ENDS = """
[outcomes.bad]
kind = "catastrophic"
when = "{bad}"
[outcomes.poor]
kind = "fail_safe"
when = "{poor}"
[outcomes.good]
kind = "success"
otherwise = true
"""


def story(body: str, bad: str, poor: str = "false") -> str:
    return HEAD + body + ENDS.format(bad=bad, poor=poor)


def losing(text: str, **losses: str) -> str:
    """The story with these outcomes' losses."""
    for name, loss in losses.items():
        text = text.replace(f"[outcomes.{name}]\n", f"[outcomes.{name}]\nloss = {loss}\n")
    return text


ASSUMPTION = '[assumptions.{name}]\nclaim = "c"\npart = "goal.desirability"\ncredence = {credence}\n'


def model(text: str, progress: Progress = no_progress, **settings: object) -> Session:
    return prepare(load(parse(text)), Settings(**settings), progress)  # type: ignore[arg-type]


def result(text: str, *names: str, **settings: object) -> xr.DataTree:
    return analyse(model(text, **settings), names or None)  # type: ignore[arg-type]


def beta(name: str, a: float, b: float) -> str:
    return ASSUMPTION.format(name=name, credence=f"{{ beta = [{a}, {b}] }}")
