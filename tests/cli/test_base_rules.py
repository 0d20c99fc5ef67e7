"""Rules of an organisation at the base and now: what a change takes away from them is never unsaid.

P(harm) is 0.1 at both.
"""

import json
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sensa.cli import app
from tests.comparing import repositories
from tests.comparing.stories import PLAIN

git = partial(repositories.git, Path())  # in the working directory
RULES = 'format = "training-story/1"\n[properties.rule]\nrequire = "P(harm) <= {}"\n'
OWN = '\n[properties.own]\nrequire = "P(harm) <= {}"\n'
WAIVER = '[[waivers]]\nproperty = "rule"\nreason = "until the audit"\nexpires = 2027-03-01\n'
TODAY = ("--today", "2026-11-28", "--quiet")


def sensa(command: str, *arguments: str) -> Result:
    more = ("--no-cache",) if command == "check" else ()
    return CliRunner().invoke(app, [command, "plan.toml", *arguments, "--against", "main", *more, *TODAY])


def lost(command: str, *arguments: str) -> list[str]:
    """The warnings of what the change takes away."""
    (review,) = json.loads(sensa(command, *arguments, "--format", "json").stdout)["stories"]
    return [one["message"] for one in review["problems"] if one["code"].startswith("property-")]


@pytest.fixture(autouse=True)
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A story that waives a rule, on `main`."""
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text('[tool.sensa]\nproperties = "rules.toml"\n')
    Path("rules.toml").write_text(RULES.format(0.05))
    Path("plan.toml").write_text(PLAIN + OWN.format(0.2) + WAIVER)
    repositories.committed(Path())
    git("checkout", "-q", "-b", "work")


@pytest.mark.parametrize("command", ["check", "diff"])
def test_a_base_that_waives_a_rule_is_a_base(command: str) -> None:
    """It is no wrong story: what was loosened since is said."""
    assert sensa(command, "--fail-on", "inactive").exit_code == 0
    Path("plan.toml").write_text(PLAIN + OWN.format(0.5) + WAIVER)
    (said,) = lost(command)
    assert said.startswith("`own` requires something else: it required `P(harm) <= 0.2` at main (")
    result = sensa(command, "--fail-on", "inactive")
    assert result.exit_code == 1
    assert "[warning: property-changed]" in result.stdout


@pytest.mark.parametrize("command", ["check", "diff"])
def test_a_rule_that_was_loosened_is_said(command: str) -> None:
    Path("rules.toml").write_text(RULES.format(0.6))
    (said,) = lost(command)
    assert said.startswith("`rule` requires something else: it required `P(harm) <= 0.05` at main (")
    assert "rule (was: not there)" not in sensa(command).stdout


def test_two_files_have_the_same_rules() -> None:
    Path("other.toml").write_text(PLAIN + OWN.format(0.5) + WAIVER)
    result = CliRunner().invoke(app, ["diff", "plan.toml", "other.toml", *TODAY])
    assert result.exit_code == 0
    assert "rule" in result.stdout
    assert "not there" not in result.stdout


def test_a_waiver_of_nothing_is_still_wrong_now() -> None:
    Path("plan.toml").write_text(PLAIN + WAIVER.replace('"rule"', '"rules"'))
    for command in ("check", "diff"):
        assert sensa(command).exit_code == 2


def test_explaining_a_story_that_waives_a_rule() -> None:
    result = CliRunner().invoke(app, ["explain", "plan.toml", "rule", "--quiet"])
    assert result.exit_code == 0
    assert "P(harm) <= 0.05" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "plan.toml"),
        ("plot", "plan.toml", "argument", "-o", "a.svg"),
        ("export", "plan.toml", "--to", "open-psa"),
    ],
)
def test_what_reads_no_rules_takes_a_story_that_waives_one(arguments: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 0


def test_the_page_of_a_result_shows_a_story_that_waives_a_rule() -> None:
    assert CliRunner().invoke(app, ["run", "plan.toml", "-o", "result.nc", *TODAY]).exit_code == 0
    result = CliRunner().invoke(app, ["report", "result.nc", "--format", "html"])
    assert result.exit_code == 0
    assert "not shown" not in result.stderr
    assert "until the audit" in result.stdout
