"""`--output KIND=PATH`: where results go beside the terminal."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import typer

from sensa.cli.wording import no_kind
from sensa.store import StoreError, located, require_writable

OutputKind = Literal["nc", "zarr", "json"]
KINDS: tuple[OutputKind, ...] = get_args(OutputKind)
PLACE = "{name}"
SEPARATORS = ("/", os.sep)


@dataclass(frozen=True)
class Output:
    """One wanted file; `{name}` in its path stands for the story's file name without its ending."""

    kind: OutputKind
    path: str

    def place(self, story: str) -> Path:
        """Where this story's result goes."""
        return Path(self.path.replace(PLACE, Path(story).stem))


def parsed(texts: Sequence[str], stories: Sequence[str], rules: str | None = None) -> list[Output]:
    """The outputs asked for; raises `typer.BadParameter` where they cannot be told or kept apart."""
    outputs = [_parsed(text) for text in texts]
    for output in outputs:
        if output.kind != "zarr":
            require_file(f"{output.kind}={output.path}")
        if output.kind == "json":
            if len(stories) > 1 and PLACE in output.path:
                raise typer.BadParameter(
                    f"json={output.path}: one file holds all stories: leave {PLACE} out of its path"
                )
            continue
        if len(stories) > 1 and len({output.place(story) for story in stories}) < len(stories):
            raise typer.BadParameter(
                f"{output.kind}={output.path}: several stories need files of their own: write {PLACE} in the"
                " path, and it becomes each story's file name"
            )
    read = [*stories, *([] if rules is None else [rules])]
    for output in outputs:
        require_free(f"{output.kind}={output.path}", [output.place(story) for story in stories], read)
    require_apart([output.place(story) for output in outputs for story in stories[:1]])
    return outputs


def require_free(text: str, places: Sequence[Path], sources: Sequence[str]) -> None:
    """Raises `typer.BadParameter` where an output would be written over what is read."""
    if _leads(places) & _leads(sources):
        raise typer.BadParameter(f"{text}: is a file that is read, and never written over")


def require_file(text: str) -> None:
    """Raises `typer.BadParameter` where an output that is a file is named as a directory is."""
    if text.endswith(SEPARATORS):
        raise typer.BadParameter(f"{text}: names a directory, where a file is wanted")


def require_apart(places: Sequence[Path]) -> None:
    """Raises `typer.BadParameter` where two outputs are one file."""
    for n, place in enumerate(places):
        if _leads([place]) & _leads(places[:n]):
            raise typer.BadParameter("two outputs with one path")


def _leads(paths: Sequence[str | Path]) -> set[Path]:
    """Where paths lead; where one leads nowhere, reading or writing it says so."""
    found = set()
    for path in paths:
        with suppress(StoreError):
            found.add(located(path))
    return found


def require_places(outputs: Sequence[Output], stories: Sequence[str]) -> None:
    """Raises `StoreError` where a result could not be written, before it is computed."""
    for output in outputs:
        for story in stories:
            require_writable(output.place(story), output.kind)


def _parsed(text: str) -> Output:
    kind, equals, path = text.partition("=")
    for known in KINDS:
        if kind == known and equals and path:
            return Output(known, path)
    raise typer.BadParameter(no_kind(text, KINDS))
