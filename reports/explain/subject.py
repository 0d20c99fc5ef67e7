"""A name of a story, with everything its explanation is made from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sensa.properties.verdicts import Verdict
from sensa.reports.explain.names import Named
from sensa.reports.layout import listed
from sensa.reports.result.answers import Answers
from sensa.stories import traversal
from sensa.stories.problems import path_text
from sensa.stories.story import Story

if TYPE_CHECKING:
    import xarray as xr

MAX_SETS = 3  # sets of one kind


@dataclass(frozen=True)
class About:
    """A name, with everything its explanation is made from."""

    story: Story
    tree: "xr.DataTree"
    found: Answers
    named: Named
    verdicts: tuple[Verdict, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of thing that is named."""
        return self.named.kind

    @property
    def name(self) -> str:
        """Its canonical name; for a number, its path."""
        return self.named.name

    @property
    def path(self) -> str:
        """Where it is declared; "" if the story does not declare it."""
        return self.named.path

    @cached_property
    def numbers(self) -> list[str]:
        """The paths of its numbers; for a number, its own path."""
        every = [path_text(stated.path) for stated in traversal.numbers(self.story.document)]
        if self.kind in ("number", "numbers"):
            return self.name.split(" + ")
        if self.kind == "axis":
            return [path for path in every if path.endswith(f".axes.{self.name}")]
        return [path for path in every if self.path and path.startswith(f"{self.path}.")]

    def dataset(self, analysis: str) -> "xr.Dataset | None":
        """An analysis's dataset, or None if it was not run."""
        return self.tree[analysis].to_dataset() if analysis in self.tree.children else None


def labels(data: "xr.Dataset | None", dimension: str) -> list[str]:
    """The labels along a dimension; [] without the dimension, as datasets have no empty ones."""
    return (
        [] if data is None or dimension not in data.coords else [str(one) for one in data[dimension].values]
    )


def sets(
    about: About, outputs: Sequence[str], wanted: Callable[[Sequence[str]], bool]
) -> Iterator[tuple[str, str]]:
    """The minimal sets of violated assumptions that make an outcome possible, and certain."""
    for output in outputs:
        for way, kept in about.found.minimal.get(output, {}).items():
            mine = [members for members in kept.sets if wanted(members)]
            shown = [listed(members) or "nothing" for members in mine[:MAX_SETS]]
            more = f"; {len(mine) - MAX_SETS} more" if len(mine) > MAX_SETS else ""
            if shown:
                yield "sets", f"{output} {way} with {'; with '.join(shown)} violated{more}"
