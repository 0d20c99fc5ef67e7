"""`sensa new`: write a story to start from."""

from importlib.resources import files
from typing import Annotated

import typer

from sensa.cli.exit_codes import Code
from sensa.cli.failing import guarded
from sensa.cli.terminal import note, out
from sensa.cli.text_output import place
from sensa.store import write_fresh
from sensa.stories.problems import escaped, unknown

EPILOG = "Examples: `sensa new story.toml`; `sensa new story.toml --goal corrigible-agent`"
STARTED = """\
# Started from {story} of the library: change it into your own plan, numbers and reasons first.
# Then `sensa check` and `sensa run` this file.
"""


def goal_classes() -> dict[str, str]:
    """The library's story to start from, by goal class."""
    import tomli

    table = files("sensa.stories") / "templates" / "goals.toml"
    return tomli.loads(table.read_text("utf-8"))


def _completed(incomplete: str) -> list[str]:
    return [goal for goal in goal_classes() if goal.startswith(incomplete)]


def new(
    path: Annotated[
        str | None,
        typer.Argument(
            metavar="PATH",
            help="The file to write; printed if left out, or `-`.",
            show_default=False,
            callback=place,
        ),
    ] = None,
    goal: Annotated[
        str | None,
        typer.Option(
            metavar="CLASS",
            help="Start from the library's story whose goal is of this class.",
            show_default=False,
            autocompletion=_completed,
        ),
    ] = None,
) -> None:
    """Print or write a story to start from, which passes `sensa check` and runs.

    Without `--goal` it is a small one, with a comment on each part; with it, the nearest worked story of
    the library, without the results that it expects. An existing file is never overwritten. Goal classes:
    loss-minimizing-model, fully-aligned-agent, corrigible-agent, myopic-agent, simulator, narrow-agent,
    truthful-question-answerer, other.
    """
    with guarded():
        text = starting_story(goal)
        if path is None:
            out(text)
            return
        raise typer.Exit(write_new(text, path))


def starting_story(goal: str | None) -> str:
    """The text to start from; raises `typer.BadParameter` for an unknown goal class."""
    folder = files("sensa.stories")
    if goal is None:
        return (folder / "templates" / "first.toml").read_text("utf-8")
    goals = goal_classes()
    if goal not in goals:
        raise typer.BadParameter(unknown("goal class", goal, goals), param_hint="--goal")
    story = f"{goals[goal]}.toml"
    text = (folder / "library" / story).read_text("utf-8")
    return f"{STARTED.format(story=story)}{without_expected_results(text)}"


def without_expected_results(text: str) -> str:
    """The text without `[expect]` and the comment right above it, which derives those values."""
    lines = text.splitlines(keepends=True)
    if "[expect]\n" not in lines:
        return text
    start = end = lines.index("[expect]\n")
    while start and lines[start - 1].startswith("#"):
        start -= 1
    while end < len(lines) and lines[end].strip():
        end += 1
    return "".join(lines[:start]).rstrip("\n") + "\n" + "".join(lines[end:])


def write_new(text: str, path: str) -> Code:
    """Write a story to a file that does not exist yet."""
    try:
        write_fresh(text.encode(), path)
    except FileExistsError:
        note(f"sensa: {escaped(path)}: already exists, and is left as it is")
        return Code.WRONG
    except OSError as error:
        note(f"sensa: {escaped(path)}: {(error.strerror or str(error)).lower()}")
        return Code.WRONG
    note(f"written; next: sensa check {escaped(path)}, then sensa run {escaped(path)}")
    return Code.WELL
