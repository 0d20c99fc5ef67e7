"""`--output KIND=PATH` of reviews: one file for all stories, written whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from sensa.cli.codes import Code
from sensa.cli.printing import note
from sensa.reviewing import Review
from sensa.stories.problems import escaped

KINDS = ("json", "md", "sarif", "junit")


@dataclass(frozen=True)
class Place:
    """One wanted file."""

    kind: str
    path: str


def places(texts: Sequence[str], stories: Sequence[str]) -> list[Place]:
    """The files asked for; raises `typer.BadParameter` where they cannot be told, or are stories."""
    found = []
    sources = {Path(story).resolve() for story in stories}
    for text in texts:
        kind, equals, path = text.partition("=")
        if kind not in KINDS or not equals or not path:
            raise typer.BadParameter(f"`{text}` is not KIND=PATH with KIND one of {', '.join(KINDS)}")
        if Path(path).resolve() in sources:
            raise typer.BadParameter(f"{text}: is a story, which is never written over")
        found.append(Place(kind, path))
    if len({Path(place.path).resolve() for place in found}) < len(found):
        raise typer.BadParameter("two outputs with one path")
    return found


def write(reviews: Sequence[Review], wanted: Sequence[Place]) -> Code:
    """Write all of them; one that fails does not keep the others from being written."""
    from sensa import store
    from sensa.reports.formats import render

    code = Code.WELL
    for place in wanted:
        try:
            store.write_bytes(render(reviews, place.kind).encode("utf-8", "replace"), place.path)
        except store.StoreError as error:
            note(f"sensa: {escaped(str(error))}")
            code = Code.WRONG
    return code
