"""The command line: one thin file for each command."""

import typer

app = typer.Typer()
