"""Rewrite a TOML text for changed values; everything else is unchanged, comments included.

Each change is one splice of the text, which is then scanned again. (tomlkit groups tables of one name,
and so would move what an author wrote between them.)
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sensa.stories import writing
from sensa.stories.positions import Positions, scan
from sensa.stories.problems import Path
from sensa.stories.shape import is_by_name

_COMMA = re.compile(r"(?:\s|#[^\n]*)*,")
_REST = re.compile(r"[ \t]*(,)?[ \t]*(?:#[^\n]*|\r)?\n")  # of the line of an element: a comma, a comment


@dataclass(frozen=True)
class _Absent:
    """The type of `ABSENT`, the absence of a value."""


ABSENT = _Absent()
Change = tuple[Path, Any]  # the path, and the new value or `ABSENT`


def rewritten(text: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Change a text with the values `before` into one with the values `after`."""
    end = "\r\n" if "\r\n" in text else "\n"
    for path, value in changes(before, after, ()):
        inline = _inline(scan(text), path, gone=value is ABSENT)
        if inline is not None:
            path, value = inline, _at(after, inline)
        if value is ABSENT:
            text = _removed(text, path)
        else:
            text = _set(text, path, value, end)
    return text


def changes(before: Any, after: Any, path: Path) -> Iterator[Change]:
    """The changes, in an order in which each can be applied."""
    if isinstance(before, dict) and isinstance(after, dict) and (after or not before):
        kept = [key for key in before if key in after]
        if path and list(after) != [*kept, *(key for key in after if key not in before)]:
            yield from ((path, ABSENT), (path, after))
            return
        yield from (((*path, key), ABSENT) for key in before if key not in after)
        for key in kept:
            yield from changes(before[key], after[key], (*path, key))
        yield from (((*path, key), after[key]) for key in after if key not in before)
    elif isinstance(before, list) and isinstance(after, list) and before and after:
        yield from _of_elements(before, after, path)
    elif type(before) is not type(after) or before != after:
        number = (int, float)
        if not (type(before) in number and type(after) in number and before == after):
            yield path, after


def _of_elements(before: list[Any], after: list[Any], path: Path) -> Iterator[Change]:
    """Removed elements are those between the common start and the common end.

    An array of tables that is none any more changes as a whole.
    """
    if any(isinstance(one, dict) for one in before) and not all(isinstance(one, dict) for one in after):
        yield path, after
        return
    gone = max(len(before) - len(after), 0)
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    yield from (((*path, index), ABSENT) for index in reversed(range(same, same + gone)))
    left = [*before[:same], *before[same + gone :]]
    for index, (one, other) in enumerate(zip(left, after, strict=False)):
        yield from changes(one, other, (*path, index))
    yield from (((*path, index), after[index]) for index in range(len(left), len(after)))


def _inline(positions: Positions, path: Path, *, gone: bool) -> Path | None:
    """The inline value to set as a whole, where a path leads into it by a dotted key; else None."""
    around = next((path[:end] for end in range(len(path) - 1, 0, -1) if path[:end] in positions.ends), None)
    if path in positions.ends:
        return around if gone and around != path[:-1] else None
    dotted = any(_within(known, path) for known in positions.ends)
    return around if dotted or around != path[:-1] else None


def _at(values: Any, path: Path) -> Any:
    for part in path:
        values = values[part]
    return values


def _set(text: str, path: Path, value: Any, end: str) -> str:
    positions = scan(text)
    if path in positions.ends:
        return text[: positions.values[path]] + writing.value_text(value) + text[positions.ends[path] :]
    headers = _headers(positions, path)
    dotted = [key for known, key in positions.keys.items() if _within(known, path)]
    if headers:
        at, text = _start_of(positions, headers[0]), _removed(text, path)
        return _added(text, scan(text), path, value, end, at)
    if dotted:
        first = min(dotted)
        start = text.rfind("\n", 0, first) + 1
        header = max((found for found in positions.headers if found[0] < first), default=(0, ()))[1]
        text = _removed(text, path)
        return text[:start] + _line(path, len(header), value, end) + text[start:]
    return _added(text, positions, path, value, end)


def _line(path: Path, under: int, value: Any, end: str) -> str:
    """A value as a line of a table of which the header is the first `under` parts of its path."""
    around = writing.key_text([*(str(part) for part in path[under:-1]), ""]).removesuffix('""')
    return (around + writing.line(str(path[-1]), value)).replace("\n", end) + end


def _added(
    text: str, positions: Positions, path: Path, value: Any, end: str, place: int | None = None
) -> str:
    """Add a value: inside an inline value, as a line of its table, or with a header."""
    table, last = path[:-1], path[-1]
    if table in positions.ends:
        return _into(text, positions, path, value, end)
    items = value if isinstance(value, list) else [value]
    tabular = len(items) > 0 and all(isinstance(item, dict) for item in items)
    apart = tabular and (not table or (is_by_name(table) and len(_headers(positions, table)) > 0))
    at = None if isinstance(last, int) or apart else _end_of(positions, table)
    if at is None:
        return _with_block(text, positions, path, value, end, place)
    start, header = at
    before = text[:start] + (end if start and text[start - 1] != "\n" else "")
    return before + _line(path, len(header), value, end) + text[start:]


