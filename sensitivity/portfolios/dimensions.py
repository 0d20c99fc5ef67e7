"""The dimensions of a sweep: values of one number each, or variants in which several change together."""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tomli

from sensa.ordinary_files import opened
from sensa.stories.positions import scan
from sensa.stories.problems import listed, quoted

MAX_VALUES = 1 << 21  # of a sweep in all; a million take half a gigabyte
MAX_BYTES = 1 << 28  # of a file of variants
VARIANT = "variant"
_WANTED = "`LOW:HIGH:COUNT` or numbers with commas between them"


class SweepError(ValueError):
    """A sweep is not written as one; the message says what would be right."""


@dataclass(frozen=True)
class Dimension:
    """One dimension of a sweep: values by path, all of one length, and a label for each.

    `origin` is where they are written, for messages: an option, or a place in a file; `lines` has a line of
    the file for each value, if it has one.
    """

    name: str
    values: Mapping[str, tuple[float, ...]]
    labels: tuple[str | float, ...]
    origin: str = field(default="sweep", compare=False)
    lines: tuple[int, ...] = field(default=(), compare=False)

    @property
    def size(self) -> int:
        """The number of values."""
        return len(self.labels)


def of_number(path: str, values: Sequence[float], origin: str = "sweep") -> Dimension:
    """The dimension of one number."""
    found = tuple(float(value) for value in values)
    if not found:
        raise SweepError(f"{quoted(path)}: expected at least one value")
    if not all(map(math.isfinite, found)):
        raise SweepError(f"{quoted(path)}: expected finite numbers")
    if len(set(found)) < len(found):
        twice = next(value for value, count in Counter(found).items() if count > 1)
        raise SweepError(f"{quoted(path)}: expected different values, got {quoted(twice)} twice")
    return Dimension(path, {path: found}, found, origin)


def parsed(text: str) -> Dimension:
    """The dimension in `PATH=LOW:HIGH:COUNT`, equally spaced with both ends, or in `PATH=VALUE,VALUE`."""
    path, equals, values = text.partition("=")
    if not equals or not path.strip():
        raise SweepError(f"expected `PATH=VALUES`, got {quoted(text)}")
    return of_number(path.strip(), _numbers(path.strip(), values), "--sweep")


def _numbers(path: str, text: str) -> list[float]:
    wrong = SweepError(f"{quoted(path)}: expected {_WANTED}, got {quoted(text)}")
    try:
        if ":" not in text:
            return [float(part) for part in text.split(",")]
        low, high, count = text.split(":")
        ends, points = (float(low), float(high)), int(count)
    except ValueError:
        raise wrong from None
    if points == 1:
        raise SweepError(f"{quoted(path)}: a COUNT is 2 or more, for both ends; one value is {quoted(low)}")
    if points < 1 or not all(map(math.isfinite, ends)):
        raise wrong
    if points > MAX_VALUES:
        raise SweepError(f"{quoted(path)}: at most {MAX_VALUES:,} values, not {points:,}")
    return [float(value) for value in np.linspace(*ends, points)]


def from_file(path: str) -> list[Dimension]:
    """The dimensions in a TOML file: under each path a text as on the command line, or numbers."""
    text = _text(path)
    try:
        table = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise SweepError(f"{path}: not TOML: {error}") from None
    positions = scan(text.replace("\r\n", "\n"))
    found = []
    for keys, value in _flat(table):
        origin = f"{path}:{positions.place(path, keys, key=True).line}"
        try:
            found.append(of_number(".".join(keys), _listed(".".join(keys), value), origin))
        except SweepError as error:
            raise SweepError(f"{origin}: {error}") from None
    if not found:
        raise SweepError(f"{path}: expected at least one path with its values")
    return found


def _flat(table: Mapping[str, Any], before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Values by path, where a path may be one quoted key or keys with dots."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, (*before, key))
        else:
            yield (*before, key), value


def _listed(path: str, value: Any) -> Sequence[float]:
    if isinstance(value, str):
        return _numbers(path, value)
    numbers: Sequence[float] = value if isinstance(value, list) else [value]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers):
        raise SweepError(f"{quoted(path)}: expected {_WANTED} as text, or an array of numbers")
    return numbers


def variants(path: str) -> Dimension:
    """The dimension in a CSV file: paths in the first line, a variant in each other one.

    A column `variant` has their labels; else they are numbered from 0.
    """
    reader = csv.reader(io.StringIO(_text(path)))
    rows = [(reader.line_num, row) for row in reader if row]
    if len(rows) < 2:
        raise SweepError(f"{path}: expected a line of paths and at least one variant")
    head = [name.strip() for name in rows[0][1]]
    if any(";" in name for name in head):
        raise SweepError(f"{path}:{rows[0][0]}: expected commas between columns, and points in numbers")
    if len(set(head)) < len(head) or not all(head):
        raise SweepError(f"{path}: expected a different path above each column")
    columns: dict[str, list[str]] = {name: [] for name in head}
    for line, row in rows[1:]:
        if len(row) != len(head):
            wanted = "1 value" if len(head) == 1 else f"{len(head)} values"
            raise SweepError(f"{path}:{line}: expected {wanted}, got {len(row)}")
        for name, value in zip(head, row, strict=True):
            columns[name].append(value.strip())
    labels = tuple(columns.pop(VARIANT, map(str, range(len(rows) - 1))))
    if len(set(labels)) < len(labels):
        twice = next(label for label, count in Counter(labels).items() if count > 1)
        raise SweepError(f"{path}: two variants are named {quoted(twice)}")
    if not columns:
        raise SweepError(f"{path}: expected at least one column that is a path")
    lines = tuple(line for line, _ in rows[1:])
    values = {
        name: tuple(_finite(f"{path}:{line}", name, text) for line, text in zip(lines, column, strict=True))
        for name, column in columns.items()
    }
    return Dimension(VARIANT, values, labels, path, lines)


def _finite(where: str, path: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise SweepError(f"{where}: {quoted(path)}: expected a finite number, got {quoted(text)}")
    return value


def _text(path: str) -> str:
    try:
        with opened(path) as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise SweepError(f"{path}: larger than {MAX_BYTES >> 20} MiB")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise SweepError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError:
        raise SweepError(f"{path}: not UTF-8") from None


def require_apart(dimensions: Iterable[Dimension]) -> tuple[Dimension, ...]:
    """The dimensions, no number in two of them, and not too many cells."""
    every = tuple(dimensions)
    paths = [path for dimension in every for path in dimension.values]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:
        raise SweepError(f"{listed(twice, 'and')}: swept twice; state all values of a number together")
    size = math.prod(dimension.size for dimension in every)
    if size > MAX_VALUES:
        raise SweepError(f"at most {MAX_VALUES:,} variants, not {size:,}")
    return every
