"""Puts today's output under every `<!-- output: COMMAND -->` of the pages: `python docs/outputs.py`."""

import re
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

from typer.testing import CliRunner

from sensa.cli import app

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
SHOWN = re.compile(r"(?P<head><!-- output: (?P<command>.+?) -->\n```text\n)(?P<output>.*?)(?=```)", re.DOTALL)


def shown() -> Iterator[tuple[str, str, str]]:
    """Every (page, command, output) that the pages show."""
    for page in PAGES:
        for match in SHOWN.finditer(page.read_text("utf-8")):
            yield page.name, match["command"], match["output"]


def printed(command: str) -> str:
    """What the command prints into a file of 100 columns."""
    program, *arguments = command.split()
    if program != "sensa":
        raise ValueError(f"not a command of ours: {command}")
    with chdir(ROOT):
        done = CliRunner(env={"COLUMNS": "100"}).invoke(app, arguments)
    if done.exit_code:
        raise RuntimeError(done.output)
    return done.stdout


def without_times(text: str) -> str:
    """Wall times differ from run to run; the line that carries one may wrap elsewhere for it."""
    return " ".join(re.sub(r"[\d.]+ s\b", "N s", text).split())


def today(match: re.Match[str]) -> str:
    """The command with its output, as it is shown if only times have changed."""
    output = printed(match["command"])
    same = without_times(output) == without_times(match["output"])
    return match[0] if same else match["head"] + output


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(SHOWN.sub(today, page.read_text("utf-8")), "utf-8")
