"""The command line: one thin file for each command.

Commands import the numeric stack only when they run, so that help, completion and whatever needs no numbers
is fast. `app` has all commands and is made when it is first asked for.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    app: typer.Typer

__all__ = ["app"]


def __getattr__(name: str) -> "typer.Typer":
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sensa.cli.application import application

    made = globals()["app"] = application()
    return made
