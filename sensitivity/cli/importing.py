"""`sensa import`: a story from the file of another tool."""

import os
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sensa.cli.exit_codes import Code
from sensa.cli.failing import guarded
from sensa.cli.new import write_new
from sensa.cli.options import Verbose
from sensa.cli.terminal import note, out
from sensa.cli.text_output import place
from sensa.exchange.errors import MAX_BYTES, ExchangeError
from sensa.exchange.formats import READERS
from sensa.stories.problems import cut, escaped

EPILOG = (
    "Examples: `sensa import pumps.xml -o pumps.toml`;"
    " `sensa import asia.bif --catastrophe lung=yes --prune -o asia.toml`"
)
MOST_SAID = 1_000  # characters of a reason, which may quote a file
if TYPE_CHECKING:
    Format = str
else:
    Format = Literal[tuple(known.name for known in READERS)]


def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of another tool.", show_default=False)],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="The story to write; printed if left out, or `-`.",
            callback=place,
        ),
    ] = None,
    source: Annotated[
        Format | None, typer.Option("--from", help="The format; by the name of the file if left out.")
    ] = None,
    catastrophe: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[=STATE]",
            help="What is the catastrophe; if left out, the top gate, or the last variable without children.",
        ),
    ] = None,
    fail_safe: Annotated[
        str | None, typer.Option(metavar="NAME[=STATE]", help="What is a fail-safe end; none if left out.")
    ] = None,
    mission_time: Annotated[
        float | None,
        typer.Option(
            metavar="TIME",
            help="The value of `system-mission-time` in a fault tree, in the unit of its rates.",
        ),
    ] = None,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="Leave out the variables of a network that neither end depends on."),
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Write a story from a fault tree or a Bayesian network, or say what cannot be carried.

    The story has an event or a choice for each gate, basic event or variable, and gives the same
    probabilities. What the source does not state (goal, rationale, reasons) is left for you to write. An
    existing file is never overwritten.
    """
    with guarded(verbose=verbose):
        try:
            text, left_out = _story(file, source, catastrophe, fail_safe, mission_time, prune)
        except (OSError, ExchangeError) as error:
            reason = error.strerror.lower() if isinstance(error, OSError) and error.strerror else str(error)
            note(f"sensa: {escaped(file)}: {escaped(cut(reason, MOST_SAID))}")
            raise typer.Exit(Code.WRONG) from None
        if left_out:
            note(f"sensa: {escaped(file)}: left out: {'; '.join(left_out)}")
        if output is None:
            out(text)
            return
        raise typer.Exit(write_new(text, output))


def _story(
    file: str,
    source: str | None,
    catastrophe: str | None,
    fail_safe: str | None,
    mission_time: float | None,
    prune: bool,
) -> tuple[str, tuple[str, ...]]:
    """The text of the story, and what it leaves out; raises `OSError` and `ExchangeError`."""
    from sensa.exchange.ends import Ends
    from sensa.exchange.importing import PRUNE, SAY_SO, imported, left_out
    from sensa.exchange.open_psa_numbers import SAY_MISSION_TIME
    from sensa.ordinary_files import opened

    with opened(file) as stream:
        data = stream.read(MAX_BYTES + 1)
    name = os.path.basename(file)
    try:
        text = imported(data, name, source, Ends(catastrophe, fail_safe), mission_time, prune=prune)
    except ExchangeError as error:
        said = str(error).replace(SAY_SO, "say so with `--from`")
        said = said.replace(PRUNE, "leave out what no end depends on with `--prune`")
        said = said.replace(SAY_MISSION_TIME, "say it with `--mission-time`")
        raise ExchangeError(said) from None
    return text, left_out(data, name, source)
