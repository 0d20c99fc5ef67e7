"""Options that several commands share. Flags beat `SENSA_*` variables."""

from datetime import date
from typing import Annotated

import typer

from sensa.stories import days

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
SomeStories = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[STORY]...",
        help="Story files, or - for standard input; left out: those that the configuration names.",
        show_default=False,
    ),
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


def day_of(text: str | None) -> date:
    """The day meant; raises `typer.BadParameter` for what is none."""
    if text is None:
        return days.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"`{text}` is no day; write 2027-06-30", param_hint="--today") from None


def named(stories: list[str] | None) -> list[str]:
    """The stories named, or else those of the configuration; raises `typer.BadParameter` for none."""
    from sensa.cli.configuration import ConfigurationError, configuration

    try:
        found = stories or configuration().stories()
    except ConfigurationError as error:
        raise typer.BadParameter(str(error)) from None
    if not found:
        raise typer.BadParameter("no story is named, by an argument or as `stories` in [tool.sensa]")
    return found
