"""A path to write one text to, or `-` for standard output."""

import typer

STDOUT = "-"


def named(path: str | None) -> str | None:
    """The path that an option or argument names; raises `typer.BadParameter` for an empty one."""
    if path == "":
        raise typer.BadParameter("names no file; `-` is standard output")
    return path


def place(path: str | None) -> str | None:
    """The same where nothing is written to a file if the path is left out: None for `-` too."""
    return None if path == STDOUT else named(path)
