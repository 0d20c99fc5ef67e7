"""`--output [KIND=]PATH`: files for results and reviews."""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sensa.cli import configuration
from sensa.cli.exit_codes import Code, worst
from sensa.cli.terminal import note
from sensa.cli.text_output import STDOUT
from sensa.cli.wording import invalid_output
from sensa.reports.formats import Format, Of, found, kinds, render
from sensa.store import StoreError, located, require_writable, write_pieces
from sensa.stories.problems import escaped

if TYPE_CHECKING:
    from sensa.reviewing.review import Review

PLACE = "{name}"
SEPARATORS = ("/", os.sep)


@dataclass(frozen=True)
class Output:
    """One output file; `{name}` in its path means the story's file name without its extension."""

    format: Format
    path: str

    @property
    def kind(self) -> str:
        """Its kind on the command line."""
        return str(self.format.kind)

    def place(self, story: str) -> Path:
        """The path for this story's result."""
        return Path(self.path.replace(PLACE, Path(story).stem))

    def __str__(self) -> str:
        return f"{self.kind}={self.path}"


def kinds_listed(of: Of) -> str:
    """The kinds of output for a help text, with the format's name if it differs."""
    rows = [found(of, kind) for kind in kinds(of)]
    labels = [str(row.kind) if row.kind == row.name.lower() else f"{row.kind} ({row.name})" for row in rows]
    *most, last = labels
    return f"{', '.join(most)} or {last}"


def parsed(of: Of, texts: Sequence[str], stories: Sequence[str], further: Sequence[str] = ()) -> list[Output]:
    """The requested outputs; none may be a file that is read: a story, the configuration, `further`.

    A portfolio has one result for all stories.

    Raises `typer.BadParameter` for invalid outputs and for several with one path.
    """
    outputs = [_parsed(of, text) for text in texts]
    for output in outputs:
        _require_one_for_each(output, stories[:1] if of == "portfolio" else stories)
    read = [*stories, *further, *map(str, configuration.files())]
    for output in outputs:
        _require_free(output, [output.place(story) for story in stories], read)
    _require_apart([output.place(story) for output in outputs for story in stories[:1]])
    return outputs


def require_places(outputs: Sequence[Output], stories: Sequence[str]) -> None:
    """Raise `StoreError` if a result could not be written, before it is computed."""
    for output in outputs:
        for story in stories:
            require_writable(output.place(story), output.kind)


def kept(text: str, place: Path) -> Code:
    """Write a text; a failure is printed as a note and does not stop other outputs."""
    return kept_pieces([text], place)


def kept_pieces(pieces: Iterable[str], place: Path) -> Code:
    """The same for the pieces of a text, which need not fit into memory together."""
    try:
        write_pieces((piece.encode("utf-8", "replace") for piece in pieces), place)
    except StoreError as error:
        note(f"sensa: {escaped(str(error))}")
        return Code.WRONG
    return Code.WELL


def keep_reviews(reviews: "Sequence[Review]", outputs: Sequence[Output], story: str) -> Code:
    """Write reviews to their outputs."""
    codes = [kept(render(reviews, output.kind), output.place(story)) for output in outputs]
    return worst([Code.WELL, *codes])


def _parsed(of: Of, text: str) -> Output:
    kind, equals, path = text.partition("=")
    if not equals:
        kind, path = Path(text).suffix.removeprefix("."), text
    if text == STDOUT:
        raise typer.BadParameter(f"{text}: name a file; `--format` says what is printed")
    if kind not in kinds(of) or not path:
        raise typer.BadParameter(invalid_output(text, kinds(of)))
    output = Output(found(of, kind), path)
    if path == STDOUT:
        instead = "is not text" if output.format.binary else f"print it by `--format {output.format.name}`"
        raise typer.BadParameter(f"{output}: name a file, not standard output: {instead}")
    if not output.format.directory and text.endswith(SEPARATORS):
        raise typer.BadParameter(f"{output}: expected a file, got a directory")
    return output


def _require_one_for_each(output: Output, stories: Sequence[str]) -> None:
    """A text output holds all stories; a binary one needs a file for each."""
    if not output.format.binary:
        if len(stories) > 1 and PLACE in output.path:
            raise typer.BadParameter(f"{output}: one file holds all stories; leave {PLACE} out of its path")
    elif len({output.place(story) for story in stories}) < len(stories):
        raise typer.BadParameter(
            f"{output}: several stories need files of their own; write {PLACE} in the"
            " path, which becomes each story's file name"
        )


def _require_free(output: Output, places: Sequence[Path], sources: Sequence[str]) -> None:
    if leads(places) & leads(sources):
        raise typer.BadParameter(f"{output}: is an input file, and is not overwritten")


def _require_apart(places: Sequence[Path]) -> None:
    for n, place in enumerate(places):
        if leads([place]) & leads(places[:n]):
            raise typer.BadParameter("two outputs have the same path")


def require_no_input(output: str, *sources: str) -> None:
    """Raise unless writing to this path leaves all inputs as they are."""
    if leads([output]) & leads(sources):
        raise typer.BadParameter(f"{output}: is an input file, and is not overwritten", param_hint="--output")


def leads(paths: Sequence[str | Path]) -> set[Path]:
    """The resolved paths; one that cannot be resolved fails later, when it is read or written."""
    found = set()
    for path in paths:
        with suppress(StoreError):
            found.add(located(path))
    return found
