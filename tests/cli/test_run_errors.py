"""A parameter value that breaks a run is told alike by every command: place, number and values in full."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sensa.cli import app

STORY = """format = "training-story/1"
[story]
title = "B"
[goal]
class = ["narrow-agent"]
specification = "A"
desirability = "B"
[rationale]
class = ["other"]
constraints = ["It fits."]
nudges = ["It is simple."]
[assumptions.narrow]
claim = "It stays narrow"
part = "goal.specification"
credence = {credence}
[outcomes.harm]
kind = "catastrophic"
when = "not narrow"
[outcomes.unclear]
kind = "fail_safe"
when = "u"
[outcomes.works]
kind = "success"
otherwise = true
[events.u]
mode = "unmodelled"
chance = 0.1
"""
RATES = [f"a_rate_with_a_longer_name_{i}" for i in range(8)]
LAST = f"quantities.{RATES[-1]}.value"


@pytest.fixture
def stories(tmp_path: Path) -> tuple[str, str]:
    """One whose credence is a sum that may exceed 1, and one that is well."""
    quantities = "".join(f"[quantities.{name}]\nvalue = {{ lognormal = [0, 1] }}\n" for name in RATES)
    broken, sound = tmp_path / "broken.toml", tmp_path / "sound.toml"
    broken.write_text(STORY.replace("{credence}", f'"{" + ".join(RATES)}"') + quantities)
    sound.write_text(STORY.replace("{credence}", "0.5"))
    return str(broken), str(sound)


@pytest.mark.parametrize(
    "command",
    ["run B", "explain B narrow", "explain B harm", "diff B S", "diff S B", "check B --no-cache"],
)
def test_the_place_the_number_and_its_values_in_full(stories: tuple[str, str], command: str) -> None:
    """The credence stands in line 15, column 12; the values of all eight quantities are told."""
    broken, sound = stories
    words = [{"B": broken, "S": sound}.get(word, word) for word in command.split()]
    done = CliRunner().invoke(app, [*words, "--quiet"])
    assert done.exit_code == 2
    said = " ".join(done.output.split())
    assert f"{broken}:15:12: assumptions.narrow.credence: " in said
    assert "is not a probability" in said
    assert LAST in said
    assert said.count(f"{broken}:15:12") == 1


@pytest.mark.parametrize("format", ["text", "json", "markdown", "sarif", "junit", "github"])
def test_a_story_that_breaks_is_no_pass_in_any_format(stories: tuple[str, str], format: str) -> None:
    for story, code in zip(stories, (2, 0), strict=True):
        done = CliRunner().invoke(app, ["check", story, "--no-cache", "--quiet", "--format", format])
        assert done.exit_code == code
        assert ("is not a probability" in " ".join(done.output.split())) == (code == 2)
