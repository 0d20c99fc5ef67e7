"""A story as written: the document, its text, and the positions of its values."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import tomli

from sensa.generated import generated_by
from sensa.stories import editing
from sensa.stories.checking.all_checks import check
from sensa.stories.editing import Draft
from sensa.stories.partial import beside, stubbed
from sensa.stories.positions import Positions
from sensa.stories.problems import Path, Place, Problem, StoryError, listed, path_of, path_text
from sensa.stories.rewriting import rewritten
from sensa.stories.schema.document import Document
from sensa.stories.shape import shaped
from sensa.stories.writing import written

_NOTHING = Document.model_construct()  # a placeholder until the rest of a broken story is read


@generated_by("sensa.testing.strategies.whole:stories")
@dataclass(frozen=True, repr=False)
class Story:
    """A story as written; `checking.check` says whether it can be run.

    Edits return new stories, read and checked like files: `StoryError` has all errors of one.
    Unchanged values keep their line and column, and changed ones are marked as edited. Paths are those
    that problems and reports print, such as `assumptions.a.given[0].credence`; an unknown path raises
    `ValueError` with the nearest known one.
    """

    file: str
    text: str  # as read, before edits; empty if built in Python
    document: Document
    values: dict[str, Any] = field(compare=False)  # its TOML values
    positions: Positions = field(compare=False)

    def __repr__(self) -> str:
        """The file and the story as TOML, which says all; the document would be ten times as long."""
        return f"Story(file={self.file!r}, text={self.to_toml()!r})"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """The same for pretty printers (Hypothesis, IPython), which print each field of a dataclass."""
        printer.text(repr(self))

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of its text, or of the output of `to_toml`, as hex digits."""
        return hashlib.sha256(self.to_toml().encode()).hexdigest()

    def place(self, path: Path | str, offset: int | None = None) -> Place:
        """The place of a value, or of the character at `offset` of a string; else of the nearest table."""
        keys = path_of(path) if isinstance(path, str) else path
        return self.positions.place(self.file, keys, offset=offset)

    def key_place(self, path: Path | str) -> Place:
        """The place of the key of a value."""
        keys = path_of(path) if isinstance(path, str) else path
        return self.positions.place(self.file, keys, key=True)

    def with_value(self, path: Path | str, value: object) -> "Story":
        """Change the value at a path: a number in any form of the format, a text, a whole table.

        A key of the format that was left out can be set too; `adding` adds new entries.
        """
        return self.with_values({path: value})

    def with_values(self, values: Mapping[Path | str, object]) -> "Story":
        """Change several values by path and check them together: one change alone may be invalid."""
        if not isinstance(values, Mapping):
            raise TypeError(f"expected values by path, got `{type(values).__name__}`")
        return self._edited(lambda draft: editing.changed(draft, values))

    def violated(self, *names: str) -> "Story":
        """Make assumptions certainly violated: *do(a violated)* of `violations`.

        Their credences become 0, in every case of `given`, and so does what challenges leave of them.
        Correlations of these numbers in `[[dependence]]` are removed too.
        """
        return self._settled(names, holds=False)

    def restored(self, *names: str) -> "Story":
        """Make assumptions certainly hold: their credences are 1, whatever challenges them."""
        return self._settled(names, holds=True)

    def without(self, *paths: Path | str) -> "Story":
        """Remove the values at these paths: entries, optional keys, elements of arrays.

        Remaining references to them are errors, at their own lines. Paths refer to the story before the edit.
        """
        try:
            return self._edited(lambda draft: editing.removed(draft, paths))
        except StoryError as error:
            names = [path if isinstance(path, str) else path_text(path) for path in paths]
            fix = f"{listed(names, 'and')} {'is' if len(names) == 1 else 'are'} taken out"
            raise StoryError(replace(problem, fix=fix) for problem in error.problems) from None

    def adding(self, path: Path | str, value: object) -> "Story":
        """Add a new entry, such as `events.e`, or an element of an array, such as `waivers`."""
        return self._edited(lambda draft: editing.extended(draft, path, value))

    def to_toml(self) -> str:
        """The story as TOML; if it was read from a file or a text, with its comments and layout."""
        if not self.text:
            return written(self.values)
        return rewritten(self.text, tomli.loads(self.text), self.values)

    def _settled(self, names: tuple[str, ...], *, holds: bool) -> "Story":
        return self._edited(lambda draft: editing.settled(draft, names, holds=holds))

    def _edited(self, edit: Callable[[Draft], Draft]) -> "Story":
        draft = edit(Draft(self.values, self.positions))
        story = story_of(draft.values, self.file, self.text, draft.positions)
        problems = check(story)
        if any(problem.severity == "error" for problem in problems):
            raise StoryError(problem for problem in problems if problem.severity == "error")
        return story


def story_of(values: dict[str, Any], file: str, text: str, positions: Positions) -> Story:
    """The story with these TOML values. Raises `StoryError` with all errors of its shape."""
    document, problems = shaped(values, positions.where(file))
    if document is None:
        story = Story(file, text, _NOTHING, values, positions)
        raise StoryError([*problems, *_elsewhere(story, problems)])
    return Story(file, text, document, values, positions)


def _elsewhere(story: Story, problems: tuple[Problem, ...]) -> list[Problem]:
    """The errors in the rest of a story whose shape is wrong, so that all are reported at once."""
    if any(problem.code in ("wrong-format", "too-many-problems") for problem in problems):
        return []
    rest = stubbed(story.values, problems)
    if rest is None:
        return []
    plain_values, replaced = rest
    document = shaped(plain_values, story.positions.where(story.file))[0]
    return [] if document is None else beside(check(replace(story, document=document)), replaced)
