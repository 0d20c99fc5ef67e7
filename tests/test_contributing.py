"""The worked example of CONTRIBUTING.md: one file, one line, one test, put into place and run."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

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
