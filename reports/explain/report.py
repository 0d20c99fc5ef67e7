"""Explain one name of a story: an assumption or another node, a number, an outcome."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sensa.properties.verdicts import Verdict
from sensa.reports.explain import effect_tables as explaining_tables
from sensa.reports.explain import statements
from sensa.reports.explain.effect_tables import Table
from sensa.reports.explain.names import Named
from sensa.reports.explain.subject import About
from sensa.reports.result.from_tree import answers
from sensa.stories.problems import Place
from sensa.stories.story import Story

if TYPE_CHECKING:
    import xarray as xr

WRITTEN = ("code", "part", "tag")  # kinds without computed values


@dataclass(frozen=True)
class Explanation:
    """The explanation of a name: facts in words, and tables."""

    name: str
    kind: str
    place: Place  # where it is declared, or the beginning of the file
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table] = field(default_factory=tuple)
    declared: bool = True  # whether the story declares it


def explanation(
    story: Story,
    tree: "xr.DataTree",
    named: Named,
    verdicts: Sequence[Verdict] = (),
    others: Sequence[Named] = (),
) -> Explanation:
    """Explain a name from a story, its result and the verdicts on its properties.

    `others` are other things with this name.
    """
    about = About(story, tree, answers(tree), named, tuple(verdicts))
    found_facts = [*statements.facts(about), *(("also", f"{one.kind} {_known_by(one)}") for one in others)]
    tables = (*explaining_tables.tables(about),)
    if named.kind not in WRITTEN:
        found_facts += [("computed", text) for text in statements.computed(about)]
    return Explanation(named.name, named.kind, place(story, named), found_facts, tables, bool(named.path))


def place(story: Story, named: Named) -> Place:
    """Where something is declared; the file's first line if the story does not declare it."""
    return story.key_place(named.path) if named.path else Place(story.file, 1, 1)


def _known_by(named: Named) -> str:
    return named.path or f"{named.kind}s.{named.name}"
