"""A name of a story, and all that it is explained from."""

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
    """A name, and all that it is explained from."""

    story: Story
    tree: "xr.DataTree"
    found: Answers
    named: Named
    verdicts: tuple[Verdict, ...] = ()

    @property
    def kind(self) -> str:
        """What it is."""
        return self.named.kind

    @property
    def name(self) -> str:
        """Its one name; of a number, its path."""
        return self.named.name

    @property
    def path(self) -> str:
        """Where it is declared; "" where the story does not."""
        return self.named.path

    @cached_property
    def numbers(self) -> list[str]:
        """The paths of its numbers; of a number, its own."""
        every = [path_text(stated.path) for stated in traversal.numbers(self.story.document)]
        if self.kind in ("number", "numbers"):
            return self.name.split(" + ")
        if self.kind == "axis":
            return [path for path in every if path.endswith(f".axes.{self.name}")]
        return [path for path in every if self.path and path.startswith(f"{self.path}.")]

    def dataset(self, analysis: str) -> "xr.Dataset | None":
        """An analysis's dataset, where it was asked for."""
        return self.tree[analysis].to_dataset() if analysis in self.tree.children else None


def labels(data: "xr.Dataset | None", dimension: str) -> list[str]:
    """What lies along a dimension; nothing where there is none, as datasets have no empty dimensions."""
    return (
        [] if data is None or dimension not in data.coords else [str(one) for one in data[dimension].values]
    )


def sets(
    about: About, outputs: Sequence[str], wanted: Callable[[Sequence[str]], bool]
) -> Iterator[tuple[str, str]]:
    """The minimal sets of violated assumptions that make an end possible, and certain."""
    for output in outputs:
        for way, kept in about.found.minimal.get(output, {}).items():
            mine = [members for members in kept.sets if wanted(members)]
            told = [listed(members) or "nothing" for members in mine[:MAX_SETS]]
            more = f"; {len(mine) - MAX_SETS} more" if len(mine) > MAX_SETS else ""
            if told:
                yield "sets", f"{output} {way} with {'; with '.join(told)} violated{more}"