def _end_of(positions: Positions, table: Path) -> tuple[int, Path] | None:
    """Where a line of a table can be added, and the header above it; None if there is none.

    A table may have lines under its own header, or dotted ones under that of an enclosing table.
    """
    found = None
    starts = [(0, Path()), *positions.headers]
    stops = [*(start for start, _ in positions.headers), len(positions.text)]
    for (start, header), stop in zip(starts, stops, strict=True):
        if header != table[: len(header)]:
            continue
        ends = [
            end
            for path, end in positions.ends.items()
            if start <= end <= stop and (path[: len(table)] == table)
        ]
        if ends or header == table:
            found = _after_line(positions.text, max(ends, default=start)), header
    return found


def _with_block(text: str, positions: Positions, path: Path, value: Any, end: str, place: int | None) -> str:
    """Add a table with a header, after the last table of its kind: entries keep their order."""
    if isinstance(path[-1], str) and not isinstance(value, dict | list):
        path, value = path[:-1], {path[-1]: value}
    elif len(path) == 1 and isinstance(value, dict) and path[0] not in writing.WHOLE:
        blocks = [writing.block((*path, name), entry) for name, entry in value.items()]
        return _inserted(text, len(text), "\n".join(blocks), end)
    alike = next((found for n in range(len(path) - 1, 0, -1) if (found := _headers(positions, path[:n]))), [])
    at = place if place is not None else _start_of(positions, alike[-1] + 1) if alike else len(text)
    return _inserted(text, at, writing.block(path, value), end)


def _inserted(text: str, at: int, block: str, end: str) -> str:
    before, after = text[:at], text[at:]
    gap = "" if not before.strip() or before.endswith(end * 2) else end if before.endswith("\n") else end * 2
    return before + gap + block.replace("\n", end) + (end if after else "") + after


def _into(text: str, positions: Positions, path: Path, value: Any, end: str) -> str:
    """Add an element to an inline table or array, in the layout of the last one."""
    table, last = path[:-1], path[-1]
    ends = [end for known, end in positions.ends.items() if _within(known, table)]
    key = "" if isinstance(last, int) else writing.key_text([last]) + " = "
    added = key + writing.value_text(value)
    if not ends:
        whole = f"[{added}]" if isinstance(last, int) else f"{{ {added} }}"
        return text[: positions.values[table]] + whole + text[positions.ends[table] :]
    at = max(ends)
    comma = _COMMA.match(text, at)
    if isinstance(last, int):
        line = _line_of(positions, (*table, last - 1))
        if line is not None and (line.comma or not comma):
            lead = text[line.start : positions.values[(*table, last - 1)]]
            lines = f"{text[at : line.stop]}{lead}{added},{end}"
            return f"{text[:at]}{'' if comma else ','}{lines}{text[line.stop :]}"
    return f"{text[:at]}, {added}{text[at:]}"


def _removed(text: str, path: Path) -> str:
    """Remove the value at a path: its tables, its lines, or its part of an inline value."""
    positions = scan(text)
    if path in positions.ends and path[:-1] in positions.ends:
        return _out_of(text, positions, path)
    spans = [(_start_of(positions, i), _start_of(positions, i + 1)) for i in _headers(positions, path)]
    for known, stop in positions.ends.items():
        within = [start for start, end in spans if start <= positions.values[known] < end]
        inline = any(known[:depth] in positions.ends for depth in range(len(path), len(known)))
        if known[: len(path)] == path and not inline and not within:
            spans.append((text.rfind("\n", 0, positions.keys[known]) + 1, _after_line(text, stop)))
    for start, stop in sorted(spans, reverse=True):
        text = text[:start] + text[stop:]
    return text


def _out_of(text: str, positions: Positions, path: Path) -> str:
    """Remove an element of an inline table or array, and a comma."""
    table = path[:-1]
    ends = positions.ends
    start = positions.values[path] if isinstance(path[-1], int) else positions.keys[path]
    starts = positions.values | positions.keys
    after = [at for known, at in starts.items() if _within(known, table) and at >= ends[path]]
    before = [end for p, end in ends.items() if _within(p, table) and end <= start]
    line = _line_of(positions, path) if isinstance(path[-1], int) else None
    if line is not None and (line.comma or not after):
        return text[: line.start] + text[line.stop :]
    if after:
        return text[:start] + text[min(after) :]
    if before:
        return text[: max(before)] + text[ends[path] :]
    empty = "[]" if isinstance(path[-1], int) else "{}"
    return text[: positions.values[table]] + empty + text[ends[table] :]


@dataclass(frozen=True)
class _Line:
    """The lines of an element of an array that it shares with no other, and whether they have a comma."""

    start: int
    stop: int
    comma: bool


def _line_of(positions: Positions, element: Path) -> _Line | None:
    text, start, stop = positions.text, positions.values[element], positions.ends[element]
    line = text.rfind("\n", 0, start) + 1
    rest = _REST.match(text, stop)
    if text[line:start].strip() or rest is None:
        return None
    return _Line(line, rest.end(), rest[1] is not None)


def _headers(positions: Positions, path: Path) -> list[int]:
    """The numbers of the headers of a table and of those below it."""
    return [i for i, (_, header) in enumerate(positions.headers) if header[: len(path)] == path]


def _within(path: Path, table: Path) -> bool:
    return len(path) > len(table) and path[: len(table)] == table


def _start_of(positions: Positions, header: int) -> int:
    """The start of a header, or of the comments right above it."""
    text = positions.text
    if header >= len(positions.headers):
        return len(text)
    start = text.rfind("\n", 0, positions.headers[header][0]) + 1
    while start:
        above = text.rfind("\n", 0, start - 1) + 1
        if not text[above:start].lstrip().startswith("#"):
            break
        start = above
    return start


def _after_line(text: str, at: int) -> int:
    """The start of the line after that of a character."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1
