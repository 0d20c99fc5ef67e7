"""`--engine elimination`, as a user sees it: what answered, and what is refused."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sensa.cli import app
from sensa.engines.elimination import budgets
from tests.short_stories import ASSUMPTION, story

NAMES = [f"a{i}" for i in range(4)]
TEXT = story(
    "".join(ASSUMPTION.format(name=name, credence=0.5) for name in NAMES),
    f"at_least(2, {', '.join(f'not {name}' for name in NAMES)})",
)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "plan.toml"
    path.write_text(TEXT)
    return str(path)


def ran(*arguments: str) -> str:
    done = CliRunner(env={"COLUMNS": "100"}).invoke(app, ["run", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_report_says_that_elimination_answered(file: str) -> None:
    """P(two or more of four fair coins) = 11/16."""
    text = ran(file, "--engine", "elimination")
    assert re.search(r"exact engine: worlds exact, by variable elimination to \d+ products", text)
    engine = json.loads(ran(file, "--engine", "elimination", "--format", "json"))["stories"][0]["engine"]
    assert engine["circuit_products"] > 0 == engine["diagram_nodes"]
    assert engine["reason"] == "elimination was asked for"
    assert "69 %" in text


def test_beyond_the_budget_it_is_refused(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "ROW_BUDGET", 5)
    done = CliRunner().invoke(app, ["run", file, "--engine", "elimination"])
    assert done.exit_code == 3
    assert "needs more than 5 rows, or more than 256 variables in a table" in " ".join(done.output.split())
