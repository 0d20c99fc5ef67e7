"""Key path -> line and column, for a TOML 1.0 text and its later edits.

`tomli` gives values without positions, so this scanner reads the same text again. It does not repeat
`tomli`'s checks: where the text is not TOML it stops, and the positions found so far are valid. It does
report what `tomli` accepts and TOML 1.0 does not, and texts that nest too deeply or have too many keys; these
limits also keep `tomli` itself from its slow cases.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import tomli

from sensa.stories.problems import Path, Place, quoted

MAX_DEPTH = 20
MAX_VALUES = 70_000
LONGEST_SCALAR = 1000

_BLANK = re.compile(r"[ \t]*+")
_SPACE = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]++")
_SCALAR = re.compile(r"[^,\]}#\r\n]++")
_BASIC = re.compile(r'"(?:[^"\\\n]++|\\.)*+"')
_LITERAL = re.compile(r"'[^'\n]*+'")
_LONG_BASIC = re.compile(r'"""(?:[^"\\]++|\\.|"(?!""))*+"""(?:"{1,2})?', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''(?:[^']++|'(?!''))*+'''(?:'{1,2})?", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NEW_ESCAPES = {"e": "the escape `\\e`", "x": "the escape `\\x`"}
_NO_SECONDS = re.compile(r"(?:\d{4}-\d\d-\d\d[Tt ])?\d\d:\d\d(?:Z|z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True, slots=True)
class Remark:
    """A problem at an offset of the text that `tomli` may not report."""

    kind: str  # "newer-toml", "too-deep", "too-many-keys", "too-long", "too-small"
    at: int
    message: str


class _ScanEndError(Exception):
    """The text is not TOML here, or exceeds the limits: scanning stops."""


@dataclass(frozen=True)
class Positions:
    """The positions of keys and values in a TOML text."""

    text: str
    keys: dict[Path, int]
    values: dict[Path, int]
    remarks: tuple[Remark, ...]
    repeated: dict[Path, int]  # keys that are set twice, at the second place
    newlines: list[int] = field(repr=False)
    ends: dict[Path, int] = field(default_factory=dict, repr=False)  # of values, one past the last character
    headers: tuple[tuple[int, Path], ...] = ()  # the start of each `[table]`, and its path
    edits: frozenset[Path] = frozenset()  # set or added in Python, and not in the text

    def place(self, file: str, path: Path, *, key: bool = False, offset: int | None = None) -> Place:
        """The place of a value, of its key, or of a character of a string; else the nearest table's."""
        if not self.text:
            return Place(file, 1, 1, "built")
        if any(path[:end] in self.edits for end in range(len(path) + 1)):
            return Place(file, *(self.key(path) if key else self.value(path)), "edited")
        if offset is not None:
            return Place(file, *self.inside(path, offset))
        return Place(file, *(self.key(path) if key else self.value(path)))

    def where(self, file: str) -> Callable[[Path, bool], Place]:
        """A function from paths to the places of values or keys in a file."""
        return lambda path, key: self.place(file, path, key=key)

    def with_edit(self, path: Path) -> "Positions":
        """Mark a value as set in Python: it has a place, but its parts have none."""
        return self._moved(lambda known: known if not _below(known, path) else None, {path})

    def without(self, path: Path) -> "Positions":
        """Remove a value; later elements of an array move up."""
        *table, last = path

        def moved(known: Path) -> Path | None:
            if known[: len(path)] == path:
                return None
            at = known[len(table)] if isinstance(last, int) and _below(known, tuple(table)) else last
            if isinstance(at, int) and isinstance(last, int) and at > last:
                return (*table, at - 1, *known[len(path) :])
            return known

        return self._moved(moved, set())

    def _moved(self, moved: Callable[[Path], Path | None], edits: set[Path]) -> "Positions":
        keys, values = (
            {new: at for known, at in table.items() if (new := moved(known)) is not None}
            for table in (self.keys, self.values)
        )
        kept = {new for known in self.edits if (new := moved(known)) is not None}
        return replace(self, keys=keys, values=values, edits=frozenset(kept | edits))

    def line_column(self, at: int) -> tuple[int, int]:
        """Line and column, from 1, of an offset in the text."""
        line = bisect_left(self.newlines, at)
        return line + 1, at - (self.newlines[line - 1] if line else -1)

    def key(self, path: Path) -> tuple[int, int]:
        """The position of the key; for an element of an array, of the element."""
        return self._nearest(path, (self.keys, self.values))

    def value(self, path: Path) -> tuple[int, int]:
        """The start of the value; for a table with a header, of the key in the header."""
        return self._nearest(path, (self.values, self.keys))

    def inside(self, path: Path, offset: int) -> tuple[int, int]:
        """The position of the character at `offset` of a string.

        Known for strings on one line without escapes; for others it is the start of the value.
        """
        start = self.values.get(path)
        if start is None:
            return self.value(path)
        return self.line_column(start + self._shift(start, offset))

    def _shift(self, start: int, offset: int) -> int:
        quote = self.text[start : start + 1]
        if quote not in ("'", '"') or self.text.startswith(quote * 3, start):
            return 0
        match = (_LITERAL if quote == "'" else _BASIC).match(self.text, start)
        if match is None or (quote == '"' and "\\" in match.group()):
            return 0
        return 1 + min(max(offset, 0), match.end() - start - 2)

    def _nearest(self, path: Path, tables: tuple[dict[Path, int], ...]) -> tuple[int, int]:
        for end in range(len(path), 0, -1):
            for table in tables:
                if path[:end] in table:
                    return self.line_column(table[path[:end]])
        return 1, 1


def vanishes(written: str) -> bool:
    """Whether a number as it is written is not 0, and 0 as a float."""
    mantissa, exponent, _ = written.lower().partition("e")
    if not exponent or not any(digit in mantissa for digit in "123456789"):
        return False
    try:
        return float(written) == 0.0
    except ValueError:
        return False


def _below(path: Path, table: Path) -> bool:
    """Whether a path is below another."""
    return len(path) > len(table) and path[: len(table)] == table


def scan(text: str) -> Positions:
    """The positions in a text; never raises."""
    scanner = _Scanner(text)
    with suppress(_ScanEndError):
        scanner.document()
    newlines = [match.start() for match in re.finditer("\n", text)]
    return Positions(
        text,
        scanner.keys,
        scanner.values,
        tuple(scanner.remarks),
        scanner.repeated,
        newlines,
        scanner.ends,
        tuple(scanner.headers),
    )


@dataclass(slots=True)
class _Open:
    """An array or inline table that is not closed yet."""

    path: Path
    array: bool
    count: int = 0
    after_comma: bool = False


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.keys: dict[Path, int] = {}
        self.values: dict[Path, int] = {}
        self.ends: dict[Path, int] = {}
        self.headers: list[tuple[int, Path]] = []
        self.remarks: list[Remark] = []
        self.repeated: dict[Path, int] = {}
        self.parts = 0  # of all keys, repeated ones included
        self.last_element: dict[Path, int] = {}  # arrays of tables: the index of the newest

    def document(self) -> None:
        at, table = 0, Path()
        while True:
            at = self._skip(_SPACE, at)
            if at >= len(self.text):
                return
            if self.text[at] == "[":
                start = at
                at, table = self._header(at)
                self.headers.append((start, table))
            else:
                at = self._value(*self._key_value(at, table))

    def _skip(self, pattern: re.Pattern[str], at: int) -> int:
        match = pattern.match(self.text, at)
        if match is None:
            raise _ScanEndError
        return match.end()

    def _header(self, at: int) -> tuple[int, Path]:
        array = self.text.startswith("[[", at)
        parts, at = self._key(at + (2 if array else 1))
        if not self.text.startswith("]]" if array else "]", at):
            raise _ScanEndError
        path: Path = ()
        for index, (part, start) in enumerate(parts):
            path = (*path, part)
            last = index == len(parts) - 1
            if last and array:
                self.keys.setdefault(path, start)
                self.last_element[path] = self.last_element.get(path, -1) + 1
                path = (*path, self.last_element[path])
                self.keys[path] = start
            elif last:
                self.keys[path] = start  # rather than where another header mentioned it
            else:
                self.keys.setdefault(path, start)
                if path in self.last_element:
                    path = (*path, self.last_element[path])
        self._bound(path, at)
        return at + (2 if array else 1), path

    def _key(self, at: int) -> tuple[list[tuple[str, int]], int]:
        parts: list[tuple[str, int]] = []
        while True:
            start = self._skip(_BLANK, at)
            mark = self.text[start : start + 1]
            if mark in ("'", '"') and mark:
                at = self._skip(_LITERAL if mark == "'" else _BASIC, start)
                self._escapes(start, at)
                parts.append((self._unquoted(self.text[start:at]), start))
            else:
                at = self._skip(_BARE_KEY, start)
                parts.append((self.text[start:at], start))
            self.parts += 1
            if self.parts > 2 * MAX_VALUES:
                self._stop("too-many-keys", start, f"more than {MAX_VALUES} keys and values")
            if len(parts) > MAX_DEPTH:
                self._stop("too-deep", start, f"keys nest more than {MAX_DEPTH} deep")
            at = self._skip(_BLANK, at)
            if not self.text.startswith(".", at):
                return parts, at
            at += 1

    @staticmethod
    def _unquoted(raw: str) -> str:
        if raw[0] == "'" or "\\" not in raw:
            return raw[1:-1]
        try:
            return str(tomli.loads("k=" + raw)["k"])
        except ValueError:
            raise _ScanEndError from None

    def _key_value(self, at: int, table: Path) -> tuple[int, Path]:
        """The start of the value and its path, after `key =`."""
        parts, at = self._key(at)
        if not self.text.startswith("=", at):
            raise _ScanEndError
        path = table
        for part, start in parts:
            path = (*path, part)
            self.keys.setdefault(path, start)
        if path in self.values:
            self.repeated.setdefault(path, start)
        return self._skip(_BLANK, at + 1), path

    def _value(self, at: int, path: Path) -> int:
        """Record the value at `at` and return its end. Uses a stack instead of recursion."""
        opened: list[_Open] = []
        while True:
            self.values[path] = at
            self._bound(path, at)
            mark = self.text[at : at + 1]
            if mark in ("[", "{") and mark:
                opened.append(_Open(path, mark == "["))
                at += 1
            else:
                at = self.ends[path] = self._scalar(at)
            found = self._next(at, opened)
            if isinstance(found, int):
                return found
            at, path = found

    def _next(self, at: int, opened: list[_Open]) -> int | tuple[int, Path]:
        """The start and path of the next value in what is open, or the end if all is closed."""
        while opened:
            inner = opened[-1]
            at = self._gap(at, inner)
            mark = self.text[at : at + 1]
            if mark == ("]" if inner.array else "}"):
                if inner.after_comma and not inner.array:
                    self._newer(at, "a comma before the closing brace of an inline table")
                opened.pop()
                at += 1
                self.ends[inner.path] = at
            elif mark == "," and not inner.after_comma and inner.count:
                inner.after_comma = True
                at += 1
            elif inner.count and not inner.after_comma:
                raise _ScanEndError
            else:
                inner.count += 1
                inner.after_comma = False
                if inner.array:
                    return at, (*inner.path, inner.count - 1)
                return self._key_value(at, inner.path)
        return at

    def _gap(self, at: int, inner: _Open) -> int:
        end = self._skip(_SPACE, at)
        if not inner.array and "\n" in self.text[at:end]:
            self._newer(self.text.index("\n", at), "a line break within an inline table")
        return end

    def _scalar(self, at: int) -> int:
        mark = self.text[at : at + 1]
        if mark in ("'", '"') and mark:
            long = self.text.startswith(mark * 3, at)
            pattern = (
                (_LONG_LITERAL if long else _LITERAL) if mark == "'" else _LONG_BASIC if long else _BASIC
            )
            end = self._skip(pattern, at)
            if mark == '"':
                self._escapes(at, end)
            return end
        end = self._skip(_SCALAR, at)
        end = at + len(self.text[at:end].rstrip())
        if end - at > LONGEST_SCALAR:
            self._stop("too-long", at, f"a number of more than {LONGEST_SCALAR} characters")
        if vanishes(self.text[at:end]):
            self._remark(at, f"{quoted(self.text[at:end])} is too small to tell from 0", "too-small")
        if _NO_SECONDS.fullmatch(self.text[at : min(end, at + 40)]):
            self._newer(at, "a time without seconds")
        return end

    def _escapes(self, start: int, end: int) -> None:
        if "\\" in self.text[start:end] and self.text[start] == '"':
            for match in _ESCAPE.finditer(self.text, start, end):
                if match.group(1) in _NEW_ESCAPES:
                    self._newer(match.start(), _NEW_ESCAPES[match.group(1)])

    def _bound(self, path: Path, at: int) -> None:
        if len(path) > MAX_DEPTH:
            self._stop("too-deep", at, f"values nest more than {MAX_DEPTH} deep")
        if len(self.values) + len(self.keys) > 2 * MAX_VALUES:
            self._stop("too-many-keys", at, f"more than {MAX_VALUES} keys and values")

    def _newer(self, at: int, what: str) -> None:
        self._remark(at, f"{what} is not TOML 1.0", "newer-toml")

    def _remark(self, at: int, message: str, kind: str) -> None:
        if len(self.remarks) < 100:
            self.remarks.append(Remark(kind, at, message))

    def _stop(self, kind: str, at: int, message: str) -> None:
        self.remarks.append(Remark(kind, at, message))
        raise _ScanEndError
