"""Stories as of a commit."""

from typing import TYPE_CHECKING

from sensa.cli.options import rules_from
from sensa.cli.standard_input import require_file

if TYPE_CHECKING:
    from sensa.stories.reading import Written
    from sensa.stories.story import Story


def rules_at(path: str | None, reference: str) -> "Written | None":
    """The file of properties at a commit; None if it has no such file."""
    from sensa.comparing.history import HistoryError

    try:
        return rules_from(path, reference)
    except HistoryError:
        return None


def story_at(file: str, reference: str | None) -> "tuple[Story | None, str]":
    """The story at a commit, by default the merge base with the main branch, and the commit's name.

    None in place of the story if the file did not exist yet. Raises `HistoryError`, and `StoryError` for a
    wrong story.
    """
    from sensa.cli.configuration import commit_of
    from sensa.comparing.history import at_commit, version
    from sensa.stories.policies import without_rules
    from sensa.stories.reading import parse

    require_file(file)
    found = version(file, None if reference is None else commit_of(reference))
    if found.text is None:
        return None, found.name
    return without_rules(parse(found.text, at_commit(file, found.commit))), found.name
