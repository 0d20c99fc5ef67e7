"""Print a story as it was read: a line for each value, with its place, ready for grep."""

import json
from collections.abc import Iterator
from typing import Any

from sensa.stories.problems import Path, path_text
from sensa.stories.story import Story


def show_story(story: Story) -> str:
    """Every value written in the story: line, column, key path, value as JSON."""
    document = story.document.model_dump(mode="json", by_alias=True, exclude_unset=True)
    values = [
        (place.line, place.column, f"{path_text(path)} = {json.dumps(value)}")
        for path, value in _values(document, ())
        for place in [story.place(path)]
    ]
    return "".join(f"{f'{line}:{column}':8}{text}\n" for line, column, text in sorted(values))


def _values(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Leaves in the order written; a list of plain values is one leaf."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _values(item, (*path, key))
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for index, item in enumerate(value):
            yield from _values(item, (*path, index))
    else:
        yield path, value
