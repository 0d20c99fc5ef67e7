"""Align two documents: what they share, where they differ, and any mixture of the two.

Works on raw TOML values. Tables of named things are compared by name, phases by their name, dependence by its
pair, waivers by what they waive; cases, nudges and constraints are matched in order, by similarity. A number
is one unit however it is written, and so is a node that only one side has.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sensa.stories.problems import Path


class _Nothing(Enum):
    NOTHING = "nothing"


NOTHING: Final = _Nothing.NOTHING
Table = dict[str, Any]

BY_NAME = (
    "quantities", "assumptions", "challenges", "choices", "events", "safeguards", "outcomes", "properties",
)  # fmt: skip
FLAT = ("story", "goal", "rationale", "criteria", "expect", "stated", "experts", "red_team")
ORDERED = ("outcomes", "challenges")  # tables whose order matters
LISTS = ("given", "nudges", "constraints", "rows")
MAX_PAIRS = 250_000  # of elements compared for similarity; beyond, they are matched by index


@dataclass(frozen=True)
class Difference:
    """One difference: the values on both sides, at least one of them present, with their paths."""

    before: Any
    after: Any
    before_path: Path
    after_path: Path
    order: bool = False  # a difference in the order of names, not in a value


@dataclass(frozen=True)
class Same:
    """A part that both documents share."""

    value: Any


@dataclass(frozen=True)
class Leaf:
    """A difference, by its index."""

    number: int


@dataclass(frozen=True)
class Keyed:
    """A table, or an array of named elements: parts by key, with the order on both sides."""

    parts: Mapping[Any, "Part"]
    before: tuple[Any, ...]
    after: tuple[Any, ...]
    order: int | None  # index of the difference in order, if any
    array: bool = False
    optional: bool = False  # one side has no such table; it is dropped when empty


@dataclass(frozen=True)
class Row:
    """An array: its matched elements, in order."""

    parts: tuple["Part", ...]


Part = Same | Leaf | Keyed | Row


@dataclass(frozen=True)
class Alignment:
    """Two documents as one tree, and every difference between them."""

    root: Part
    differences: tuple[Difference, ...]

    def mixed(self, taken: frozenset[int]) -> Table:
        """The first document with these differences taken from the second."""
        found = self._mixed(self.root, taken)
        return found if isinstance(found, dict) else {}

    def _mixed(self, part: Part, taken: frozenset[int]) -> Any:
        match part:
            case Same(value):
                return value
            case Leaf(number):
                difference = self.differences[number]
                return difference.after if number in taken else difference.before
            case Row(parts):
                values = [self._mixed(one, taken) for one in parts]
                return [value for value in values if value is not NOTHING] or NOTHING
        return self._keyed(part, taken)

    def _keyed(self, part: Keyed, taken: frozenset[int]) -> Any:
        first, second = part.before, part.after
        if part.order is not None and part.order in taken:
            first, second = second, first
        values = {key: self._mixed(part.parts[key], taken) for key in interleaved(first, second)}
        kept = {key: value for key, value in values.items() if value is not NOTHING}
        if part.array:
            return list(kept.values()) or NOTHING
        return kept or (NOTHING if part.optional else {})


def align(before: Table, after: Table) -> Alignment:
    """Align two documents as parsed by `tomli`."""
    aligner = _Aligner()
    root = aligner.table((), (), before, after)
    return Alignment(root, tuple(aligner.found))


def interleaved(first: Sequence[Any], second: Sequence[Any]) -> list[Any]:
    """All keys in the order of the first; keys of only the second follow their predecessors there."""
    known = set(first)
    behind: dict[Any, list[Any]] = {}
    last: Any = NOTHING
    for key in second:
        if key in known:
            last = key
        else:
            behind.setdefault(last, []).append(key)
    return [*behind.get(NOTHING, []), *(key for one in first for key in (one, *behind.get(one, [])))]


class _Aligner:
    def __init__(self) -> None:
        self.found: list[Difference] = []

    def part(self, at: Path, to: Path, before: Any, after: Any) -> Part:
        """Align two values with their paths; one of them may be missing."""
        key = to[-1] if len(to) > 2 and isinstance(to[-1], str) else None
        if key in LISTS and _tables(before) and _tables(after):
            return self.row(at, to, _present(before), _present(after))
        if to[0] == "phases" and key == "axes" and _table(before) and _table(after):
            return self.table(at, to, before, after)
        if before is NOTHING or after is NOTHING:
            return self.leaf(at, to, before, after)
        if same(before, after):
            return Same(before)
        if _opened(to) and isinstance(before, dict) and isinstance(after, dict):
            return self.table(at, to, before, after)
        return self.leaf(at, to, before, after)

    def top(self, key: str, before: Any, after: Any) -> Part:
        """Align a top-level key."""
        path = (key,)
        if key in (*BY_NAME, *FLAT) and _table(before) and _table(after):
            return self.table(path, path, before, after)
        if key in _IDENTITY and _tables(before) and _tables(after):
            return self.named(path, _present(before), _present(after))
        return self.part(path, path, before, after)

    def leaf(self, at: Path, to: Path, before: Any, after: Any, *, order: bool = False) -> Leaf:
        self.found.append(Difference(before, after, at, to, order))
        return Leaf(len(self.found) - 1)

    def table(self, at: Path, to: Path, old_table: Any, new_table: Any) -> Keyed:
        parts: dict[Any, Part] = {}
        optional = old_table is NOTHING or new_table is NOTHING
        before, after = _present_table(old_table), _present_table(new_table)
        for key in interleaved(tuple(before), tuple(after)):
            old, new = before.get(key, NOTHING), after.get(key, NOTHING)
            parts[key] = self.part((*at, key), (*to, key), old, new) if to else self.top(key, old, new)
        order = self.order(to, tuple(before), tuple(after)) if to and to[-1] in ORDERED else None
        return Keyed(parts, tuple(before), tuple(after), order, optional=optional)

    def order(self, path: Path, before: Sequence[Any], after: Sequence[Any]) -> int | None:
        """The index of the difference in the order of shared names, if it differs."""
        old, new = [key for key in before if key in after], [key for key in after if key in before]
        return None if old == new else self.leaf(path, path, old, new, order=True).number

    def named(self, path: Path, before: Sequence[Any], after: Sequence[Any]) -> Part:
        """Align arrays of tables whose elements have an identity."""
        identity = _IDENTITY[str(path[0])]
        old, new = [identity(one) for one in before], [identity(one) for one in after]
        if len(set(old)) < len(old) or len(set(new)) < len(new):
            return self.row(path, path, before, after)
        parts: dict[Any, Part] = {}
        for key in interleaved(old, new):
            i, j = (names.index(key) if key in names else None for names in (old, new))
            at, to = ((*path, i if i is not None else j or 0), (*path, j if j is not None else i or 0))
            if i is None or j is None:
                there = NOTHING if i is None else before[i], NOTHING if j is None else after[j]
                parts[key] = self.leaf(at, to, *there)
            else:
                parts[key] = self.table(at, to, before[i], after[j])
        order = self.order(path, old, new) if path == ("phases",) else None
        return Keyed(parts, tuple(old), tuple(new), order, array=True)

    def row(self, at: Path, to: Path, before: Sequence[Any], after: Sequence[Any]) -> Row:
        parts: list[Part] = []
        for i, j in matched(before, after):
            here = ((*at, i if i is not None else j or 0), (*to, j if j is not None else i or 0))
            if i is None or j is None:
                there = NOTHING if i is None else before[i], NOTHING if j is None else after[j]
                parts.append(self.leaf(*here, *there))
            elif same(before[i], after[j]):
                parts.append(Same(before[i]))
            elif likeness(before[i], after[j]) >= 1:
                parts.append(self.table(*here, before[i], after[j]))
            else:
                parts.append(self.leaf(*here, before[i], after[j]))
        return Row(tuple(parts))


def matched(before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[int | None, int | None]]:
    """Match elements of two arrays in order, by similarity; None where there is no partner."""
    n, m = len(before), len(after)
    if n * m > MAX_PAIRS:
        both = min(n, m)
        yield from ((i, i) for i in range(both))
        yield from ((i, None) for i in range(both, n))
        yield from ((None, j) for j in range(both, m))
        return
    best = [[0.0] * (m + 1) for _ in range(n + 1)]
    pairs = [[likeness(one, other) for other in after] for one in before]
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + pairs[i][j])
    i = j = 0
    while i < n or j < m:
        if i < n and j < m and best[i][j] == best[i + 1][j + 1] + pairs[i][j]:
            yield i, j
            i, j = i + 1, j + 1
        elif i < n and (j == m or best[i][j] == best[i + 1][j]):
            yield i, None
            i += 1
        else:
            yield None, j
            j += 1


def likeness(one: Any, other: Any) -> float:
    """The similarity of two elements: equal, same condition, something in common, or nothing."""
    if same(one, other):
        return 4.0
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return 0.1
    if "if" in one and "if" in other and one["if"] == other["if"]:
        return 2.0
    common = [key for key in one if key in other and key != "part"]
    return 1.0 if any(same(one[key], other[key]) for key in common) else 0.1


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same; true is not 1, and 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return (type(one) is type(other) and one == other) or (_number(one) and _number(other) and one == other)


def _number(value: Any) -> bool:
    return isinstance(value, int | float)


def _opened(path: Path) -> bool:
    """Whether a table at this path is compared key by key; a number, however it is written, is not."""
    if len(path) <= 2:
        return path[0] not in ("expect", "stated")
    if path[0] == "choices" and path[2] == "options":
        return len(path) <= 4
    return path[-1] in ("causes", "odds", "axes") and path[0] in ("choices", "events", "phases")


def _table(value: Any) -> bool:
    return value is NOTHING or isinstance(value, dict)


def _tables(value: Any) -> bool:
    return value is NOTHING or (isinstance(value, list) and all(isinstance(one, dict) for one in value))


def _present(value: Any) -> list[Any]:
    return [] if value is NOTHING else value


def _present_table(value: Any) -> Table:
    return {} if value is NOTHING else value


def _pair(element: Table) -> Any:
    return frozenset(map(str, element.get("between", ())))


def _waived(element: Table) -> Any:
    witness = element.get("witness")
    return element.get("property"), None if witness is None else frozenset(map(str, witness))


_IDENTITY = {"phases": lambda element: element.get("name"), "dependence": _pair, "waivers": _waived}
