"""`--output KIND=PATH` of reviews: one file for all stories, written whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from sensa.cli.codes import Code
from sensa.cli.outputs import require_apart, require_file, require_free
from sensa.cli.printing import note
from sensa.cli.wording import no_kind
from sensa.reports.formats import KINDS, render
from sensa.reviewing.review import Review
from sensa.store import StoreError, write_bytes
from sensa.stories.problems import escaped


@dataclass(frozen=True)
class Place:
    """One wanted file."""

    kind: str
    path: str


def places(texts: Sequence[str], sources: Sequence[str]) -> list[Place]:
    """The files asked for, none of which is one of those that are read.

    Raises `typer.BadParameter` where they cannot be told or kept apart.
    """
    found = []
    for text in texts:
        kind, equals, path = text.partition("=")
        if kind not in KINDS or not equals or not path:
            raise typer.BadParameter(no_kind(text, KINDS))
        require_file(text)
        require_free(text, [Path(path)], sources)
        found.append(Place(kind, path))
    require_apart([Path(place.path) for place in found])
    return found


def write(reviews: Sequence[Review], wanted: Sequence[Place]) -> Code:
    """Write all of them; one that fails does not keep the others from being written."""
    code = Code.WELL
    for place in wanted:
        try:
            write_bytes(render(reviews, place.kind).encode("utf-8", "replace"), place.path)
        except StoreError as error:
            note(f"sensa: {escaped(str(error))}")
            code = Code.WRONG
    return code
