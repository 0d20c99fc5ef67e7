"""What is exported to be read by people's tools: goal structures by gsn2x's rules, tables by csv."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from sensa.cli import app
from sensa.exchange.csv_writing import samples
from sensa.exchange.exporting import exported
from sensa.pipeline import analyse, prepare
from sensa.stories.loading import load
from tests.short_stories import ASSUMPTION
from tests.short_stories import story as short_story

LIBRARY = Path(__file__).parents[2] / "stories" / "library"
STORIES = sorted(LIBRARY.glob("*.toml"))
PREFIXES = ("CG", "G", "CSn", "Sn", "S", "C", "A", "J")  # in the order in which gsn2x tries them
KEYS = {"text", "supportedBy", "inContextOf", "undeveloped", "challenges"}


def kind(name: str) -> str:
    return next(prefix for prefix in PREFIXES if name.startswith(prefix))


def below(node: dict[str, Any]) -> list[str]:
    return [*node.get("supportedBy", []), *node.get("inContextOf", [])]


def complaints(nodes: dict[str, dict[str, Any]]) -> Iterator[str]:
    """What gsn2x would refuse, by the rules in its manual."""
    for name, node in nodes.items():
        if not isinstance(node.get("text"), str) or not node["text"]:
            yield f"{name} has no text"
        for other in [*below(node), *([node["challenges"]] if "challenges" in node else [])]:
            if other not in nodes:
                yield f"{name} refers to {other}"
        if any(kind(other) not in ("G", "S", "Sn") for other in node.get("supportedBy", [])):
            yield f"{name} is supported by what supports nothing"
        if any(kind(other) not in ("C", "A", "J") for other in node.get("inContextOf", [])):
            yield f"{name} has no context as its context"
        supported = "supportedBy" in node
        if kind(name) in ("G", "S") and supported == bool(node.get("undeveloped")):
            yield f"{name} is neither supported nor undeveloped, or both"
        if any(not isinstance(value, str) for key, value in node.items() if key not in KEYS):
            yield f"{name} has a layer that is no text"
    roots = [name for name in nodes if not any(name in below(node) for node in nodes.values())]
    if [name for name in roots if kind(name) != "CG"] != ["G_desirability"]:
        yield f"the roots are {roots}"


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_a_goal_structure_keeps_the_rules(file: Path) -> None:
    story = load(file)
    nodes = yaml.safe_load(exported(story, prepare(story), "gsn"))
    assert list(complaints(nodes)) == []
    assert {f"G_{name}" for name in story.document.assumptions} < nodes.keys()
    for name, challenge in story.document.challenges.items():
        assert nodes[f"CG_{name}"]["challenges"].endswith(f"G_{challenge.against}")


def test_answers_are_those_of_the_result() -> None:
    story = load(LIBRARY / "cat_classifier.toml")
    session = prepare(story)
    rows = list(csv.DictReader(io.StringIO(exported(story, session, "csv"), newline="")))
    kinds = analyse(session, ["kinds"])["kinds"]
    for kind_, mean in zip(kinds["kind"].values, kinds["mean"].values, strict=True):
        (row,) = [
            row
            for row in rows
            if (row["analysis"], row["variable"], row["at"]) == ("kinds", "mean", f"kind={kind_}")
        ]
        assert float(row["value"]) == mean


def test_a_row_of_samples_has_numbers_and_ends_that_add_up() -> None:
    story = load(LIBRARY / "cat_classifier.toml")
    table = np.genfromtxt(
        io.StringIO(exported(story, prepare(story), "samples", samples=64)), delimiter=",", names=True
    )
    ends = [name for name in table.dtype.names if name.startswith("P")]
    assert len(table) == 64
    assert sum(table[name] for name in ends) == pytest.approx(np.ones(64), abs=1e-12)
    assert table["assumptionsfits_the_labelscredence"].mean() == pytest.approx(0.99, abs=0.01)


def test_no_text_is_a_formula() -> None:
    text = samples(["=cmd()", "+a", "b"], [[1.0, np.nan, 3.0]], ["x"], [[0.5]])
    assert text == "=cmd(),+a,b,P(x)\r\n1.0,,3.0,0.5\r\n".replace("=cmd", "'=cmd").replace("+a", "'+a")


def test_the_command(tmp_path: Path) -> None:
    cat, out = str(LIBRARY / "cat_classifier.toml"), tmp_path / "cat.xml"
    done = CliRunner().invoke(app, ["export", cat, "--to", "open-psa", "-o", str(out)])
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"{cat}: 10 uncertain numbers are at their means\n"
    assert CliRunner().invoke(app, ["import", str(out)]).exit_code == 0
    assert CliRunner().invoke(app, ["export", "none.toml", "--to", "bif"]).exit_code == 2


def test_a_risk_at_the_means_that_is_another_one_is_told(tmp_path: Path) -> None:
    """Harm where both of one credence are false: E(1 - c)^2 = 1/3 for a uniform c, and 1/4 at its mean."""
    both = "".join(ASSUMPTION.format(name=name, credence='"c"') for name in "ab")
    file = tmp_path / "story.toml"
    file.write_text(short_story(f"{both}[quantities.c]\nvalue = {{ uniform = [0, 1] }}\n", "not a and not b"))
    done = CliRunner().invoke(app, ["export", str(file), "--to", "bif"])
    assert done.stderr == (
        f"{file}: one uncertain number is at its mean; "
        "there the catastrophic risk is 25 %, and 33 % in the story\n"
    )
