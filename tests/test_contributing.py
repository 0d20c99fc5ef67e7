"""The worked example of CONTRIBUTING.md: one file, one row, one test, put into place and run."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sensa
from sensa import analyses, store
from tests.analyses.test_analyses import result
from tests.compiling.test_graph import ASSUMPTION, story

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
FILE, ROW, TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_file_is_in_the_house_style(tmp_path: Path) -> None:
    place = tmp_path / "ending_entropy.py"
    place.write_text(FILE)
    for order in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *order, "--config", str(ROOT / "pyproject.toml"), str(place)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def copied(place: Path) -> Path:
    """The package as it is, to be changed."""
    package = place / "sensa"
    shutil.copytree(Path(sensa.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    return package


def called(place: Path, *words: str) -> str:
    """What a command of a copy prints."""
    environment = {**os.environ, "PYTHONPATH": str(place), "COLUMNS": "200"}
    command = [sys.executable, *words]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=place, env=environment, check=True
    ).stdout


def test_the_test_of_the_example_passes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place = tmp_path / "ending_entropy.py"
    place.write_text(FILE)
    spec = importlib.util.spec_from_file_location("sensa.analyses.ending_entropy", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    row = eval(ROW, {"Analysis": analyses.Analysis})
    monkeypatch.setitem(analyses.ANALYSES, row.name, row)

    names = {"result": result, "story": story, "ASSUMPTION": ASSUMPTION, "pytest": pytest}
    exec(TEST, names)
    names["test_the_entropy_of_a_fair_end"]()  # type: ignore[operator]


def test_adding_an_analysis_is_one_file_and_one_row(tmp_path: Path) -> None:
    """In a copy of the tree it is then in the help, in what a run prints and writes, and on the page."""
    package = copied(tmp_path)
    (package / "analyses" / "ending_entropy.py").write_text(FILE)
    table = package / "analyses" / "__init__.py"
    table.write_text(table.read_text().replace("TABLE = (\n", f"TABLE = (\n    {ROW.strip()},\n"))
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    cat = shutil.copy(ROOT / "stories" / "library" / "cat_classifier.toml", tmp_path)

    assert "ending_entropy" in called(tmp_path, "-m", "sensa", "run", "--help")
    options = (
        "--analyses",
        "ending_entropy",
        "--quiet",
        "--output",
        "json=out.json",
        "--output",
        "nc=out.nc",
    )
    assert "ending entropy" in called(tmp_path, "-m", "sensa", "run", cat, *options)
    assert "ending_entropy" in json.loads((tmp_path / "out.json").read_text())["stories"][0]["others"]
    assert "ending_entropy" in store.read(tmp_path / "out.nc").children
    called(tmp_path, "docs/analyses.py")
    row = "| `ending_entropy` | `--analyses` | how open it is how the story ends |"
    assert row in (tmp_path / "docs" / "results.md").read_text()


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
    package = copied(tmp_path)
    (package / "reports" / "review" / "oneline.py").write_text(NEW_FORMAT)
    table = package / "reports" / "formats.py"
    table.write_text(table.read_text().replace("TABLE = (\n", NEW_ROW))
    cat = shutil.copy(ROOT / "stories" / "library" / "cat_classifier.toml", tmp_path)

    for command in ("check", "diff"):
        assert "<oneline|text|" in called(tmp_path, "-m", "sensa", command, "--help")
        assert "Also write line, json, md" in called(tmp_path, "-m", "sensa", command, "--help")
    check = ("-m", "sensa", "check", cat, "--no-cache")
    assert called(tmp_path, *check, "--format", "oneline") == "passed\n"
    (tmp_path / "pyproject.toml").write_text('[tool.sensa]\nformat = "oneline"\n')
    assert (
        called(tmp_path, "-m", "sensa", "check", cat, "--no-cache", "--output", "line=out.txt") == "passed\n"
    )
    assert (tmp_path / "out.txt").read_text() == "passed\n"
