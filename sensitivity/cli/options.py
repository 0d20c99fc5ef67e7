"""Options shared by several commands. Flags override `SENSA_*` variables."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sensa.cli.exit_codes import Code
from sensa.cli.output_files import kinds_listed
from sensa.cli.terminal import note
from sensa.reports.formats import names
from sensa.stories import days
from sensa.stories.problems import quoted

if TYPE_CHECKING:
    from sensa.stories.reading import Written

    ReviewFormat = str
    ResultFormat = str
    ExplanationFormat = str
else:
    ReviewFormat = Literal[names("review")]
    ResultFormat = Literal[names("result")]
    ExplanationFormat = Literal[names("explain")]

Stories = Annotated[
    list[str],
    typer.Argument(metavar="STORY", help="Story files, or - for standard input.", show_default=False),
]
OneStory = Annotated[
    str,
    typer.Argument(metavar="STORY", help="A story file, or - for standard input.", show_default=False),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", envvar="SENSA_QUIET", help="No progress and no notes.")]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", envvar="SENSA_VERBOSE", help="Show every row, and tracebacks of internal errors."
    ),
]
NoColour = Annotated[
    bool,
    typer.Option("--no-color", envvar="SENSA_NO_COLOR", help="No colour (nor with NO_COLOR set)."),
]
ReviewOutputs = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="[KIND=]PATH",
        help=f"Also write {kinds_listed('review')} to a file; the ending of the path says which, or KIND."
        " Repeatable.",
    ),
]
SomeStories = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="STORY",
        help="Story files, or - for standard input; by default, those of the configuration.",
        show_default=False,
    ),
]
Seed = Annotated[
    int, typer.Option(min=0, max=2**64 - 1, envvar="SENSA_SEED", help="Seed of everything sampled.")
]
EngineOption = Annotated[
    Literal["auto", "exact", "elimination", "montecarlo"],
    typer.Option(
        envvar="SENSA_ENGINE",
        help="How to compute probabilities: exactly (exact), by variable elimination (elimination), by"
        " sampled worlds (montecarlo), or by what suits each part of the story (auto).",
    ),
]
ExplanationFormatOption = Annotated[
    ExplanationFormat, typer.Option(envvar="SENSA_FORMAT", help="Output format.")
]
ResultFormatOption = Annotated[ResultFormat, typer.Option(envvar="SENSA_FORMAT", help="Output format.")]
ReviewFormatOption = Annotated[ReviewFormat, typer.Option(envvar="SENSA_FORMAT", help="Output format.")]
Properties = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", envvar="SENSA_PROPERTIES", help="A file of further properties, for all stories."
    ),
]
Today = Annotated[
    str | None,
    typer.Option(
        metavar="YYYY-MM-DD",
        envvar="SENSA_TODAY",
        help="The date for stale credences and waivers, by default today.",
    ),
]
MAX_DIAGRAM_SECONDS = 60.0  # for one engine's diagrams, at most half of the time; worlds use the rest


def _configured(context: typer.Context, reference: str | None) -> str | None:
    """Use the configuration of a commit instead of the checkout's, before other options are read."""
    from sensa.cli import configuration

    if reference is None or context.resilient_parsing:
        return reference
    try:
        found = configuration.configuration(reference=reference)
    except configuration.ConfigurationError as error:
        note(f"sensa: {error}")
        raise typer.Exit(Code.WRONG) from None
    context.default_map = found.defaults(str(context.info_name))
    return reference


ConfigFrom = Annotated[
    str | None,
    typer.Option(
        metavar="REF",
        envvar="SENSA_CONFIG_FROM",
        is_eager=True,
        callback=_configured,
        help="Take [tool.sensa] and the file of properties from a commit, not from the checkout.",
    ),
]


def rules_from(path: str | None, reference: str | None) -> "Written | None":
    """The file of properties; at a commit, if one is named and the file lies in the repository.

    Raises `HistoryError` if the commit has no such file.
    """
    if path is None or reference is None:
        return path
    from sensa.cli.configuration import commit_of
    from sensa.comparing.history import HistoryError, as_named, at_commit
    from sensa.stories.reading import Contents

    found = as_named(path, commit_of(reference))
    if found is None:
        return path
    if found.text is None:
        raise HistoryError(f"there is no file of properties {quoted(path)} at {found.name}")
    return Contents(at_commit(path, found.commit), found.text.encode())


def day_of(text: str | None) -> date:
    """The date in a text; raises `typer.BadParameter` if it is invalid."""
    if text is None:
        return days.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"`{text}` is not a date; write 2027-06-30", param_hint="--today") from None


def named(stories: list[str] | None, reference: str | None = None) -> list[str]:
    """The named stories, else those of the configuration, which may be a commit's.

    Raises `typer.BadParameter` if there is none.
    """
    from sensa.cli.configuration import ConfigurationError, configuration

    try:
        found = stories or configuration(reference=reference).stories()
    except ConfigurationError as error:
        raise typer.BadParameter(str(error)) from None
    if not found:
        raise typer.BadParameter("no story given, neither as an argument nor as `stories` in [tool.sensa]")
    return found
