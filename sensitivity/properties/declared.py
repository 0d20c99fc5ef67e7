"""The properties of a story or a file of rules, with their places."""

from dataclasses import dataclass

from sensa.stories.problems import Place
from sensa.stories.properties.requirements import Requirement, parse_requirement
from sensa.stories.schema.properties import Property
from sensa.stories.story import Story


@dataclass(frozen=True)
class DeclaredProperty:
    """A property and its place."""

    name: str
    written: Property
    place: Place
    requirement: Requirement

    @property
    def at(self) -> str:
        """How parameters are treated: `mean`, `worst` or `quantile Q`."""
        if self.written.quantile is not None:
            return f"quantile {self.written.quantile:g}"
        return self.written.at or "mean"


def declared(story: Story) -> tuple[DeclaredProperty, ...]:
    """The properties that a checked story declares."""
    return tuple(
        DeclaredProperty(
            name, written, story.key_place(("properties", name)), parse_requirement(written.require)
        )
        for name, written in story.document.properties.items()
    )
