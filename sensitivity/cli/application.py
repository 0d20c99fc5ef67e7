"""The application, and the options before any command."""

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from sensa.cli.exit_codes import Code
from sensa.cli.terminal import note, printed
from sensa.cli.wording import Commands

COMMANDS = {  # in the order of the help: the module, and what is said of it there
    "run": ("run", "Analyse stories and report."),
    "report": ("report", "Report stored results."),
    "check": ("check", "Report problems of stories."),
    "diff": ("diff", "Compare two versions of a story."),
    "explain": ("explain", "Explain one name of a story."),
    "plot": ("plot", "Draw a result as a picture."),
    "show": ("show", "Print a stage of a story."),
    "new": ("new", "Start a story."),
    "common-cause": ("common_cause", "Expand a common-cause group."),
    "elicit": ("elicit", "Ask experts for a story's numbers."),
    "export": ("exporting", "Write a story for another tool."),
    "import": ("importing", "Make a story of another tool's file."),
    "waive": ("waive", "Let a failing property pass for a time."),
    "sign": ("sign", "Sign entries of a story as they are."),
    "evidence": ("evidence", "Count evaluation logs for credences of a story."),
    "schema": ("schema", "Print the JSON Schema of stories."),
}
FUNCTIONS = {"common-cause": "common_cause", "import": "import_"}  # of commands that are no names in Python


def application(arguments: Sequence[str] = ()) -> typer.Typer:
    """The application with all commands, or with only the one that the arguments begin with.

    A process needs one command, whose module is then the only one to be imported.
    """
    made = typer.Typer(
        name="sensa",
        cls=Commands,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="Start with `sensa new story.toml`, then `sensa run story.toml`.",
    )
    made.callback()(sensa)
    first = next(iter(arguments), "")
    for name in [first] if first in COMMANDS else COMMANDS:
        module, said = COMMANDS[name]
        imported = import_module(f"sensa.cli.{module}")
        command = getattr(imported, FUNCTIONS.get(name, name))
        if isinstance(command, typer.Typer):
            made.add_typer(command, name=name, short_help=said)
        else:
            made.command(name=name, short_help=said, epilog=imported.EPILOG)(command)
    return made


def _version(wanted: bool) -> None:
    if wanted:
        from sensa.version import __version__

        raise typer.Exit(printed(f"sensa {__version__}\n"))


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
