"""Options that several commands share. Flags beat `SENSA_*` variables."""

from typing import Annotated

import typer

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
