"""Stories of the base that a change removed, which a check of the present files would miss."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from sensa.comparing.git import top
from sensa.comparing.history import AmbiguousError, HistoryError, Missing, missing, working_repository
from sensa.reviewing.lost_requirements import removed
from sensa.reviewing.review import FailOn, Review
from sensa.store import StoreError, located
from sensa.stories.problems import StoryError
from sensa.stories.reading import parse

STORIES = ".toml"


def removals(files: Sequence[str], reference: str | None, fail_on: FailOn) -> Iterator[Review]:
    """A review for each story of a commit that was removed, or renamed and not among these files.

    Searches all repositories of these files, and that of the working directory if they lie below it, which
    may have had what a submodule has now. A story whose content is in one of the files was renamed, and
    does not count; nor does a file that was no valid story at the commit. Raises `HistoryError`.
    """
    checked = set(_places(files))
    for one in _missing(checked, reference):
        if _is_checked(one, checked):
            continue
        file = _from_here(one.place)
        try:
            story = parse(one.text, file)
        except StoryError:
            continue
        now = None if one.now is None else _from_here(one.now)
        yield removed(file, story, one.name, now, fail_on)


def _missing(checked: Iterable[str], reference: str | None) -> Iterator[Missing]:
    """What the repositories have lost. That of the working directory may lack the reference of others."""
    own = dict.fromkeys(top(Path(file).parent) for file in sorted(checked))
    for repository in filter(None, own):
        yield from missing(repository, reference, STORIES)
    around = working_repository()
    if around is None or around in own or not any(Path(file).is_relative_to(around) for file in checked):
        return
    try:
        yield from missing(around, reference, STORIES)
    except AmbiguousError:
        raise
    except HistoryError:
        return


def _places(files: Sequence[str]) -> Iterator[str]:
    """The resolved paths of files; one that cannot be resolved is skipped here and refused as a story."""
    for file in files:
        with suppress(StoreError):
            yield str(located(file))


def _is_checked(one: Missing, checked: set[str]) -> bool:
    """Whether a file is checked under its old name (and refused), its new one, or by its content."""
    names = {str(place) for place in (one.place, one.now) if place is not None}
    return bool(names & checked) or any(_text(file) == one.text for file in checked)


def _text(file: str) -> str | None:
    try:
        return Path(file).read_bytes().decode() if os.path.isfile(file) else None
    except (OSError, UnicodeDecodeError):
        return None


def _from_here(place: Path) -> str:
    try:
        return os.path.relpath(place)
    except ValueError:  # on another drive
        return str(place)
