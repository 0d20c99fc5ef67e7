"""The worked example of CONTRIBUTING.md: one file, one line, one test, put into place and run."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sensa
from sensa import analyses
from sensa.cli import app
from tests.analyses.test_analyses import result
from tests.compiling.test_graph import ASSUMPTION, story

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
FILE, LINE, TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_file_is_in_the_house_style(tmp_path: Path) -> None:
    place = tmp_path / "ending_entropy.py"
    place.write_text(FILE)
    for order in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *order, "--config", str(ROOT / "pyproject.toml"), str(place)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_adding_an_analysis_is_one_file_one_line_one_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "ending_entropy.py"
    place.write_text(FILE)
    spec = importlib.util.spec_from_file_location("sensa.analyses.ending_entropy", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)

    requested: dict[str, object] = {}
    exec(LINE, {"ON_REQUEST": requested, "ending_entropy": module.ending_entropy})
    for name, analysis in requested.items():
        monkeypatch.setitem(analyses.ANALYSES, name, analysis)  # type: ignore[arg-type]

    names = {"result": result, "story": story, "ASSUMPTION": ASSUMPTION, "pytest": pytest}
    exec(TEST, names)
    names["test_the_entropy_of_a_fair_end"]()  # type: ignore[operator]

    cat = str(ROOT / "stories" / "library" / "cat_classifier.toml")
    shown = CliRunner().invoke(app, ["run", cat, "--analyses", "ending_entropy", "--quiet"])
    assert shown.exit_code == 0
    assert "ending entropy" in shown.stdout


NEW_FORMAT = '''"""Reviews as one line each."""

from collections.abc import Sequence

from sensa.reviewing.review import Review


def render(reviews: Sequence[Review]) -> str:
    """The state of each."""
    return "".join(f"{review.state}\\n" for review in reviews)
'''
NEW_ROW = 'TABLE = (\n    Format("oneline", "those in a hurry", "passed", kind="line"),\n'


def test_adding_a_format_is_one_file_and_one_row(tmp_path: Path) -> None:
    """In a copy of the tree it is then in the options, the configuration, and `--output`."""
    package = tmp_path / "sensa"
    shutil.copytree(Path(sensa.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "reports" / "review" / "oneline.py").write_text(NEW_FORMAT)
    table = package / "reports" / "formats.py"
    table.write_text(table.read_text().replace("TABLE = (\n", NEW_ROW))
    cat = shutil.copy(ROOT / "stories" / "library" / "cat_classifier.toml", tmp_path)

    def called(*words: str) -> str:
        command = [sys.executable, "-m", "sensa", *words]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), "COLUMNS": "200"}
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=True
        )
        return done.stdout

    for command in ("check", "diff"):
        assert "<oneline|text|" in called(command, "--help")
        assert "Also write line, json, md" in called(command, "--help")
    assert called("check", cat, "--no-cache", "--format", "oneline") == "passed\n"
    (tmp_path / "pyproject.toml").write_text('[tool.sensa]\nformat = "oneline"\n')
    assert called("check", cat, "--no-cache", "--output", "line=out.txt") == "passed\n"
    assert (tmp_path / "out.txt").read_text() == "passed\n"
