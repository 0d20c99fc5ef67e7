"""Options that several commands share. Flags beat `SENSA_*` variables."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sensa.cli.codes import Code
from sensa.cli.outputs import kinds_told
from sensa.cli.printing import note
from sensa.reports.formats import names
from sensa.stories import days
from sensa.stories.problems import quoted

if TYPE_CHECKING:
    from sensa.stories.reading import Written

    ReviewFormat = str
    ResultFormat = str
else:
    ReviewFormat = Literal[names("review")]
    ResultFormat = Literal[names("result")]

Stories = Annotated[
    list[str],
    typer.Argument(metavar="STORY", help="Story files.", show_default=False),
]
OneStory = Annotated[str, typer.Argument(metavar="STORY", help="A story file.", show_default=False)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", envvar="SENSA_QUIET", help="No progress and no notes.")]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", envvar="SENSA_VERBOSE", help="Every row; of our errors, where they arose."
    ),
]
NoColour = Annotated[
    bool,
    typer.Option("--no-color", envvar="SENSA_NO_COLOR", help="No colour (nor with NO_COLOR set)."),
]
ReviewOutputs = Annotated[
    list[str] | None,
    typer.Option(metavar="KIND=PATH", help=f"Also write {kinds_told('review')} to a file. Repeatable."),
]
SomeStories = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[STORY]...",
        help="Story files, or - for standard input; left out: those that the configuration names.",
        show_default=False,
    ),
]
Seed = Annotated[int, typer.Option(min=0, max=2**64 - 1, envvar="SENSA_SEED", help="Of what is sampled.")]
EngineOption = Annotated[
    Literal["auto", "exact", "montecarlo"],
    typer.Option(
        envvar="SENSA_ENGINE",
        help="What computes probabilities: diagrams (exact), sampled worlds (montecarlo), or of each part"
        " of the story what suffices (auto).",
    ),
]
ReportFormat = Annotated[
    Literal["text", "json"], typer.Option(envvar="SENSA_FORMAT", help="For people or for machines.")
]
ResultFormatOption = Annotated[
    ResultFormat, typer.Option(envvar="SENSA_FORMAT", help="For people or for machines.")
]
ReviewFormatOption = Annotated[
    ReviewFormat, typer.Option(envvar="SENSA_FORMAT", help="For people, pipelines, or pull requests.")
]
Properties = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", envvar="SENSA_PROPERTIES", help="A file of further properties, for all stories."
    ),
]
Today = Annotated[
    str | None,
    typer.Option(
        metavar="YYYY-MM-DD", envvar="SENSA_TODAY", help="The day that stale credences and waivers go by."
    ),
]
MAX_DIAGRAM_SECONDS = 60.0  # for one engine's diagrams, or half of the time: worlds answer in what is left


def _configured(context: typer.Context, reference: str | None) -> str | None:
    """Puts the configuration of a commit in the place of the checkout's, before other options are read."""
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
    """The file of properties, as a commit has it where one is named and the file lies in the repository.

    Raises `HistoryError` where the commit has no such file.
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
    """The day meant; raises `typer.BadParameter` for what is none."""
    if text is None:
        return days.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"`{text}` is no day; write 2027-06-30", param_hint="--today") from None


def named(stories: list[str] | None, reference: str | None = None) -> list[str]:
    """The stories named, or else those of the configuration, which may be a commit's.

    Raises `typer.BadParameter` for none.
    """
    from sensa.cli.configuration import ConfigurationError, configuration

    try:
        found = stories or configuration(reference=reference).stories()
    except ConfigurationError as error:
        raise typer.BadParameter(str(error)) from None
    if not found:
        raise typer.BadParameter("no story is named, by an argument or as `stories` in [tool.sensa]")
    return found
