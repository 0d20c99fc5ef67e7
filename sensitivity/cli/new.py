"""`sensa new`: write a story to start from."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from sensa.cli.exit_codes import Code
from sensa.cli.failing import guarded
from sensa.cli.terminal import note, out
from sensa.store import located
from sensa.stories.problems import did_you_mean, escaped, near

EPILOG = "Examples: `sensa new story.toml`; `sensa new --goal corrigible-agent > story.toml`"


def new(
    path: Annotated[
        str | None,
        typer.Argument(metavar="PATH", help="The file to write; printed if left out.", show_default=False),
    ] = None,
    goal: Annotated[
        str, typer.Option(metavar="CLASS", help="The class of model that training should produce.")
    ] = "narrow-agent",
) -> None:
    """Print or write a first story, commented, that passes `sensa check` and runs.

    An existing file is never overwritten. Goal classes: loss-minimizing-model, fully-aligned-agent,
    corrigible-agent, myopic-agent, simulator, narrow-agent, truthful-question-answerer, other.
    """
    with guarded():
        text = starting_story(goal)
        if path is None:
            out(text)
            return
        raise typer.Exit(_write(text, path))


def starting_story(goal: str) -> str:
    """The starting text for a goal class; raises `typer.BadParameter` for an unknown one."""
    import tomli

    folder = files("sensa.stories") / "templates"
    goals: dict[str, dict[str, Any]] = tomli.loads((folder / "goals.toml").read_text("utf-8"))
    if goal not in goals:
        guess = did_you_mean(near(goal, goals))
        hint = f" ({guess})" if guess else ""
        raise typer.BadParameter(f"no goal class `{escaped(goal)}`{hint}", param_hint="--goal")
    text = (folder / "first.toml").read_text("utf-8")
    for word, value in {"class": goal, **goals[goal]}.items():
        text = text.replace(f"@{word}@", value)
    return text


def _write(text: str, path: str) -> Code:
    try:
        located(path)
        with Path(path).open("xb") as stream:
            try:
                stream.write(text.encode())
                stream.flush()
            except BaseException:
                Path(path).unlink()
                raise
    except FileExistsError:
        note(f"sensa: {escaped(path)}: already exists, and is left as it is")
        return Code.WRONG
    except OSError as error:
        note(f"sensa: {escaped(path)}: {(error.strerror or str(error)).lower()}")
        return Code.WRONG
    note(f"written; next: sensa check {escaped(path)}, then sensa run {escaped(path)}")
    return Code.WELL
