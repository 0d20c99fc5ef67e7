"""Edits of a story that write what its logs say; all else in its text stays to the letter."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sensa.evidence.agreement import entries
from sensa.evidence.counting import Count, count
from sensa.evidence.refusal import LogError
from sensa.stories.counts import COUNTED_KEYS
from sensa.stories.problems import (
    Path,
    Problem,
    StoryError,
    did_you_mean,
    listed,
    near,
    path_text,
    quoted,
    story_has,
)
from sensa.stories.schema.bookkeeping import Evidence
from sensa.stories.story import Story

UNCOUNTED = ("quantities", "choices", "outcomes")
DROPPED = ("unscored", "subset")  # where a log says nothing of them; the rest may be the author's


@dataclass(frozen=True)
class Refreshed:
    """An entry of evidence before it was counted, and its counts now."""

    path: Path
    item: Evidence
    count: Count


def refreshed(story: Story, names: Collection[str] = ()) -> tuple[Story, tuple[Refreshed, ...]]:
    """The story with the counts of its logs, of all nodes or of some, and what they were before.

    Raises `StoryError` if a log is missing or refused, or the story is wrong, and `ValueError` for an
    unknown name.
    """
    for name in names:
        table_of(story, name)
    found: list[Refreshed] = []
    problems: list[Problem] = []
    for path, item in entries(story):
        if names and path[1] not in names:
            continue
        try:
            found.append(Refreshed(path, item, count(story.file, item)))
        except FileNotFoundError:
            problems.append(_refused(story, path, item, "is not there"))
        except LogError as error:
            problems.append(_refused(story, path, item, str(error)))
    if problems:
        raise StoryError(problems)
    return _written(story, found), tuple(found)


def added(story: Story, name: str, item: Evidence, *, use: bool) -> tuple[Story, Refreshed]:
    """The story with one more entry of evidence of a node, counted; with `use`, its number comes from it.

    Raises `StoryError` if the log is missing or refused, or the story then wrong, and `ValueError` for an
    unknown name.
    """
    node: Path = (table_of(story, name), name)
    try:
        found = count(story.file, item)
    except FileNotFoundError:
        raise StoryError([_refused(story, node, item, "is not there")]) from None
    except LogError as error:
        raise StoryError([_refused(story, node, item, str(error))]) from None
    known = _at(story, node).get("evidence", [])
    stated = item.model_dump(by_alias=True, exclude_unset=True)
    values: dict[Path | str, object] = {(*node, "evidence"): [*known, {**stated, **found.written()}]}
    if use:
        key = COUNTED_KEYS[str(node[0])]
        number = _at(story, node).get(key)
        if not (isinstance(number, dict) and number.get("from") == "evidence"):  # else it has its prior
            values[*node, key] = {"from": "evidence"}
    return story.with_values(values), Refreshed((*node, "evidence", len(known)), item, found)


def _written(story: Story, found: Sequence[Refreshed]) -> Story:
    values: dict[Path | str, object] = {}
    for one in found:
        stated, counted = _at(story, one.path), one.count.written()
        kept = {key: value for key, value in stated.items() if key not in DROPPED or key in counted}
        if {**kept, **counted} != stated:
            values[one.path] = {**kept, **counted}
    return story.with_values(values)


def _at(story: Story, path: Path) -> Any:
    here: Any = story.values
    for part in path:
        here = here[part]
    return here


def _refused(story: Story, path: Path, item: Evidence, why: str) -> Problem:
    message = f"{quoted(item.log)} {why}"
    return Problem("refused-log", "error", story.place(path), path_text(path), message)


def table_of(story: Story, name: str) -> str:
    """The table of a node that may have evidence. Raises `ValueError` for another name."""
    known = {each: table for table in COUNTED_KEYS for each in getattr(story.document, table)}
    elsewhere = next((table for table in UNCOUNTED if name in getattr(story.document, table)), None)
    if name in (phase.name for phase in story.document.phases):
        elsewhere = "phases"
    if name not in known and elsewhere:
        raise ValueError(
            f"{quoted(name)} is in `{elsewhere}`: logs are counted for {listed(list(COUNTED_KEYS), 'and')}"
        )
    if name not in known:
        fix = did_you_mean(near(name, known)) or story_has(name, known)
        raise ValueError(f"no node {quoted(name)} with evidence" + (f" ({fix})" if fix else ""))
    return known[name]
