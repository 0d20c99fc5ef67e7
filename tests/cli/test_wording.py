"""What is said of an option that is wrong: our words, the nearest, and what there is."""

from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

import sensa
from sensa.analyses.salib_methods import METHODS
from sensa.cli import app
from sensa.cli.run_options import Methods

ENGINES = "`auto`, `exact`, `elimination` or `montecarlo`"
STORY = str(Path(__file__).parents[2] / "stories" / "library" / "cat_classifier.toml")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "--engine", "exat"), f"`exat` is not one of {ENGINES} (did you mean `exact`?)\n"),
        (("run", "--format", "jsno"), "`jsno` is not one of `text`, `json` or `html` (did you mean `json`?)"),
        (("show", "--stage", "grpah"), "`circuit` or `diagram` (did you mean `graph`?)"),
        (("check", "--fail-on", "warnign"), "(did you mean `warning`?)"),
        (("run", "--analyses", "improtance"), "unknown analysis `improtance` (did you mean `importance`?)"),
        (("run", "--method", "moris"), "unknown method `moris` (did you mean `morris`?); expected one of"),
        (("run", "--output", "jsn=x"), "nor does it end in one (did you mean `json`?)"),
        (("run", "--engine", "xyz"), f"`xyz` is not one of {ENGINES}\n"),
        (("run", "--seed", "abc"), "expected a whole number, got `abc`\n"),
        (("run", "--samples", "5e3"), "expected a whole number, got `5e3`\n"),
        (("run", "--seconds", "long"), "expected a number, got `long`\n"),
        (("run", "--points", "3"), "expected a number of at least 16, got `3`\n"),
        (("check", "--alpha", "3"), "expected a number of at most 0.5, got `3`\n"),
    ],
)  # fmt: skip
def test_the_nearest_is_offered(arguments: tuple[str, ...], said: str) -> None:
    command, *options = arguments
    result = CliRunner().invoke(app, [command, STORY, *options])
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Value error" not in result.stderr
    assert "Input should" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan.toml",), "unknown command `plan.toml` (did you mean `sensa run plan.toml`?)"),
        (("chekc", "plan.toml"), "unknown command `chekc` (did you mean `sensa check`?)"),
        (("lint", "plan.toml"), "unknown command `lint` (did you mean `sensa check`?)"),
        (("version",), "unknown command `version` (did you mean `sensa --version`?)"),
        (("\x1b[31m",), r"unknown command `\x1b[31m`"),
        (("quux",), "unknown command `quux`\n"),
    ],
)
def test_what_is_no_command(arguments: tuple[str, ...], said: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_a_goal_that_no_story_has() -> None:
    result = CliRunner().invoke(app, ["new", "--goal", "myopic-agnt"])
    assert result.exit_code == 2
    assert "unknown goal class `myopic-agnt` (did you mean `myopic-agent`?); expected one of" in result.stderr


def test_usage_shows_that_stories_may_be_left_out() -> None:
    assert "Usage: sensa check [OPTIONS] [STORY]...\n" in CliRunner().invoke(app, ["check", "-h"]).stdout


def test_python_offers_it_too() -> None:
    with pytest.raises(ValueError, match=r"unknown analysis `improtance` \(did you mean `importance`\?\)"):
        sensa.run(STORY, analyses=["improtance"])


def test_the_help_of_run_names_every_method_of_salib() -> None:
    (option,) = (each for each in get_args(Methods) if hasattr(each, "help"))
    assert f"SALib's methods: {', '.join(METHODS)}." in option.help
