"""Edits of a story's values: each returns new values with the positions of those that remain."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sensa.stories.positions import Positions
from sensa.stories.problems import Path, did_you_mean, near, path_of, path_text, quoted, story_has
from sensa.stories.schema.document import Document
from sensa.stories.shape import is_array, is_by_name
from sensa.stories.toml_values import toml_value


@dataclass(frozen=True)
class Draft:
    """The values of a story that is being edited; unchanged tables are shared."""

    values: dict[str, Any]
    positions: Positions

    def put(self, path: Path, value: object) -> "Draft":
        """Set the value at a path, new or not."""
        positions = self.positions.with_edit(path)
        return Draft(_put(self.values, path, toml_value(value, path)), positions)

    def cut(self, path: Path) -> "Draft":
        """Remove the value at a path, and the table or array of entries if that is then empty."""
        table = path[:-1]
        if len(table) == 1 and len(_at(self.values, table)) == 1:
            path = table
        return Draft(_cut(self.values, path), self.positions.without(path))


def changed(draft: Draft, values: Mapping[Path | str, object]) -> Draft:
    """Change values by path; keys that were left out may be set."""
    for path, value in values.items():
        draft = _changed(draft, path, value)
    return draft


def _changed(draft: Draft, path: Path | str, value: object) -> Draft:
    keys = _path(path)
    if not _has(draft.values, keys):
        _require(draft.values, keys[:-1], keys[-1:])
        table = _at(draft.values, keys[:-1])
        if not isinstance(table, dict) or (len(keys) > 1 and is_by_name(keys[:-1])):
            _require(draft.values, keys)
    return draft.put(keys, value)


def removed(draft: Draft, paths: Iterable[Path | str]) -> Draft:
    """Remove the values, tables or elements at some paths, which refer to the draft before the edit."""
    every = {_path(path) for path in paths}
    for keys in every:
        _require(draft.values, keys)
    outer = [keys for keys in every if not any(keys[:end] in every for end in range(1, len(keys)))]
    for keys in sorted(
        outer, key=lambda path: [(isinstance(part, int), part) for part in path], reverse=True
    ):
        draft = draft.cut(keys)  # the last of an array first, so that the others keep their index
    return draft


def extended(draft: Draft, path: Path | str, value: object) -> Draft:
    """Add a new entry by name, a key that was left out, or a new element at the end of an array."""
    keys = _path(path)
    entry = len(keys) == 2 and keys[0] in Document.model_fields and is_by_name(keys[:1])
    if not entry and len(keys) > 1:
        _require(draft.values, keys[:-1], keys[-1:])
    present = _has(draft.values, keys)
    if is_array(keys):
        elements = _at(draft.values, keys) if present else []
        if not present:
            return draft.put(keys, [value])
        return draft.put((*keys, len(elements)), value)
    if present:
        raise ValueError(f"{quoted(path_text(keys))} is there already: `with_value` changes it")
    return draft.put(keys, value)


def settled(draft: Draft, names: Iterable[str], *, holds: bool) -> Draft:
    """Make assumptions certainly hold or be violated, whatever is given and whatever challenges them.

    All of their credences become 1 or 0, and so does what challenges leave of them. A challenge keeps its own
    truth; one that rebuts an assumption that is to hold becomes an undercut that leaves 1. Rank correlations
    of the removed numbers are removed too.
    """
    credence = 1.0 if holds else 0.0
    paths = []
    for name in names:
        _require_assumption(draft.values, name)
        if holds:
            draft = _without_rebuttals(draft, name)
        paths += list(_credences(draft.values, name))
    for path in paths:
        draft = draft.put(path, credence)
    gone = {path_text(path) for path in paths}
    tied = draft.values.get("dependence", [])
    for index in reversed(range(len(tied))):
        if gone & set(tied[index]["between"]):
            draft = draft.cut(("dependence", index))
    return draft


def _without_rebuttals(draft: Draft, name: str) -> Draft:
    for challenge, table in draft.values.get("challenges", {}).items():
        if table["against"] == name and table["kind"] == "rebut":
            draft = draft.put(("challenges", challenge, "kind"), "undercut")
    return draft


def _credences(values: Mapping[str, Any], name: str) -> Iterator[Path]:
    """The paths of the credences of an assumption, including those that challenges leave."""
    yield ("assumptions", name, "credence")
    for index in range(len(values["assumptions"][name].get("given", []))):
        yield ("assumptions", name, "given", index, "credence")
    for challenge, table in values.get("challenges", {}).items():
        if table["against"] == name and table["kind"] == "undercut":
            yield ("challenges", challenge, "leaves")


def _require_assumption(values: Mapping[str, Any], name: object) -> None:
    """Raise `ValueError`, with a suggestion, if the name is not that of an assumption."""
    if not isinstance(name, str):
        raise TypeError(f"expected the name of an assumption, got {quoted(type(name).__name__)}")
    known = values.get("assumptions", {})
    if name in known:
        return
    owners = [key for key, it in values.items() if isinstance(it, dict) and name in it]
    fix: str | None
    if owners:
        fix = f"it is one of `{owners[0]}`; `with_value` changes its numbers"
    else:
        bare = name.removeprefix("assumptions.")
        fix = did_you_mean(bare if bare in known else near(name, known)) or story_has(name, known, who="it")
    raise ValueError(f"no assumption {quoted(name)}" + (f" ({fix})" if fix else ""))


def _path(path: object) -> Path:
    keys = path_of(path) if isinstance(path, str) else path
    if not isinstance(keys, tuple):
        what = quoted(type(path).__name__)
        raise TypeError(f"expected a path such as `assumptions.a.credence`, got {what}")
    if not keys:
        raise ValueError("expected a path such as `assumptions.a.credence`, got an empty one")
    return keys


def _require(values: dict[str, Any], keys: Path, more: Path = ()) -> None:
    """Raise `ValueError`, with a suggestion, if nothing is at a path; `more` follows the path."""
    here: Any = values
    for index, part in enumerate(keys):
        if not _has(here, (part,)):
            fix = _nearest(values, here, keys + more, index)
            what = f"the story has no {quoted(path_text(keys[: index + 1]))}"
            raise ValueError(what + (f" ({fix})" if fix else ""))
        here = here[part]


def _nearest(values: dict[str, Any], here: Any, keys: Path, index: int) -> str | None:
    part, way = keys[index], keys[:index]
    if isinstance(here, list):
        return f"{quoted(path_text(way))} has {len(here)} elements, counted from 0"
    if not isinstance(here, dict):
        return f"{quoted(path_text(way))} is {quoted(here)}"
    meant: str | int | None = near(str(part), here)
    if meant is not None:
        return did_you_mean(path_text((*way, meant, *keys[index + 1 :])))
    owners = [key for key, it in values.items() if isinstance(it, dict) and part in it]
    if not way and owners:
        return did_you_mean(path_text((owners[0], *keys)))
    return story_has(str(part), here, who="it")


def _has(here: Any, keys: Path) -> bool:
    for part in keys:
        known = isinstance(here, dict) and part in here
        if not known and not (isinstance(here, list) and isinstance(part, int) and part < len(here)):
            return False
        here = here[part]
    return True


def _at(here: Any, keys: Path) -> Any:
    for part in keys:
        here = here[part]
    return here


def _put(here: Any, path: Path, value: Any) -> Any:
    part, *rest = path
    if isinstance(here, list):
        assert isinstance(part, int)
        inner = _put(here[part], tuple(rest), value) if rest else value
        return [*here[:part], inner, *here[part + 1 :]]
    return {**here, part: _put(here.get(part, {}), tuple(rest), value) if rest else value}


def _cut(here: Any, path: Path) -> Any:
    part, *rest = path
    if rest:
        return _put(here, (part,), _cut(here[part], tuple(rest)))
    if isinstance(here, list):
        assert isinstance(part, int)
        return [*here[:part], *here[part + 1 :]]
    return {key: item for key, item in here.items() if key != part}
