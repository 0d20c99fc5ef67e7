"""Stories as of a commit."""

from typing import TYPE_CHECKING

from sensa.cli.standard_input import require_file

if TYPE_CHECKING:
    from sensa.stories.story import Story


def story_at(file: str, reference: str | None) -> "tuple[Story | None, str]":
    """The story at a commit, by default the merge base with the main branch, and the commit's name.

    None in place of the story if the file did not exist yet. Raises `HistoryError`, and `StoryError` for a
    wrong story.
    """
    from sensa.cli.configuration import commit_of
    from sensa.comparing.history import at_commit, version
    from sensa.stories.loading import load
    from sensa.stories.reading import parse

    require_file(file)
    found = version(file, None if reference is None else commit_of(reference))
    if found.text is None:
        return None, found.name
    return load(parse(found.text, at_commit(file, found.commit))), found.name
