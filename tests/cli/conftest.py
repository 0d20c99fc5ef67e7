"""A stand-in for the engine room: the commands are tested for what they do with what comes out of it."""

import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import xarray as xr
from typer.testing import CliRunner, Result

import sensa
from sensa.cli import app
from sensa.reviewing.review import Review
from sensa.stories.problems import Place, Problem, StoryError
from tests.reports.trees import hand_made


class RunError(Exception):
    """Stands for `sensa.sampling.parameters.RunError`."""


@dataclass
class Room:
    """What the stand-in answers, by file name; what is not named here is a story without a fault."""

    problems: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    raises: dict[str, BaseException] = field(default_factory=dict)
    properties: set[str] = field(default_factory=set)
    asked: list[dict[str, Any]] = field(default_factory=list)
    title: str = "Cat classifier"

    def check(self, file: str) -> tuple[Problem, ...]:
        if file in self.raises:
            raise self.raises[file]
        return self.problems.get(file, ())

    def reviewed(self, file: str, wanted: Any, *, cached: bool) -> Review:
        problems = self.check(file)
        errors = [problem for problem in problems if problem.severity == "error"]
        failed = bool(problems) and wanted.fail_on == "warning"
        state: Any = "wrong" if errors else "failed" if failed else "passed"
        code = {"wrong": 2, "failed": 1, "passed": 0}[state]
        return Review(file, "A story", "0" * 64, state, code, problems=problems)

    def examine(self, file: str) -> tuple[SimpleNamespace, tuple[Problem, ...]]:
        problems = self.check(file)
        if any(problem.severity == "error" for problem in problems):
            raise StoryError(problems)
        properties = {"p": 1} if file in self.properties else {}
        document = SimpleNamespace(properties=properties, waivers=(), allow=())
        return SimpleNamespace(file=file, document=document), problems

    def late_warnings(self, model: Any) -> tuple[Problem, ...]:
        return ()

    def prepare(self, story: Any, settings: Any = None, progress: Any = None) -> SimpleNamespace:
        self.asked.append(vars(settings))
        progress("outcomes", 0.5)
        return SimpleNamespace(story=story, circuit=SimpleNamespace(parameters=()))

    def analyse(self, model: Any, names: Any = None, methods: Any = (), given: Any = None) -> xr.DataTree:
        self.asked[-1]["analyses"] = names
        return hand_made(file=model.story.file, title=self.title)


def problem(file: str = "bad.toml", severity: Any = "error", code: str = "unknown-name") -> Problem:
    return Problem(
        code, severity, Place(file, 34, 9), "events.e.when", "unknown name `x`", "did you mean `y`?"
    )


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    room = Room()
    modules = {
        "pipeline": {
            "check": room.check,
            "late_warnings": room.late_warnings,
            "located": lambda story: nullcontext(),
            "prepare": room.prepare,
            "analyse": room.analyse,
        },
        "sampling.settings": {"Settings": SimpleNamespace},
        "analyses": {"ANALYSES": {"outcomes": None, "violations": None, "sobol_credence": None}},
        "sampling.parameters": {"RunError": RunError},
    }
    for name, contents in modules.items():
        module = ModuleType(f"sensa.{name}")
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, f"sensa.{name}", module)
        if "." not in name:
            monkeypatch.setattr(sensa, name, module, raising=False)
    monkeypatch.setattr("sensa.stories.loading.examine", room.examine)
    monkeypatch.setattr("sensa.stories.checking.all_checks.check", lambda story: story.problems)
    monkeypatch.setattr("sensa.cli.check_story.reviewed", room.reviewed)
    return room


@pytest.fixture
def sensa_at(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """The command line in a directory of its own, with no `SENSA_*` variable set but that of the cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SENSA_CACHE", str(tmp_path_factory.mktemp("cache")))
    for name in ("COLUMNS", "SENSA_FORMAT", "SENSA_SEED", "SENSA_POINTS", "SENSA_VERBOSE", "SENSA_QUIET"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str, env: dict[str, str] | None = None) -> Result:
        return CliRunner().invoke(app, arguments, env=env, prog_name="sensa")

    return call
