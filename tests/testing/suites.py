"""A story of known answers, and pytest run on it as its users would."""

import os
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import sensa
from sensa.stories import days

ROOT = Path(__file__).parents[2]
INSTALLED = any(point.name == "sensa" for point in entry_points(group="pytest11"))
PLUGIN = ["-p", "no:zarr"] if INSTALLED else ["-p", "no:zarr", "-p", "pytest_sensa"]  # as in pyproject.toml
PATH = [str(ROOT / "plugins"), str(Path(str(sensa.__file__)).parents[1])]

# P(harm) = 1 - (1 - 0.1 * 0.5) * (1 - 0.001) = 0.05095; with `narrow` violated 1 - 0.5 * 0.999 = 0.5005.
STORY = """format = "training-story/1"

[story]
title = "A narrow tool"

[goal]
class = ["loss-minimizing-model"]
specification = "A tool that sorts letters, and no more."
desirability = "A tool without plans does no harm."

[rationale]
class = ["inductive-bias-analysis"]
constraints = ["It sorts the training letters."]
nudges = ["Sorting alone is simplest."]

[assumptions.narrow]
claim = "What is learned is narrow"
part = "rationale.nudges"
credence = 0.9
because = "Smaller tools were narrow"

[assumptions.fits]
claim = "The tool as specified does the job"
part = "goal.specification"
credence = 0.8
because = "It did in a trial"

[assumptions.wanted]
claim = "Sorted letters are what is wanted"
part = "goal.desirability"
credence = 0.9
because = "The post office said so"

[assumptions.covered]
claim = "The training letters are like all others"
part = "rationale.constraints"
credence = 0.9
because = "They were drawn at random"

[events.slip]
claim = "The tool slips"
mode = "inner-misalignment"
when = "not narrow"
chance = 0.5

[events.unforeseen]
claim = "Something that nobody thought of"
mode = "unmodelled"
chance = 0.001

[outcomes.harm]
kind = "catastrophic"
when = "slip or unforeseen"

[outcomes.useless]
kind = "fail_safe"
when = "not fits or not wanted or not covered"

[outcomes.works]
kind = "success"
otherwise = true
"""
BUDGET = """
[properties.budget]
require = "P(catastrophic) <= 0.06"
"""
NO_SINGLE_POINT = """
[properties.no_single_point]
claim = "No single violation is likely to end in harm"
require = "P(catastrophic) <= 0.1"
forall = { violate = { max = 1 } }
"""
RARE = """
[properties.rare]
require = "P(catastrophic) <= 0.01"
"""
WAIVER = f"""
[[waivers]]
property = "rare"
reason = "drill booked"
owner = "Ana"
expires = {days.today() + timedelta(days=100)}
"""
NO_REGRESSION = """
[properties.no_regression]
require = "P(catastrophic) <= base.P(catastrophic) + 0.001"
"""
HINT = """
[properties.hint]
require = "P(catastrophic) <= 0.02"
severity = "warning"
"""
BROKEN = """✗ fail      no_single_point: P(catastrophic) <= 0.1
    0.5005 > 0.1 (margin -0.4005); exact; 1 of 5 cases breaks it
    claimed: No single violation is likely to end in harm
    nearest cx-f48c4a1a: narrow violated (0.5005 > 0.1)
      without narrow it holds, by 0.04905
      narrow → slip → harm
      fixed by events.slip.chance from 0.5 to 0.0991
      replay: sensa explain plans/a.story.toml cx-f48c4a1a
plans/a.story.toml:{line}: properties.no_single_point"""

Run = Callable[..., pytest.RunResult]
Write = Callable[..., Path]


def environment(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """As for a user without settings: no `SENSA_*` variable but that of the cache; the plugin is found."""
    for name in [name for name in os.environ if name.startswith("SENSA_")]:
        monkeypatch.delenv(name)
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SENSA_CACHE", str(cache))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(PATH))
    monkeypatch.syspath_prepend(ROOT / "plugins")
