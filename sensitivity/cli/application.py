"""The application, and the options before any command."""

from typing import Annotated

import typer

from sensa.cli.exit_codes import Code
from sensa.cli.terminal import note, printed
from sensa.cli.wording import Commands

app = typer.Typer(
    name="sensa",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `sensa new story.toml`, then `sensa run story.toml`.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from sensa.version import __version__

        raise typer.Exit(printed(f"sensa {__version__}\n"))


@app.callback()
def sensa(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Find out which assumption of a training story, once violated, breaks the plan, and how.

    Exit codes: 0 all is well; 1 a property fails; 2 wrong usage or a wrong story; 3 undecided, for
    example out of budget; 4 an internal error; 130 interrupted; 141 all is well, but the reader of
    standard output left early. If several apply, the first of 130, 4, 2, 1, 3, 141, 0 counts.
    Options left out are taken from SENSA_* variables, then from [tool.sensa] in pyproject.toml.
    """
    from sensa.cli import configuration

    command = context.invoked_subcommand
    if command in configuration.COMMANDS:
        try:
            context.default_map = {command: configuration.configuration().defaults(command)}
        except configuration.ConfigurationError as error:
            note(f"sensa: {error}")
            raise typer.Exit(Code.WRONG) from None
