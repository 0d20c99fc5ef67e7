"""A story as it was at a commit."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sensa.stories.story import Story


def story_at(file: str, reference: str | None) -> "tuple[Story | None, str]":
    """The story at a commit, by default where the branch left the main one, and how that is called.

    No story where the file was not there yet. Raises `HistoryError`, and `StoryError` for a wrong story.
    """
    from sensa import pipeline
    from sensa.cli.configuration import commit_of
    from sensa.comparing.history import at_commit, version
    from sensa.stories.reading import parse

    found = version(file, None if reference is None else commit_of(reference))
    if found.text is None:
        return None, found.name
    return pipeline.load(parse(found.text, at_commit(file, found.commit))), found.name
