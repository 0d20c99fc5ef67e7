"""Every command on generated stories: they have an answer, whatever constructs meet."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from typer.testing import CliRunner

from sensa.analyses import ANALYSES
from sensa.cli import app
from sensa.cli.exit_codes import Code
from sensa.reports import formats
from sensa.stories.sign_offs import SIGNED_TABLES
from sensa.stories.story import Story
from sensa.testing import stories
from tests.comparing.stories import HEAD

ANSWERED = (Code.WELL, Code.FAILS, Code.UNDECIDED)
FEW = ("--points", "32", "--samples", "20000")
BASE = f"""{HEAD}
[assumptions.a]
claim = "A"
part = "goal.specification"
[outcomes.bad]
kind = "catastrophic"
when = "not a"
[outcomes.good]
kind = "success"
otherwise = true
"""


def commands(story: Story, file: str, folder: str) -> Iterator[list[str]]:
    """Each command in each of its formats, with all analyses, for one name of each kind."""
    analyses = ["--analyses", ",".join(ANALYSES)]
    for engine in ("exact", "elimination", "montecarlo"):
        yield ["run", file, *FEW, "--engine", engine, *analyses, "--format", "json"]
    kept = ["--output", f"nc={folder}/result.nc", "--output", f"html={folder}/page.html"]
    yield ["run", file, *FEW, "--verbose", *kept]
    yield ["report", f"{folder}/result.nc", "--verbose"]
    for name in formats.names("review"):
        yield ["check", file, "--format", name]
        yield ["diff", f"{folder}/base.toml", file, "--seconds", "2", "--format", name]
    for table in (*SIGNED_TABLES, "properties"):
        for name in list(getattr(story.document, table))[:1]:
            yield ["explain", file, name]
            yield ["explain", file, name, "--format", "json"]
    for name in ("text", "mermaid", "dot", "svg"):
        yield ["show", file, "--stage", "graph", "--format", name]
    for stage in ("story", "circuit", "diagram"):
        yield ["show", file, "--stage", stage]
    for to in ("open-psa", "bif", "xdsl", "gsn", "csv", "samples"):
        yield ["export", file, "--to", to, "--output", f"{folder}/exported.{to}"]
    yield ["elicit", file, "--output", f"{folder}/sheet.csv"]
    yield ["sign", file, "--by", "Bo", "--suspect"]
    yield ["check", file]


def answered(story: Story) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "story.toml"
        file.write_text(story.to_toml(), encoding="utf-8")
        (Path(folder) / "base.toml").write_text(BASE, encoding="utf-8")
        for command in commands(story, str(file), folder):
            done = CliRunner().invoke(app, command)
            assert done.exit_code in ANSWERED, (command, done.output)


@pytest.mark.slow  # minutes
@settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(stories())
def test_every_command_answers(story: Story) -> None:
    answered(story)
