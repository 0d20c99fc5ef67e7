"""A story as written: the document, its text, and where in the text each value stands."""

from dataclasses import dataclass, field

from sensa.stories.positions import Positions
from sensa.stories.problems import Path, Place, path_of
from sensa.stories.schema import Document


@dataclass(frozen=True)
class Story:
    """A story as written; `checking.check` says whether it can be run."""

    file: str
    text: str
    digest: str  # sha256 of the text, as hex digits
    document: Document
    positions: Positions = field(repr=False, compare=False)

    def place(self, path: Path | str, offset: int | None = None) -> Place:
        """Where a value stands, or the character at `offset` of a string; the nearest table if nowhere."""
        keys = path_of(path) if isinstance(path, str) else path
        found = self.positions.value(keys) if offset is None else self.positions.inside(keys, offset)
        return Place(self.file, *found)

    def key_place(self, path: Path | str) -> Place:
        """Where the key of a value stands."""
        return Place(self.file, *self.positions.key(path_of(path) if isinstance(path, str) else path))
