"""`sensa explain`, on a story whose numbers are plain."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sensa.cli import app

STORY = """format = "training-story/1"

[story]
title = "Two ways"

[goal]
class = ["narrow-agent"]
specification = "A narrow model."
desirability = "It cannot plan."

[rationale]
class = ["other"]
constraints = ["It fits."]
nudges = ["It is simple."]

[assumptions.narrow]
claim = "It stays narrow"
part = "goal.specification"
credence = 0.8
because = "It was so \\u001b[31mbefore."

[assumptions.seen]
claim = "A plan would be seen"
part = "goal.desirability"
credence = 0.5

[challenges.hidden]
against = "seen"
kind = "undercut"
claim = "Plans may be hidden"
stands = 0.5
leaves = 0.1

[events.plans]
when = "not narrow"
chance = 0.5

[outcomes.harm]
kind = "catastrophic"
when = "plans and not seen"
[outcomes.stopped]
kind = "fail_safe"
when = "plans"
[outcomes.works]
kind = "success"
otherwise = true

[properties.budget]
require = "P(catastrophic) <= 0.05"
[properties.no_single_point]
require = "P(catastrophic) <= 0.2"
forall = { violate = { max = 2 } }
"""


@pytest.fixture
def explain(tmp_path: Path):
    (tmp_path / "story.toml").write_text(STORY)

    def call(*args: str) -> Result:
        return CliRunner().invoke(app, ["explain", str(tmp_path / "story.toml"), *args, "--quiet"])

    return call


def test_an_assumption(explain) -> None:
    """P(seen) = .5 x .5 + .5 x .1 = .3, so P(harm) = .2 x .5 x .7 = .07, and .35 with narrow violated."""
    shown = explain("narrow")
    assert shown.exit_code == 0
    assert "assumption narrow" in shown.stdout
    assert "It was so \\x1b[31mbefore." in shown.stdout
    assert "with probability 20 %" in shown.stdout
    row = next(line for line in shown.stdout.splitlines() if line.startswith("harm "))
    assert row.split() == ["harm", "7.0", "%", "35", "%", "0", "%", "35", "%", "100", "%"]


def test_json_has_the_same(explain) -> None:
    found = json.loads(explain("seen", "--format", "json").stdout)
    assert found["kind"] == "assumption"
    facts = {fact["label"]: fact["text"] for fact in found["facts"]}
    assert facts["challenged"] == "hidden"
    assert facts["read by"] == "harm"
    (table,) = [table for table in found["tables"] if table["title"] == "outcome"]
    harm = next(row["values"] for row in table["rows"] if row["name"] == "harm")
    assert harm[:3] == pytest.approx([0.07, 0.1, 0.0], abs=1e-12)


@pytest.mark.parametrize(
    "name", ["plans", "hidden", "harm", "events.plans.chance", "assumptions.seen.credence"]
)
def test_any_name(explain, name: str) -> None:
    shown = explain(name)
    assert shown.exit_code == 0
    assert name in shown.stdout.splitlines()[0]


def test_a_property_and_its_witness(explain) -> None:
    """Broken by narrow's violation alone (.35), and by both (.5): each part of the nearest is needed."""
    shown = explain("no_single_point").stdout.splitlines()
    assert shown[0] == "✗ fail      no_single_point: P(catastrophic) <= 0.2"
    (nearest,) = [line for line in shown if line.strip().startswith("nearest")]
    assert nearest.endswith("narrow violated (0.35 against 0.2)")
    witness = nearest.split()[1].rstrip(":")
    replayed = explain(witness).stdout.splitlines()
    assert replayed[0] == "no_single_point: P(catastrophic) <= 0.2"
    assert "      narrow → plans → harm" in replayed
    assert "      without narrow it holds, by 0.13" in replayed
    found = json.loads(explain(witness, "--format", "json").stdout)["witness"]
    assert found["violated"] == ["narrow"]


def test_an_unknown_name(explain) -> None:
    wrong = explain("narow")
    assert wrong.exit_code == 2
    assert "did you mean `narrow`?" in wrong.stderr
    assert explain("cx-00000000").exit_code == 2
